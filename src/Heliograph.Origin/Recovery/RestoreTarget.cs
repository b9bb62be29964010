// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Origin.Cluster;
using Heliograph.Origin.Realm;
using Heliograph.Storage.Etcd;
using Heliograph.Storage.Sqlite;
using Microsoft.Extensions.Logging;

namespace Heliograph.Origin.Recovery;

/// <summary>The store that a log is restored into, locked against origins: a file of the data directory, or etcd.</summary>
internal sealed class RestoreTarget : IAsyncDisposable
{
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(10);

    private readonly string _node;
    private readonly EtcdLogStoreOptions? _etcd; // to be released
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private LeaderToken _token;
    private long _renewedAt;

    private RestoreTarget(ILogStore store, string node, bool isReleased, EtcdLogStoreOptions? etcd, TimeProvider time, ILogger logger) =>
        (Store, _node, WasReleased, _etcd, _time, _logger) = (store, node, isReleased, etcd, time, logger);

    /// <summary>The store.</summary>
    public ILogStore Store { get; }

    /// <summary>Whether an origin worked with it before: then only what is missing behind its end is added, and there is nothing to release.</summary>
    public bool WasReleased { get; }

    /// <summary>Whether a data directory holds a log that an origin may work with.</summary>
    public static bool HoldsLog(string directory) => File.Exists(Path.Combine(directory, OpenedLog.FileName)) && RestoreRecord.FaultOf(directory) is null && !SqliteLogStore.IsMoved(Path.Combine(directory, OpenedLog.FileName));

    /// <summary>Whether etcd holds a log that origins may work with. Changes nothing.</summary>
    /// <exception cref="IOException">It is being moved.</exception>
    public static async Task<bool> HoldsLogAsync(ClusterOptions cluster, TrustAnchor anchor, TimeProvider time, ILogger logger, CancellationToken cancellationToken) =>
        await EtcdLogStore.FindPhaseAsync(OptionsOf(cluster, anchor, LogPhase.Live), time, logger, cancellationToken) switch
        {
            LogPhase.Live => true,
            LogPhase.Incoming or LogPhase.Moved => throw new IOException("etcd holds this realm's log already, in the midst or at the end of a move, and it is not overwritten. Finish the move with 'helio migrate'."),
            _ => false,
        };

    /// <summary>Opens the file of a data directory; makes it if there is none.</summary>
    public static async Task<RestoreTarget> OpenFileAsync(string directory, TrustAnchor anchor, bool isReleased, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var store = await SqliteLogStore.OpenAsync(new() { Path = Path.Combine(directory, OpenedLog.FileName), LogId = anchor.LogId, OpensMoved = !isReleased }, time, logger, cancellationToken);
        return await LeadAsync(new(store, isReleased ? "helio-restore" : MoveMark.Restored, isReleased, null, time, logger), cancellationToken);
    }

    /// <summary>Opens the log in etcd; begins it if there is none.</summary>
    public static async Task<RestoreTarget> OpenEtcdAsync(ClusterOptions cluster, TrustAnchor anchor, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var isReleased = await HoldsLogAsync(cluster, anchor, time, logger, cancellationToken);
        var options = OptionsOf(cluster, anchor, isReleased ? LogPhase.Live : LogPhase.Restored);
        var store = await EtcdLogStore.OpenAsync(options, time, logger, cancellationToken);
        return await LeadAsync(new(store, "helio-restore", isReleased, isReleased ? null : options, time, logger), cancellationToken);
    }

    private static EtcdLogStoreOptions OptionsOf(ClusterOptions cluster, TrustAnchor anchor, LogPhase phase) => new()
    {
        Endpoints = cluster.Etcd, LogId = anchor.LogId, Authorities = cluster.EtcdAuthorities, ClientCertificate = cluster.EtcdCertificate, AllowUnsupported = cluster.AllowUnsupportedEtcd, Phase = phase,
    };

    /// <summary>Where the log ends.</summary>
    public async Task<LogTip> TipAsync(CancellationToken cancellationToken) => Done(await Store.ReadTipAsync(cancellationToken));

