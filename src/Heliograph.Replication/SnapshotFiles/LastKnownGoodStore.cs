// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Microsoft.Extensions.Logging;

namespace Heliograph.Replication.SnapshotFiles;

/// <summary>Last-known-good on disk: per namespace, immutable snapshot files with what was appended since, a floor, and the pointers <c>CURRENT</c> and <c>STABLE</c>.</summary>
/// <remarks>
/// <para>Directory <c>ns/&lt;name&gt;/</c> per namespace; the bytes are drawn in docs/reference/snapshot-files.md. Any number of
/// processes may read; one writes, and the host holds the lock that says which (<see cref="LastKnownGoodOptions.IsWriter"/>).</para>
/// <para>Whatever is damaged, missing or unreadable, loading never fails: it falls back and says why. What cannot be persisted is not
/// activated, whatever the reason: a revision must not go backwards across a restart. Thread-safe; calls for one namespace queue up.</para>
/// </remarks>
public sealed class LastKnownGoodStore : IReplicaStore, IDisposable
{
    private readonly IFileStore _files;
    private readonly string _root;
    private readonly TrustRecordFile _trust;
    private readonly LastKnownGoodOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _sync = new();
    private readonly Dictionary<NamespaceName, NamespaceFiles> _namespaces = [];

    private LastKnownGoodStore(IFileStore files, string directory, LastKnownGoodOptions options, TimeProvider time, ILogger logger) =>
        (_files, _root, _trust, _options, _time, _logger) = (files, DurableFiles.Join(directory, "ns"), new TrustRecordFile(files, directory, logger), options, time, logger);

    /// <summary>Opens the store in a directory, which a writer creates if need be. A disk that cannot be written is no error: what is there is served.</summary>
    public static async ValueTask<LastKnownGoodStore> OpenAsync(
        IFileStore files, string directory, TimeProvider time, ILogger logger, LastKnownGoodOptions? options = null, CancellationToken cancellationToken = default)
    {
        var store = new LastKnownGoodStore(files, directory, options ?? new(), time, logger);
        if (!store._options.IsWriter) return store;
        try
        {
            await files.CreateDurablyAsync(store._root, cancellationToken);
        }
        catch (FileStoreException exception)
        {
            logger.NotWritable(exception, store._root, exception.Fault);
        }
        return store;
    }

    /// <inheritdoc/>
    /// <remarks>Tries <c>CURRENT</c>'s generation with its delta, then the others, newest first. Every file's digest is compared, and the root of what is built from it.</remarks>
    public ValueTask<StoredReplica?> LoadAsync(NamespaceName name, Func<NamespaceVersion, Refusal?> check, CancellationToken cancellationToken) =>
        WithAsync(name, (namespaceFiles, token) => namespaceFiles.ReadAsync(check, token), cancellationToken);

    /// <summary>The last stable version that <paramref name="check"/> lets pass; <see langword="null"/> if there is none. The floor, and what is current, stay.</summary>
    /// <param name="name">Of which namespace.</param>
    /// <param name="check">Whether a version is signed and proven.</param>
    /// <param name="damage">What was found damaged on the way.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask<NamespaceVersion?> LoadStableAsync(NamespaceName name, Func<NamespaceVersion, Refusal?> check, ICollection<string> damage, CancellationToken cancellationToken) =>
        WithAsync(name, (namespaceFiles, token) => namespaceFiles.ReadStableAsync(check, damage, token), cancellationToken);

    /// <summary>The newest version up to a revision that <paramref name="check"/> lets pass, out of all generations and the steps between them; <see langword="null"/> if there is none. Nothing changes.</summary>
    /// <param name="name">Of which namespace.</param>
    /// <param name="upTo">Not newer than this.</param>
    /// <param name="check">Whether a version is signed, proven, and what is looked for.</param>
    /// <param name="damage">What was found damaged or did not pass on the way.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask<NamespaceVersion?> LoadEarlierAsync(NamespaceName name, Revision upTo, Func<NamespaceVersion, Refusal?> check, ICollection<string> damage, CancellationToken cancellationToken) =>
        WithAsync(name, (namespaceFiles, token) => namespaceFiles.ReadEarlierAsync(upTo, check, damage, token), cancellationToken);

