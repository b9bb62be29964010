// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.LogFiles;
using Heliograph.Origin.Cluster;
using Heliograph.Platform.Files;
using Heliograph.Platform.LogFiles;
using Heliograph.Platform.Trust;
using Heliograph.Replication.Log;
using Microsoft.Extensions.Logging;

namespace Heliograph.Origin.Recovery;

/// <summary>What is restored, and from what.</summary>
public sealed class RestoreRequest
{
    /// <summary>The origin's data directory. It must hold no log, or one that lacks its end; made if need be.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Whether only what is missing behind the end of a log that is there is added. Otherwise a directory that holds a log is refused.</summary>
    public bool HarvestsOnly { get; init; }

    /// <summary>Backups and archives, each verified; they are used in this order, each from where the one before ended. At least one.</summary>
    public required IReadOnlyList<LogFile> Sources { get; init; }

    /// <summary>High-water files of the realm's other origins, or of this one if its directory was lost and this file was not.</summary>
    public IReadOnlyList<string> HighWaterFiles { get; init; } = [];

    /// <summary>A file of the origin's keys, to be put into its directory.</summary>
    public string? KeysFile { get; init; }

    /// <summary>What is trusted of the realm, from its newest trust file; <see langword="null"/>: what the sources carry. The directory's own trust file is extended by both.</summary>
    public RealmTrust? Trust { get; init; }

    /// <summary>Where etcd is, if the log belongs there.</summary>
    public ClusterOptions? Cluster { get; init; }
}

/// <summary>A log that was restored and read back.</summary>
/// <param name="Revision">Where it ends.</param>
/// <param name="Added">Entries that this run added.</param>
/// <param name="Unproven">Why no origin starts on it: it may not be all that was ever signed. <see langword="null"/>: an origin may start.</param>
public sealed record RestoreReport(Revision Revision, long Added, string? Unproven);

/// <summary>Puts a realm's log back: out of backups and archives into an empty directory, an empty etcd prefix, or behind the end of a log that has lost its own.</summary>
/// <remarks>
/// <para>Nothing is overwritten. Until everything was read back, compared with a signed head, and proven to be all that was ever signed, no origin starts on it
/// (<see cref="RestoreRecord"/>, and a mark in the store itself). Interrupted anywhere, the same call goes on where it stopped.</para>
/// <para>Why proven: an origin that goes on from an older state gives numbers to new entries that others have seen on old ones. Clients notice, and refuse both.</para>
/// </remarks>
/// <param name="logger">Where stores tell.</param>
/// <param name="time">The clock.</param>
public sealed class LogRestore(ILogger logger, TimeProvider time)
{
    private const int BatchEntriesMax = 1_000, UnclearMax = 30;
    private const long BatchBytesMax = 4 << 20;

    /// <summary>Called before each step that changes something, so that a test can stop there.</summary>
    internal Action<string>? Probe { get; init; }

