// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Origin.Realm;
using Heliograph.Platform.Files;
using Heliograph.Platform.Trust;
using Heliograph.Replication.Log;
using Heliograph.Storage.Etcd;
using Heliograph.Storage.Sqlite;
using Microsoft.Extensions.Logging;

namespace Heliograph.Origin.Cluster;

/// <summary>Moves a log between an origin's file and etcd: every entry byte for byte, with its sequence, hash and epoch.</summary>
/// <remarks>
/// <para>At every moment at most one side can be worked with. Into etcd: copied while etcd's side is <em>incoming</em>, read back and compared, then the file is marked <em>moved</em>, then etcd's side is live. Back: the file is
/// marked <em>incoming</em> and filled, etcd's side becomes <em>moved</em> (from then on running origins append nothing and end), the rest is copied and compared, and the file's mark is taken off.</para>
/// <para>Killed anywhere, the same call goes on where it stopped. Until the old side is closed, an origin may simply start on it again.</para>
/// </remarks>
public sealed class LogMove
{
    private const long PageBytesMax = 4 << 20;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private readonly string _directory;
    private readonly ClusterOptions _cluster;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TrustAnchor _anchor;

    /// <summary>Prepares to move the log of a data directory.</summary>
    /// <param name="dataDirectory">Of the origin: its trust file says which log, and there its file is, or will be.</param>
    /// <param name="cluster">Where etcd is.</param>
    /// <param name="logger">Where it tells.</param>
    /// <param name="time">The clock of pauses.</param>
    /// <exception cref="IOException">There is no realm in the directory.</exception>
    /// <exception cref="InvalidDataException">Its trust file is damaged.</exception>
    public LogMove(string dataDirectory, ClusterOptions cluster, ILogger logger, TimeProvider time)
    {
        (_directory, _cluster, _logger, _time) = (dataDirectory, cluster, logger, time);
        _anchor = TrustFile.Load(Path.Combine(dataDirectory, RealmKeys.TrustFileName));
    }

    /// <summary>Called before each step that changes something, so that a test can stop there.</summary>
    internal Action<string>? Probe { get; init; }

