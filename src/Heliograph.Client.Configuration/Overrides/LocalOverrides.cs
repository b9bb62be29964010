// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Client.Configuration.Json;
using Microsoft.Extensions.Logging;

namespace Heliograph.Client.Configuration.Overrides;

/// <summary>What this machine sets for itself, out of a JSON file that is looked at once a second. Thread-safe.</summary>
/// <remarks>A file that cannot be read changes nothing: what it said before counts. One that is gone sets nothing.</remarks>
internal sealed class LocalOverrides(string path, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>Largest file.</summary>
    public const int BytesMax = 1 << 20;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _sync = new();
    private (DateTime WrittenAt, long Length) _seen;
    private ITimer? _timer;

    /// <summary>Something is set otherwise now.</summary>
    public event EventHandler? Changed;

    /// <summary>Configuration keys, compared without case, and their values.</summary>
    public IReadOnlyDictionary<string, string?> Values { get; private set; } = new Dictionary<string, string?>();

    /// <summary>Reads the file if it is another than before.</summary>
    /// <returns>Whether something is set otherwise now.</returns>
    public bool Read()
    {
        lock (_sync)
        {
            try
            {
                var file = new FileInfo(path);
                var seen = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
                if (seen == _seen) return false;
                _seen = seen;
                if (!file.Exists) return Set([]);
                if (file.Length > BytesMax) throw new InvalidDataException($"it has {file.Length} bytes; the limit is {BytesMax}");
                if (!JsonFlattening.TryFlatten(null, File.ReadAllText(path, Encoding.UTF8), out var entries)) throw new InvalidDataException("it is no JSON");
                return Set(entries);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                logger.OverridesUnreadable(path, exception.Message);
                return false;
            }
        }
    }

    /// <summary>Looks at the file from now on.</summary>
    public void Watch()
    {
        lock (_sync)
            _timer ??= time.CreateTimer(_ =>
            {
                if (Read()) Changed?.Invoke(this, EventArgs.Empty);
            }, null, LookInterval, LookInterval);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_sync)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }

    private bool Set(IReadOnlyList<KeyValuePair<string, string?>> entries)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in entries)
            if (key.Length > 0) values[key] = value;
        if (values.Count == Values.Count && values.All(pair => Values.TryGetValue(pair.Key, out var known) && known == pair.Value)) return false;
        Values = values;
        if (values.Count > 0) logger.Overridden(path, values.Count);
        return true;
    }
}