    /// <summary>Restores.</summary>
    /// <exception cref="LogFileException">The sources and what is there are not one history.</exception>
    /// <exception cref="IOException">It is not restored, and why.</exception>
    public async Task<RestoreReport> RunAsync(RestoreRequest request, Action<RecoveryProgress> progress, CancellationToken cancellationToken)
    {
        var anchor = request.Sources[0].Anchor;
        foreach (var source in request.Sources)
            if (source.Anchor.LogId != anchor.LogId) throw new IOException($"{source.Path} is of another log than {request.Sources[0].Path}.");
        CheckRealm(request.DataDirectory, anchor);
        var isResumed = RestoreRecord.LogIdIn(request.DataDirectory) is not null;
        var isInPlace = !isResumed && (request.Cluster is { } etcd ? await RestoreTarget.HoldsLogAsync(etcd, anchor, time, logger, cancellationToken) : RestoreTarget.HoldsLog(request.DataDirectory));
        if (isInPlace && !request.HarvestsOnly)
            throw new IOException($"{(request.Cluster is null ? request.DataDirectory : "etcd")} holds this realm's log already, and it is not overwritten. To add the entries that it has lost behind its end, give the file with --harvest; to restore all of it, take its log away first.");
        var trust = Prepare(request, anchor, isInPlace);
        await using var target = request.Cluster is { } cluster
            ? await RestoreTarget.OpenEtcdAsync(cluster, anchor, time, logger, cancellationToken)
            : await RestoreTarget.OpenFileAsync(request.DataDirectory, anchor, isInPlace, time, logger, cancellationToken);
        var before = await target.TipAsync(cancellationToken);
        foreach (var source in request.Sources) await CopyAsync(source, target, progress, cancellationToken);
        var tip = await target.TipAsync(cancellationToken);
        await VerifyAsync(request.Sources, target, tip, progress, cancellationToken);
        var evidence = HighWaterEvidence.Read(request.DataDirectory, request.HighWaterFiles, anchor);
        var unproven = await evidence.FaultOfAsync(isInPlace ? 0 : trust.Roots.Latest.HeadKeys.Count, tip, sequence => target.TipAtAsync(sequence, cancellationToken));
        if (unproven is not null && !isInPlace) new RestoreRecord(anchor.LogId.ToString(), RestoreRecord.Unproven).Save(request.DataDirectory); // whole: an epoch may begin behind it
        if (unproven is null || isInPlace) await ReleaseAsync(request.DataDirectory, anchor, target, tip, cancellationToken);
        return new(tip.Revision, tip.Revision.Sequence - before.Revision.Sequence, unproven);
    }

    private static void CheckRealm(string directory, TrustAnchor anchor)
    {
        var trust = Path.Combine(directory, RealmKeys.TrustFileName);
        if (File.Exists(trust) && TrustFile.Load(trust).LogId != anchor.LogId) throw new IOException($"{directory} belongs to another realm and is not overwritten.");
        if (RestoreRecord.LogIdIn(directory) is { } begun && begun != anchor.LogId.ToString()) throw new IOException($"{directory} holds the beginning of a restore of another log, {begun}.");
    }

