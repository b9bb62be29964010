// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Wire;
using Heliograph.Origin.Cluster;
using Heliograph.Origin.Realm;
using Heliograph.Platform.Files;
using Heliograph.Platform.Trust;
using Heliograph.Replication.Log;
using Microsoft.Extensions.Logging;

namespace Heliograph.Origin.Recovery;

/// <summary>The end of an epoch, ready to be signed.</summary>
/// <param name="Transition">Says behind which entry the realm goes on; nobody has signed it.</param>
/// <param name="Unproven">Why the log may lack entries that were signed; <see langword="null"/>: the high-water marks that were given prove that it lacks none, and no epoch need end for its sake.</param>
/// <param name="Trust">What is trusted of the realm: its newest root names who must sign.</param>
public sealed record EpochProposal(SignedTransition Transition, string? Unproven, RealmTrust Trust);

/// <summary>A log that goes on in a new epoch.</summary>
/// <param name="Revision">Of the entry that begins the epoch.</param>
/// <param name="Base">The last entry that stays.</param>
/// <param name="TrustFile">Where the transition stands now; the other origins are given it too.</param>
/// <param name="WasThere">Whether an earlier run had appended the entry.</param>
public sealed record RecoverReport(Revision Revision, Revision Base, string TrustFile, bool WasThere);

/// <summary>Ends an epoch: lets a realm go on from the log that is left, where what was signed behind its end is lost for good.</summary>
/// <remarks>
/// <para>Nothing in a store is discarded by it: the base of a transition is the end of the log that is there. What is discarded is what is there no more, and everybody who saw it learns so from the transition.</para>
/// <para>Interrupted anywhere, the same call goes on where it stopped, and no origin starts in between.</para>
/// </remarks>
/// <param name="directory">The origin's data directory.</param>
/// <param name="cluster">Where etcd is, if the log belongs there.</param>
/// <param name="logger">Where stores tell.</param>
/// <param name="time">The clock.</param>
public sealed class EpochRecovery(string directory, ClusterOptions? cluster, ILogger logger, TimeProvider time)
{
    /// <summary>How far ahead of this host's clock a transition may have been proposed: entries are never older than the one before, so a wrong clock would stay in the log.</summary>
    public static readonly TimeSpan AheadMax = TimeSpan.FromDays(1);

    private const int UnclearMax = 30;

    /// <summary>Called before each step that changes something, so that a test can stop there.</summary>
    internal Action<string>? Probe { get; init; }

    private string TrustPath => Path.Combine(directory, RealmKeys.TrustFileName);

    /// <summary>Reads the log from its first entry to its last, and proposes that the realm goes on behind it in a new epoch. Changes nothing.</summary>
    /// <param name="reason">Why, for people: 1 to 512 characters.</param>
    /// <param name="highWaterFiles">Of other origins; the directory's own counts by itself.</param>
    /// <param name="seen">The furthest revision that anyone in the fleet was seen to hold; <see cref="Revision.None"/>: not known.</param>
    /// <param name="progress">Hears how far it has got.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">Nothing can be proposed, and why.</exception>
    public async Task<EpochProposal> ProposeAsync(string reason, IReadOnlyList<string> highWaterFiles, Revision seen, Action<RecoveryProgress> progress, CancellationToken cancellationToken)
    {
        var trust = LoadTrust();
        await using var target = await OpenAsync(trust.Roots.Anchor, cancellationToken);
        var tip = await ReplayAsync(target, trust, progress, cancellationToken);
        var ended = Math.Max(trust.Epochs.Epoch, tip.Revision.Epoch);
        var evidence = HighWaterEvidence.Read(directory, highWaterFiles, trust.Roots.Anchor);
        var highest = Math.Max(evidence.HighestOf(ended), seen.Epoch == ended ? seen.Sequence : 0);
        var transition = new EpochTransition
        {
            LogId = ByteString.CopyFrom(trust.Roots.LogId.ToArray()),
            Epoch = (uint)ended + 1,
            BaseEpoch = (uint)tip.Revision.Epoch,
            BaseSequence = (ulong)tip.Revision.Sequence,
            BaseHash = ByteString.CopyFrom(tip.Hash.ToArray()),
            DiscardedUpTo = highest > tip.Revision.Sequence ? (ulong)highest : 0,
            IssuedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
            Reason = reason,
        };
        var proposed = SignedTransition.Propose(transition);
        if (trust.Epochs.Restore(trust.Roots, proposed.Bytes).Refusal is { } refusal)
            throw new IOException($"The log ends at {tip.Revision}, and no epoch can go on from there. {refusal.Detail} Restore the log of epoch {trust.Epochs.Epoch}, or an older backup.");
        var unproven = await evidence.FaultOfAsync(trust.Roots.Latest.HeadKeys.Count, tip, sequence => target.TipAtAsync(sequence, cancellationToken));
        await target.LetGoAsync(cancellationToken);
        return new(proposed, unproven, trust);
    }

