// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.LogFiles;

namespace Heliograph.Replication.Entries;

/// <summary>What came of one answer, checked.</summary>
/// <param name="Entries">They follow what was there before, each the one before it.</param>
/// <param name="Head">A signed head of exactly the last of them (or of what was there before, if there are none); <see langword="null"/> while more are to come before it.</param>
public sealed record VerifiedAnswer(IReadOnlyList<LogEntry> Entries, SignedHead? Head);

/// <summary>A stream of entries that are taken only if they are the log's: of its id, dense, chained, and vouched for by a head that a key of the trust root signed.</summary>
/// <remarks>Not thread-safe. Entries that no head vouches for yet are given out all the same: whoever keeps them must not call them the log before one does.</remarks>
/// <param name="stream">Where they come from.</param>
/// <param name="verifier">Checks heads.</param>
/// <param name="tip">What the asker has.</param>
public sealed class VerifiedEntries(EntryStream stream, HeadVerifier verifier, LogTip tip)
{
    private readonly EntryChain _chain = new(verifier.Anchor.LogId, tip);

    /// <summary>The newest entry taken.</summary>
    public LogTip Tip => _chain.Tip;

    /// <summary>Where the server's log ended with the last answer; <see cref="Revision.None"/> before the first.</summary>
    public Revision ServerRevision { get; private set; }

    /// <summary>Asks for what follows.</summary>
    /// <param name="wait">How long the server may wait if there is nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LogFileException">What came is not this log's; the stream is of no use.</exception>
    /// <exception cref="IOException">The stream broke.</exception>
    public async Task<VerifiedAnswer> NextAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var answer = await stream.AskAsync(Tip.Revision.Sequence, wait, cancellationToken);
        if (answer.SignedHead.IsEmpty) throw new LogFileException($"{stream.Server} signs no heads now: its log is behind what was signed before, or is empty. Ask another.");
        if (!SignedHead.TryParse(answer.SignedHead, out var head, out var error)) throw new LogFileException($"{stream.Server} sent a head that is none: {error}");
        var trust = verifier.Trust.Current;
        if (head.Content.RootVersion > trust.Roots.Version) throw new LogFileException($"{stream.Server} signs under root version {head.Content.RootVersion}; version {trust.Roots.Version} is trusted here. It takes the realm's newest trust file.");
        if (head.LogId != verifier.Anchor.LogId || !verifier.IsSigned(head)) throw new LogFileException($"{stream.Server} sent a head at {head.Revision} that no key of the trust root has signed for this log.");
        if (head.Revision.Epoch < trust.Epochs.Epoch) throw new LogFileException($"{stream.Server} is in epoch {head.Revision.Epoch}, which ended: epoch {trust.Epochs.Epoch} has begun.");
        var entries = new List<LogEntry>(answer.Entries.Count);
        foreach (var bytes in answer.Entries)
        {
            if (!_chain.TryTake(bytes, out var entry, out var fault)) throw new LogFileException($"{stream.Server}: {fault}");
            if (!trust.Epochs.Proves(entry)) throw new LogFileException($"{stream.Server} begins epoch {entry.Revision.Epoch} at {entry.Revision}, and nothing here proves that recovery keys signed it. It takes the realm's newest trust file.");
            entries.Add(entry);
        }
        ServerRevision = head.Revision;
        if (head.Revision.IsBefore(Tip.Revision)) throw new LogFileException($"{stream.Server} is at {head.Revision}, behind the {Tip.Revision} that is here.");
        if (head.Revision != Tip.Revision) return entries.Count > 0 ? new(entries, null) : throw new LogFileException($"{stream.Server} says that its log ends at {head.Revision}, and gives no entry after {Tip.Revision}.");
        return _chain.FaultOf(head) is { } contradiction ? throw new LogFileException($"{stream.Server}: {contradiction}") : new(entries, head);
    }
}
