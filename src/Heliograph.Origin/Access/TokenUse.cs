// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Globalization;
using Heliograph.Platform.Files;

namespace Heliograph.Origin.Access;

/// <summary>When each token was last used at this origin, to the minute: in memory, and once a minute in a file, for it is a hint for whoever cleans up and no part of the realm.</summary>
/// <remarks>Thread-safe. The file holds lines <c>id time</c>; what is no line, and what is no token any more, is forgotten.</remarks>
internal sealed class TokenUse : IDisposable
{
    /// <summary>Name of the file in the data directory.</summary>
    public const string FileName = "tokens-used";

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _used = new(StringComparer.Ordinal);
    private readonly Credentials _credentials;
    private readonly TimeProvider _time;
    private readonly string _path;
    private volatile bool _isNew;

    /// <summary>Reads what was remembered.</summary>
    public TokenUse(string dataDirectory, Credentials credentials, TimeProvider time)
    {
        (_path, _credentials, _time) = (Path.Combine(dataDirectory, FileName), credentials, time);
        if (!File.Exists(_path)) return;
        foreach (var line in File.ReadLines(_path))
            if (line.Split(' ') is [var id, var text] && DateTimeOffset.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)) _used[id] = at;
    }

    /// <summary>When a token was last used here; <see langword="null"/>: never, or not since the origin remembers.</summary>
    public DateTimeOffset? Of(string id) => _used.TryGetValue(id, out var at) ? at : null;

    /// <summary>A token was used.</summary>
    public void Note(string id)
    {
        var now = _time.GetUtcNow();
        if (_used.TryGetValue(id, out var before) && now - before < Interval) return;
        _used[id] = now;
        _isNew = true;
    }

    /// <summary>Writes what is new, once a minute, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Interval, _time, cancellationToken);
            Save();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Save();

    private void Save()
    {
        if (!_isNew) return;
        _isNew = false;
        try
        {
            ProtectedFile.Write(_path, string.Concat(_used.Where(use => _credentials.Tokens.ContainsKey(use.Key)).OrderBy(use => use.Key, StringComparer.Ordinal).Select(use => $"{use.Key} {use.Value:O}\n")), ProtectedFile.OwnerOnly, replace: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _isNew = true; // a hint that could not be kept is kept a minute later; the disk's trouble is told by who needs it
        }
    }
}