    /// <summary>Makes the directory ready, and forbids origins to start in it.</summary>
    /// <returns>What its trust file says.</returns>
    private RealmTrust Prepare(RestoreRequest request, TrustAnchor anchor, bool isInPlace)
    {
        var directory = request.DataDirectory;
        var trust = Path.Combine(directory, RealmKeys.TrustFileName);
        if (!isInPlace && !File.Exists(trust) && Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any(path => Path.GetFileName(path) != RestoreRecord.FileName))
            throw new IOException($"{directory} is not empty, and not a data directory of this realm. Give an empty one.");
        Probe?.Invoke("make the directory");
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!isInPlace) new RestoreRecord(anchor.LogId.ToString(), RestoreRecord.BeingRestored).Save(directory); // from here on no origin starts
        Probe?.Invoke("write the trust file");
        var held = File.Exists(trust) ? TrustFile.LoadTrust(trust) : null;
        var grown = request.Sources.Select(source => source.Trust).Prepend(request.Trust).OfType<RealmTrust>().Aggregate(held ?? RealmTrust.From(anchor), Grown);
        if (held is null || grown != held) TrustFile.Save(trust, grown, replace: held is not null);
        if (request.KeysFile is { } keys) OriginKeys.Restore(keys, directory, anchor);
        return grown;
    }

    /// <summary>All that two prove together: each is proven from the pinned root.</summary>
    private static RealmTrust Grown(RealmTrust one, RealmTrust other) =>
        new(other.Roots.Version > one.Roots.Version ? other.Roots : one.Roots, other.Epochs.Epoch > one.Epochs.Epoch ? other.Epochs : one.Epochs);

    /// <summary>Appends what a file has behind the end of the target. What the target has must be a beginning of the file, or go beyond it.</summary>
    private async Task CopyAsync(LogFile source, RestoreTarget target, Action<RecoveryProgress> progress, CancellationToken cancellationToken)
    {
        var end = source.Head?.Revision ?? throw new LogFileException($"{source.Path} holds no signed head: nobody vouches for anything in it.");
        for (var unclear = 0; ; unclear++) // again after an answer that was not clear
        {
            if (unclear > UnclearMax) throw new IOException("The store does not take entries now. Run the same command again: it goes on.");
            var tip = await target.TipAsync(cancellationToken);
            var common = Math.Min(tip.Revision.Sequence, end.Sequence);
            if (common > 0 && source.Read(common - 1, common).First() is var here && await target.TipAtAsync(common, cancellationToken) is var there && here.Hash != there.Hash)
                throw new LogFileException(here.Revision.Epoch == there.Revision.Epoch
                    ? $"{source.Path} and the log that is there hold different entries {common}: they are two histories. Nothing was added."
                    : $"{source.Path} has entry {here.Revision}, the log that is there {there.Revision}: one of them holds what was discarded when the later epoch began. Nothing was added. If it is the log, take it away and restore anew.");
            if (tip.Revision.Sequence >= end.Sequence) return;
            await CopyBehindAsync(source, end.Sequence, target, tip, progress, cancellationToken);
        }
    }

    private async Task CopyBehindAsync(LogFile source, long end, RestoreTarget target, LogTip tip, Action<RecoveryProgress> progress, CancellationToken cancellationToken)
    {
        var (batch, bytes, entriesMax) = (new List<LogEntry>(), 0L, Math.Min(BatchEntriesMax, target.Store.BatchEntriesMax));
        foreach (var entry in source.Read(tip.Revision.Sequence, end))
        {
            if (EpochStep.IsBeginning(entry) && batch.Count > 0 && !await AppendAsync()) return; // it stands alone in its batch
            batch.Add(entry);
            bytes += entry.Bytes.Length;
            if (batch.Count < entriesMax && bytes < BatchBytesMax && entry.Revision.Sequence < end && !EpochStep.IsBeginning(entry)) continue;
            if (!await AppendAsync()) return; // it was not clear what was written: begin again from what is there
        }

        async Task<bool> AppendAsync()
        {
            Probe?.Invoke("append");
            tip = await target.AppendAsync(tip, batch, cancellationToken);
            if (tip.Revision != batch[^1].Revision) return false;
            (batch, bytes) = ([], 0);
            progress(new("restoring entries", tip.Revision.Sequence, end));
            return true;
        }
    }

    /// <summary>Reads the target back from its first entry, applies everything, and compares with the head of the source that vouches for its end.</summary>
    private async Task VerifyAsync(IReadOnlyList<LogFile> sources, RestoreTarget target, LogTip tip, Action<RecoveryProgress> progress, CancellationToken cancellationToken)
    {
        Probe?.Invoke("verify");
        var replay = new LogReplay(sources[0].Anchor.LogId);
        for (var sequence = 0L; await target.ReadAsync(sequence, cancellationToken) is { Count: > 0 } entries; sequence += entries.Count)
        {
            foreach (var entry in entries) replay.Take(entry);
            progress(new("reading back", sequence + entries.Count, tip.Revision.Sequence));
        }
        replay.Settle();
        if (sources.Select(source => source.Head!).FirstOrDefault(head => head.Revision == tip.Revision) is { } vouching)
        {
            if (replay.FaultOf(vouching) is { } fault) throw new LogFileException($"What was restored is not the log: {fault}");
        }
        else if (!target.WasReleased) throw new LogFileException($"The log that is there ends at {tip.Revision}, beyond every head of what was given: an earlier run was given more. Give it again.");
    }

    private async Task ReleaseAsync(string directory, TrustAnchor anchor, RestoreTarget target, LogTip tip, CancellationToken cancellationToken)
    {
        Probe?.Invoke("release");
        if (!target.WasReleased)
            using (var mark = new HighWaterFile(new DiskFileStore(directory), anchor.LogId)) await mark.AdvanceAsync(tip, cancellationToken); // losing this end again will be noticed
        await target.ReleaseAsync(cancellationToken);
        Probe?.Invoke("allow origins");
        RestoreRecord.Remove(directory);
    }
}