    /// <summary>Lets the log go on in the epoch of a signed transition: its first entry, the proof in the trust file, the high-water mark; then origins may start.</summary>
    /// <exception cref="IOException">It is not done, and why. What was done stays, and the same call goes on.</exception>
    public async Task<RecoverReport> ApplyAsync(SignedTransition transition, Action<RecoveryProgress> progress, CancellationToken cancellationToken)
    {
        var trust = LoadTrust();
        var proven = trust.Epochs.Extend(trust.Roots, transition.Bytes);
        if (proven.Value is not { } epochs) throw new IOException($"The transition is not taken: {proven.Refusal!.Detail} Nothing was changed.");
        if (transition.Content.IssuedAtMs > (time.GetUtcNow() + AheadMax).ToUnixTimeMilliseconds())
            throw new IOException($"The transition says that it was proposed at {DateTimeOffset.FromUnixTimeMilliseconds(transition.Content.IssuedAtMs):u}, more than a day from now: a clock is wrong. Nothing was changed. Set this host's clock, or propose again where the clock is right.");
        await using var target = await OpenAsync(trust.Roots.Anchor, cancellationToken);
        using var mark = new HighWaterFile(new DiskFileStore(directory), trust.Roots.LogId);
        await mark.ReadAsync(cancellationToken); // a damaged one is told before anything is done
        var wasThere = await IsThereAsync(transition, target, await target.TipAsync(cancellationToken), cancellationToken);
        Probe?.Invoke("forbid origins");
        new RestoreRecord(trust.Roots.LogId.ToString(), RestoreRecord.Recovering).Save(directory);
        if (!wasThere) await AppendAsync(transition, target, cancellationToken);
        Probe?.Invoke("verify");
        var tip = await ReplayAsync(target, trust with { Epochs = epochs }, progress, cancellationToken);
        Probe?.Invoke("trust");
        TrustFile.Save(TrustPath, trust with { Epochs = epochs }, replace: true); // with the entry, and never without: an origin that trusts more than its log has signs nothing
        Probe?.Invoke("mark");
        await mark.AdvanceAsync(tip, cancellationToken);
        Probe?.Invoke("release");
        await target.ReleaseAsync(cancellationToken);
        Probe?.Invoke("allow origins");
        RestoreRecord.Remove(directory);
        return new(new(transition.Epoch, transition.Base.Sequence + 1), transition.Base, TrustPath, wasThere);
    }

    private RealmTrust LoadTrust()
    {
        if (!File.Exists(TrustPath)) throw new IOException($"{directory} holds no {RealmKeys.TrustFileName}: it is no origin's data directory. Restore the log into it first, 'helio restore'.");
        var trust = TrustFile.LoadTrust(TrustPath);
        if (RestoreRecord.In(directory) is { } begun)
        {
            if (begun.LogId != trust.Roots.LogId.ToString()) throw new IOException($"{directory} holds the beginning of a restore of another log, {begun.LogId}.");
            if (begun.State == RestoreRecord.BeingRestored) throw new IOException($"The restore into {directory} has not come to its end. Run the same 'helio restore' again first: the realm goes on behind all that there is.");
        }
        return trust.Roots.Latest.RecoveryKeys.Count > 0 ? trust
            : throw new IOException($"Root version {trust.Roots.Version} names no recovery keys: no epoch ends under it. Sign one that does, 'helio trust rotate-root --recovery-key', and put it into {TrustPath} with 'helio trust add'.");
    }

