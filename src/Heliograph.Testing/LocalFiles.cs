// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client;
using Heliograph.Client.Replica;
using Heliograph.Testing.Files;
using Microsoft.Extensions.Logging;

namespace Heliograph.Testing;

/// <summary>Namespaces out of files, for a developer's machine: no server, and a saved file is a change.</summary>
/// <remarks>
/// A directory holds <c>NAMESPACE.json</c>, for example <c>shop.basket.json</c>, written like <c>appsettings.json</c>, and <c>NAMESPACE@LABEL.json</c> for settings under a label. The files of a
/// namespace are one changeset. They are looked at twice a second. One that cannot be read keeps the namespace as it was, with an error in the log; at the start it is an error.
/// Files that do not name a namespace are passed over.
/// </remarks>
public sealed class LocalFiles : HeliographSource, IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);

    private readonly string _directory;
    private readonly InMemoryRealm _realm;
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly TimeProvider _time;
    private IReadOnlyDictionary<NamespaceName, NamespaceFiles> _seen = new Dictionary<NamespaceName, NamespaceFiles>();
    private ILogger? _logger;
    private ITimer? _timer;

    /// <summary>Takes namespaces from a directory; nothing is read before a client starts.</summary>
    /// <param name="directory">The directory; relative to the current one.</param>
    /// <param name="time">The clock; <see langword="null"/>: the system's.</param>
    public LocalFiles(string directory, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        (_directory, _time) = (Path.GetFullPath(directory), time ?? TimeProvider.System);
        _realm = new InMemoryRealm(_time);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Dispose();
        _realm.Dispose();
        _reading.Dispose();
    }

    internal override async ValueTask<IClientReplica> CreateAsync(HeliographClientOptions options, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(_directory)) throw new InvalidDataException($"There is no directory {_directory} to take namespaces from. Make it, with one NAMESPACE.json for each namespace.");
        if (_logger is null)
        {
            _logger = loggers.CreateLogger<LocalFiles>();
            await ReadAsync(isStart: true).ConfigureAwait(false);
            _timer = _time.CreateTimer(_ => Look(), null, LookInterval, LookInterval);
        }
        return await _realm.CreateAsync(options, loggers, cancellationToken).ConfigureAwait(false);
    }

    private async void Look() // a timer's callback: nothing that it meets may end the process
    {
        try
        {
            if (_reading.CurrentCount > 0) await ReadAsync(isStart: false).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _logger?.FilesUnreadable(_directory, exception.Message);
        }
    }

    private async Task ReadAsync(bool isStart)
    {
        await _reading.WaitAsync().ConfigureAwait(false);
        try
        {
            var files = NamespaceFiles.In(_directory);
            foreach (var (name, found) in files)
            {
                if (_seen.TryGetValue(name, out var known) && known.Equals(found)) continue;
                try
                {
                    await _realm.ReplaceAsync(name.Value, found.Read()).ConfigureAwait(false);
                }
                catch (Exception exception) when (!isStart && (exception is InvalidDataException or IOException or UnauthorizedAccessException or ArgumentException or FormatException))
                {
                    _logger?.FilesUnreadable(name.Value, exception.Message);
                }
            }
            _seen = files;
        }
        finally
        {
            _reading.Release();
        }
    }
}