    /// <summary>Reads the newest generation once more from its files, as a fresh process would: whether a start from them would work. Nothing changes.</summary>
    /// <param name="name">Of which namespace.</param>
    /// <param name="check">Whether a version is signed and proven.</param>
    /// <param name="damage">What was found damaged.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its revision, if all of it is whole; <see langword="null"/> if not.</returns>
    public ValueTask<Revision?> ReadBackAsync(NamespaceName name, Func<NamespaceVersion, Refusal?> check, ICollection<string> damage, CancellationToken cancellationToken) =>
        WithAsync(name, (namespaceFiles, token) => namespaceFiles.ReadBackAsync(check, damage, token), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>
    /// A change is appended and flushed, or written as a whole new file when the delta is due to be folded; then the floor is replaced.
    /// A fresher head alone is written once in <see cref="LastKnownGoodOptions.FreshnessInterval"/>. On a full disk older generations make way.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The namespace was not loaded before, or the version lies below its floor.</exception>
    public async ValueTask PersistAsync(NamespaceVersion? previous, NamespaceVersion next, CancellationToken cancellationToken)
    {
        if (!_options.IsWriter) return; // in memory only, as the option says
        await WithAsync(next.Name, async (namespaceFiles, token) =>
        {
            await namespaceFiles.PersistAsync(next, token);
            return true;
        }, cancellationToken);
    }

    /// <summary>Lets <c>STABLE</c> point to a revision that has earned it (<see cref="BootGuard.Stable"/>).</summary>
    /// <returns>Whether it does now; not if the namespace is held at another revision, or this process only reads.</returns>
    /// <exception cref="FileStoreException">The pointer could not be made durable; it points where it did, or there.</exception>
    public ValueTask<bool> MarkStableAsync(NamespaceName name, Revision revision, CancellationToken cancellationToken) =>
        _options.IsWriter ? WithAsync(name, (namespaceFiles, token) => namespaceFiles.MarkStableAsync(revision, token), cancellationToken) : new(false);

    /// <summary>The revision that <c>STABLE</c> means, as of the last load; <see langword="null"/> if none.</summary>
    public Revision? StableRevision(NamespaceName name) => Of(name).StableRevision;

    /// <inheritdoc/>
    /// <remarks>The floor is kept for <see cref="LastKnownGoodOptions.RemovedFloorKept"/>.</remarks>
    public async ValueTask RemoveAsync(NamespaceName name, SignedHead head, CancellationToken cancellationToken)
    {
        if (!_options.IsWriter) return;
        await WithAsync(name, async (namespaceFiles, token) =>
        {
            await namespaceFiles.RemoveAsync(head, token);
            return true;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Not those that are deleted, of which only the floor is kept. A disk that cannot be read holds nothing.</remarks>
    public async ValueTask<IReadOnlyList<NamespaceName>> ListAsync(CancellationToken cancellationToken)
    {
        var held = new List<NamespaceName>();
        await ForEachAsync((name, files) =>
        {
            if (HasContent(files)) held.Add(name);
            return default;
        }, cancellationToken);
        return held;
    }

    /// <inheritdoc/>
    public ValueTask<RealmTrust> LoadTrustAsync(RealmTrust pinned, CancellationToken cancellationToken) => _trust.LoadAsync(pinned, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>A process that only reads trusts in memory, as it holds everything else.</remarks>
    public ValueTask PersistTrustAsync(RealmTrust trust, CancellationToken cancellationToken) => _options.IsWriter ? _trust.SaveAsync(trust, cancellationToken) : default;

    /// <inheritdoc/>
    public async ValueTask ForgetRemovedAsync(DateTimeOffset newestIssuedAt, CancellationToken cancellationToken)
    {
        if (!_options.IsWriter) return;
        var removed = new List<(NamespaceName Name, FloorFile Floor)>();
        await ForEachAsync(async (name, files) =>
        {
            if (files.Count == 0 || HasContent(files)) return;
            if (await WithAsync(name, (namespaceFiles, token) => namespaceFiles.ReadRemovedAsync(token), cancellationToken) is { } floor) removed.Add((name, floor));
        }, cancellationToken);
        var oldest = (newestIssuedAt - _options.RemovedFloorKept).ToUnixTimeMilliseconds();
        foreach (var (name, _) in removed.OrderByDescending(entry => entry.Floor.Floor.HeadRevision).Skip(_options.RemovedFloorsMin).Where(entry => entry.Floor.RemovedAtMs < oldest))
            await WithAsync(name, (namespaceFiles, token) => namespaceFiles.TryForgetAsync(token), cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_sync)
        {
            foreach (var namespaceFiles in _namespaces.Values) namespaceFiles.Dispose();
            _namespaces.Clear();
        }
    }

    /// <summary>Goes through the namespaces on disk, as far as it can be read.</summary>
    private async ValueTask ForEachAsync(Func<NamespaceName, IReadOnlyList<string>, ValueTask> visit, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var entry in await _files.ListAsync(_root, cancellationToken))
            {
                if (!NamespaceName.TryParse(entry, out var name, out _)) continue; // not ours
                await visit(name, await _files.ListAsync(DurableFiles.Join(_root, entry), cancellationToken));
            }
        }
        catch (FileStoreException exception)
        {
            _logger.NotReadable(exception, _root, exception.Fault);
        }
    }

    private static bool HasContent(IReadOnlyList<string> files) => files.Any(file => Generation.TryParse(file, out _));

    private NamespaceFiles Of(NamespaceName name)
    {
        lock (_sync)
        {
            if (!_namespaces.TryGetValue(name, out var known)) _namespaces[name] = known = new(name, _files, _root, _options, _time, _logger);
            return known;
        }
    }

    private async ValueTask<T> WithAsync<T>(NamespaceName name, Func<NamespaceFiles, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        var namespaceFiles = Of(name);
        await namespaceFiles.Gate.WaitAsync(CancellationToken.None); // with a token, whoever had to wait would go on upon the thread pool
        try
        {
            return await work(namespaceFiles, cancellationToken);
        }
        finally
        {
            namespaceFiles.Gate.Release();
        }
    }
}