    private async Task<RestoreTarget> OpenAsync(TrustAnchor anchor, CancellationToken cancellationToken)
    {
        if (cluster is not null) return await RestoreTarget.OpenEtcdAsync(cluster, anchor, time, logger, cancellationToken);
        if (!File.Exists(Path.Combine(directory, OpenedLog.FileName))) throw new IOException($"{directory} holds no log. Restore what there is first, 'helio restore': the realm goes on behind that.");
        var isReleased = RestoreTarget.HoldsLog(directory);
        if (!isReleased && RestoreRecord.In(directory) is null) throw new IOException($"{Path.Combine(directory, OpenedLog.FileName)} is marked as moved, or as being moved or restored. Finish that first, with 'helio migrate' or 'helio restore'.");
        return await RestoreTarget.OpenFileAsync(directory, anchor, isReleased, time, logger, cancellationToken);
    }

    /// <summary>Reads the log whole, and applies it: the realm goes on from what makes sense to its last entry.</summary>
    private static async Task<LogTip> ReplayAsync(RestoreTarget target, RealmTrust trust, Action<RecoveryProgress> progress, CancellationToken cancellationToken)
    {
        var tip = await target.TipAsync(cancellationToken);
        var replay = new LogReplay(trust.Roots.LogId);
        for (var sequence = 0L; await target.ReadAsync(sequence, cancellationToken) is { Count: > 0 } entries; sequence += entries.Count)
        {
            foreach (var entry in entries)
            {
                if (!trust.Epochs.Proves(entry)) throw new IOException($"The log begins epoch {entry.Revision.Epoch} at {entry.Revision}, which {RealmKeys.TrustFileName} does not prove. Put the realm's newest trust file into the directory first.");
                replay.Take(entry);
            }
            progress(new("reading the log", sequence + entries.Count, tip.Revision.Sequence));
        }
        replay.Settle();
        return replay.State.Tip == tip ? tip : throw new IOException($"The log says that it ends at {tip.Revision}; it can be read up to {replay.State.Revision}. Take it away, and restore anew.");
    }

    /// <summary>Whether the log has gone on already; otherwise it must end exactly where the transition goes on.</summary>
    private static async Task<bool> IsThereAsync(SignedTransition transition, RestoreTarget target, LogTip tip, CancellationToken cancellationToken)
    {
        if (await target.EntryAtAsync(transition.Base.Sequence + 1, cancellationToken) is { } next && EpochStep.IsBeginning(next) && next.Content.EpochBegun.Transition.Span.SequenceEqual(transition.TransitionBytes.Span)) return true;
        if (tip.Revision == transition.Base && tip.Hash == transition.BaseHash) return false;
        throw new IOException(tip.Revision == transition.Base
            ? $"The log has another entry at {tip.Revision} than the one behind which the transition goes on: it was proposed on another history. Nothing was changed. Propose again, on this log."
            : $"The log ends at {tip.Revision}, and the transition goes on behind {transition.Base}. Nothing was changed. {(tip.Revision.IsAfter(transition.Base) ? "It holds more than was to stay: propose again, on this log." : "Restore what it was proposed on.")}");
    }

    private async Task AppendAsync(SignedTransition transition, RestoreTarget target, CancellationToken cancellationToken)
    {
        for (var unclear = 0; unclear <= UnclearMax; unclear++) // again after an answer that was not clear
        {
            var tip = await target.TipAsync(cancellationToken);
            if (unclear > 0 && await IsThereAsync(transition, target, tip, cancellationToken)) return;
            Probe?.Invoke("append");
            if ((await target.AppendAsync(tip, [EpochStep.Seal(transition, tip)], cancellationToken)).Revision.Epoch == transition.Epoch) return;
        }
        throw new IOException("The store does not take the entry now. Run the same command again: it goes on.");
    }
}