    /// <summary>Moves the log from the file into etcd.</summary>
    /// <returns>Where it ends.</returns>
    /// <exception cref="IOException">It is not moved, and why; what is there can be gone on from.</exception>
    public async Task<Revision> ToEtcdAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(PathOfFile)) throw new IOException($"{PathOfFile} does not exist: there is no log to move.");
        await using var file = await OpenFileAsync(cancellationToken);
        var tip = Done(await file.ReadTipAsync(cancellationToken));
        await CheckMarkAsync(file, tip, cancellationToken);
        var phase = await EtcdLogStore.FindPhaseAsync(Etcd(LogPhase.Live), _time, _logger, cancellationToken);
        if (phase == LogPhase.Moved) await ChangeAsync(LogPhase.Moved, LogPhase.Incoming, cancellationToken); // it was there before: what it holds must be a beginning of this log
        var target = phase == LogPhase.Live ? LogPhase.Live : LogPhase.Incoming;
        await using (var etcd = await EtcdLogStore.OpenAsync(Etcd(target), _time, _logger, cancellationToken))
        {
            if (target == LogPhase.Live) await CheckHoldsAsync(etcd, file, tip, cancellationToken); // all that was left to do was to close the file; or this is another log
            else
            {
                await CopyAsync(file, etcd, cancellationToken);
                await CompareAsync(file, etcd, cancellationToken);
            }
        }
        Probe?.Invoke("close the file");
        Held(await file.CampaignAsync(MoveMark.Away, Lease, cancellationToken));
        if (target == LogPhase.Incoming) await ChangeAsync(LogPhase.Incoming, LogPhase.Live, cancellationToken);
        return tip.Revision;
    }

    /// <summary>Moves the log from etcd into the file. Origins that run over etcd end.</summary>
    /// <returns>Where it ends.</returns>
    /// <exception cref="IOException">It is not moved, and why; what is there can be gone on from.</exception>
    public async Task<Revision> ToFileAsync(CancellationToken cancellationToken)
    {
        var phase = await EtcdLogStore.FindPhaseAsync(Etcd(LogPhase.Live), _time, _logger, cancellationToken) ?? throw new IOException("There is no log of this realm in etcd.");
        if (phase == LogPhase.Incoming) throw new IOException("The log is still being moved into etcd. Finish that with 'helio migrate --to etcd', or start the origin on its file: nothing was closed yet.");
        if (phase == LogPhase.Restored) throw new IOException("The log in etcd was restored and is not released. Finish that first, with 'helio restore'.");
        await using var file = await OpenFileAsync(cancellationToken);
        if (phase == LogPhase.Moved && !await IsMarkedAsync(cancellationToken)) return Done(await file.ReadTipAsync(cancellationToken)).Revision; // done before
        Probe?.Invoke("mark the file");
        Held(await file.CampaignAsync(MoveMark.Incoming, Lease, cancellationToken));
        if (phase == LogPhase.Live)
        {
            await using (var etcd = await EtcdLogStore.OpenAsync(Etcd(LogPhase.Live), _time, _logger, cancellationToken)) await CopyAsync(etcd, file, cancellationToken); // most of it, while origins still work
            await ChangeAsync(LogPhase.Live, LogPhase.Moved, cancellationToken);
        }
        await using var closed = await EtcdLogStore.OpenAsync(Etcd(LogPhase.Moved), _time, _logger, cancellationToken);
        await CopyAsync(closed, file, cancellationToken);
        await CompareAsync(closed, file, cancellationToken);
        var tip = Done(await file.ReadTipAsync(cancellationToken));
        await CheckMarkAsync(file, tip, cancellationToken);
        Probe?.Invoke("open the file");
        Held(await file.ResignAsync(Held(await file.CampaignAsync(MoveMark.Incoming, Lease, cancellationToken)), cancellationToken));
        return tip.Revision;
    }

    private string PathOfFile => Path.Combine(_directory, OpenedLog.FileName);

    private EtcdLogStoreOptions Etcd(LogPhase phase) => new()
    {
        Endpoints = _cluster.Etcd, LogId = _anchor.LogId, Authorities = _cluster.EtcdAuthorities, ClientCertificate = _cluster.EtcdCertificate, AllowUnsupported = _cluster.AllowUnsupportedEtcd, Phase = phase,
    };

    private async Task<SqliteLogStore> OpenFileAsync(CancellationToken cancellationToken) =>
        await SqliteLogStore.OpenAsync(new() { Path = PathOfFile, LogId = _anchor.LogId, OpensMoved = true }, _time, _logger, cancellationToken);

    private Task<bool> IsMarkedAsync(CancellationToken cancellationToken) => Task.Run(() => SqliteLogStore.IsMoved(PathOfFile), cancellationToken);

    private async Task ChangeAsync(LogPhase from, LogPhase to, CancellationToken cancellationToken)
    {
        Probe?.Invoke($"{from} to {to}");
        if (!await EtcdLogStore.ChangePhaseAsync(Etcd(from), from, to, _time, _logger, cancellationToken)) throw new IOException($"Somebody else changed the log in etcd meanwhile: it was {from} a moment ago. Run the same command again.");
    }

    /// <summary>Copies what the target has not yet. What it has must be a beginning of the source.</summary>
    private async Task CopyAsync(ILogStore source, ILogStore target, CancellationToken cancellationToken)
    {
        var tip = Done(await target.ReadTipAsync(cancellationToken));
        await CheckHoldsAsync(source, target, tip, cancellationToken);
        var node = target is SqliteLogStore ? MoveMark.Incoming : "helio-migrate";
        var token = Held(await target.CampaignAsync(node, Lease, cancellationToken));
        var renewedAt = _time.GetTimestamp();
        while (true)
        {
            var page = Done(await source.ReadAsync(tip.Revision.Sequence, Math.Min(60, target.BatchEntriesMax), PageBytesMax, cancellationToken));
            if (page.Entries.Count == 0) break;
            Probe?.Invoke("copy");
            var answer = await target.AppendAsync(new(tip, token, EpochStep.BatchOf(page.Entries)), cancellationToken);
            tip = answer switch
            {
                AppendAnswer.Appended appended => appended.Tip,
                AppendAnswer.Full full => throw new IOException($"There is no space: {full.Reason}"),
                AppendAnswer.Deposed deposed => throw new IOException($"Another takes part in this move: {deposed.Reason}"),
                AppendAnswer.Moved or AppendAnswer.Duplicate or AppendAnswer.OutcomeUnknown or AppendAnswer.Unavailable => await ResumeAsync(source, target, cancellationToken),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
            if (_time.GetElapsedTime(renewedAt) < Lease / 3) continue;
            (token, renewedAt) = (Held(await target.RenewAsync(token, cancellationToken)), _time.GetTimestamp());
        }
        if (target is EtcdLogStore) await target.ResignAsync(token, cancellationToken);
    }

    /// <summary>After an append without a clear answer: goes on from what is there.</summary>
    private async Task<LogTip> ResumeAsync(ILogStore source, ILogStore target, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(500), _time, cancellationToken);
        var tip = Done(await target.ReadTipAsync(cancellationToken));
        await CheckHoldsAsync(source, target, tip, cancellationToken);
        return tip;
    }

    /// <summary>Whether one log goes through the tip of another: then the other is a beginning of it, for hashes are chained.</summary>
    private static async Task CheckHoldsAsync(ILogStore longer, ILogStore shorter, LogTip tip, CancellationToken cancellationToken)
    {
        if (tip.Revision.Sequence == 0) return;
        var page = Done(await longer.ReadAsync(tip.Revision.Sequence - 1, 1, 1, cancellationToken));
        if (page.Entries is not [var entry] || entry.Hash != tip.Hash)
            throw new IOException($"The two sides hold different histories: {shorter.GetType().Name} ends at {tip.Revision} with an entry that {longer.GetType().Name} does not have there. Nothing is moved over another log: remove the one that is not meant.");
    }

    /// <summary>Reads both sides whole and compares every hash.</summary>
    private async Task CompareAsync(ILogStore source, ILogStore target, CancellationToken cancellationToken)
    {
        Probe?.Invoke("compare");
        for (var after = 0L; ;)
        {
            var (one, other) = (Done(await source.ReadAsync(after, 1_000, PageBytesMax, cancellationToken)), Done(await target.ReadAsync(after, 1_000, PageBytesMax, cancellationToken)));
            var count = Math.Min(one.Entries.Count, other.Entries.Count);
            if (one.Tip != other.Tip || (count == 0 && one.Entries.Count != other.Entries.Count) || one.Entries.Take(count).Zip(other.Entries).Any(pair => pair.First.Hash != pair.Second.Hash))
                throw new IOException($"The copy is not the original, between entries {after + 1} and {one.Tip.Revision.Sequence}. It is not used; remove it and begin again.");
            if (count == 0) return;
            after += count;
        }
    }

    /// <summary>Whether the log holds everything that this origin ever signed for.</summary>
    private async Task CheckMarkAsync(SqliteLogStore log, LogTip tip, CancellationToken cancellationToken)
    {
        using var file = new HighWaterFile(new DiskFileStore(_directory), _anchor.LogId);
        var mark = await file.ReadAsync(cancellationToken);
        var there = mark.Revision.Sequence == 0 ? [] : Done(await log.ReadAsync(mark.Revision.Sequence - 1, 1, 1, cancellationToken)).Entries;
        if (HighWater.Judge(mark, tip, there is [var entry] ? new(entry.Revision, entry.Hash, entry.Content.CommittedAtMs) : default) is HighWaterVerdict.Behind or HighWaterVerdict.Diverged)
            throw new IOException($"The log ends at {tip.Revision}, but this origin signed heads up to {mark.Revision}: entries are missing. Restore them before the log is moved.");
    }

    private static T Done<T>(StoreAnswer<T> answer) => answer switch
    {
        StoreAnswer<T>.Done(var value) => value,
        StoreAnswer<T>.Corrupt(var reason) => throw new IOException($"The log is damaged: {reason}"),
        StoreAnswer<T>.Unavailable(var reason, _) => throw new IOException($"A side could not be read: {reason} Run the same command again."),
        StoreAnswer<T>.OutcomeUnknown(var reason) => throw new IOException($"A side did not answer: {reason} Run the same command again."),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static LeaderToken Held(LeadershipAnswer answer) => answer switch
    {
        LeadershipAnswer.Held(var token) => token,
        LeadershipAnswer.HeldByOther(var node, var wait) => throw new IOException($"'{node}' has the right to append, for {wait.TotalSeconds:0} s more at least: stop the origin, or the other move."),
        LeadershipAnswer.OutcomeUnknown(var reason) => throw new IOException($"A side did not answer: {reason} Run the same command again."),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