    /// <summary>Entries behind a sequence; none at the end.</summary>
    public async Task<IReadOnlyList<LogEntry>> ReadAsync(long after, CancellationToken cancellationToken) => Done(await Store.ReadAsync(after, 1_000, 4 << 20, cancellationToken)).Entries;

    /// <summary>The entry at a sequence; <see langword="null"/> if there is none.</summary>
    public async Task<LogEntry?> EntryAtAsync(long sequence, CancellationToken cancellationToken) =>
        sequence > 0 && Done(await Store.ReadAsync(sequence - 1, 1, 1, cancellationToken)).Entries is [var entry] ? entry : null;

    /// <summary>Revision and hash of the entry at a sequence; <see langword="default"/> if there is none.</summary>
    public async Task<LogTip> TipAtAsync(long sequence, CancellationToken cancellationToken) =>
        await EntryAtAsync(sequence, cancellationToken) is { } entry ? new(entry.Revision, entry.Hash, entry.Content.CommittedAtMs) : default;

    /// <summary>Appends entries. An answer that is not clear is asked about, never guessed.</summary>
    /// <returns>Where the log ends then.</returns>
    public async Task<LogTip> AppendAsync(LogTip tip, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken)
    {
        if (_time.GetElapsedTime(_renewedAt) > s_lease / 3) (_token, _renewedAt) = (Held(await Store.RenewAsync(_token, cancellationToken)), _time.GetTimestamp());
        switch (await Store.AppendAsync(new(tip, _token, entries), cancellationToken))
        {
            case AppendAnswer.Appended(var appended): return appended;
            case AppendAnswer.Full(var reason): throw new IOException($"There is no space: {reason} Make some, and run the same command again: it goes on.");
            case AppendAnswer.Deposed(var reason): throw new IOException($"Another process works with this log: {reason}");
            default:
                await Task.Delay(TimeSpan.FromMilliseconds(500), _time, cancellationToken);
                return await TipAsync(cancellationToken); // whatever was written is a beginning of what was to be
        }
    }

    /// <summary>Gives the right to append back to whoever worked with it before; a log that was not released stays closed.</summary>
    public async Task LetGoAsync(CancellationToken cancellationToken)
    {
        if (WasReleased) Held(await Store.ResignAsync(_token, cancellationToken));
    }

    /// <summary>Lets origins work with it.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        Held(await Store.ResignAsync(Held(await Store.CampaignAsync(_node, s_lease, cancellationToken)), cancellationToken));
        if (_etcd is not null && !await EtcdLogStore.ChangePhaseAsync(_etcd, LogPhase.Restored, LogPhase.Live, _time, _logger, cancellationToken))
            throw new IOException("Somebody else changed the log in etcd meanwhile. Run the same command again.");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Store.DisposeAsync();

    private static async Task<RestoreTarget> LeadAsync(RestoreTarget target, CancellationToken cancellationToken)
    {
        try
        {
            (target._token, target._renewedAt) = (Held(await target.Store.CampaignAsync(target._node, s_lease, cancellationToken)), target._time.GetTimestamp());
            return target;
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    private static T Done<T>(StoreAnswer<T> answer) => answer switch
    {
        StoreAnswer<T>.Done(var value) => value,
        StoreAnswer<T>.Corrupt(var reason) => throw new IOException($"The log that is restored into is damaged: {reason} Take its file away, and restore anew."),
        StoreAnswer<T>.Unavailable(var reason, _) => throw new IOException($"The store could not be read: {reason} Run the same command again."),
        StoreAnswer<T>.OutcomeUnknown(var reason) => throw new IOException($"The store did not answer: {reason} Run the same command again."),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static LeaderToken Held(LeadershipAnswer answer) => answer switch
    {
        LeadershipAnswer.Held(var token) => token,
        LeadershipAnswer.HeldByOther(var node, var wait) => throw new IOException($"'{node}' has the right to append, for {wait.TotalSeconds:0} s more at least: stop the origin first."),
        LeadershipAnswer.OutcomeUnknown(var reason) => throw new IOException($"The store did not answer: {reason} Run the same command again."),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
