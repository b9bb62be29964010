// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;

namespace Heliograph.Core.Sequencing;

// The start: everything is read, chained and compared with what was signed before.
public sealed partial class Sequencer
{
    private const int PageEntries = 1_000;
    private const long PageBytes = 8 << 20;

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var (mark, markFault) = await ReadMarkAsync(cancellationToken);
        var (there, unproven) = (default(LogTip), default(LogEntry));
        var draft = new RealmDraft(RealmState.Empty(_issuer.Anchor.LogId)); // one for all pages: of a million entries the directory is hashed once
        var page = await ReadPageAsync(0, cancellationToken);
        while (page.Entries.Count > 0)
        {
            var ahead = ReadPageAsync(page.Entries[^1].Revision.Sequence, cancellationToken).AsTask(); // the store reads and checks on while this page is applied
            try
            {
                foreach (var entry in page.Entries)
                {
                    Applied(draft, entry, page.Tip.Revision.Sequence);
                    if (entry.Revision.Sequence == mark.Revision.Sequence) there = new(entry.Revision, entry.Hash, entry.Content.CommittedAtMs);
                    if (!_issuer.Epochs.Proves(entry)) unproven ??= entry;
                }
            }
            catch
            {
                await Task.WhenAny(ahead); // nothing is read once the start has failed
                _ = ahead.Exception; // what has failed first is told
                throw;
            }
            page = await ahead;
        }
        if (page.Tip.Revision.Sequence != draft.Tip.Revision.Sequence) throw new LogLostException($"The log says that it ends at {page.Tip.Revision}; it can be read up to {draft.Tip.Revision}.");
        var state = draft.ToState();
        _recoveryReason = markFault is not null ? $"What was signed before cannot be told: {markFault}" : EpochFault(state, unproven) ?? HighWater.Judge(mark, state.Tip, there) switch
        {
            HighWaterVerdict.Behind => $"The log ends at {state.Revision}, but heads up to {mark.Revision} were signed: entries are missing. Fill them in from an archive, 'helio restore --harvest': changes are taken again when they are there.",
            HighWaterVerdict.Diverged => $"The log holds another entry at {mark.Revision} than the one that was signed for. Restore the log that was.",
            _ => null,
        };
        _current = new(state, null);
        if (_recoveryReason is not null || state.Revision.Sequence == 0) return;
        await _highWater.AdvanceAsync(state.Tip, cancellationToken);
        _current = new(state, Sign(state));
    }

    /// <summary>Why the log is not of the epoch that is proven to be the newest: then nobody who holds the proof would believe a head over it.</summary>
    private string? EpochFault(RealmState state, LogEntry? unproven) =>
        unproven is not null ? $"The log begins epoch {unproven.Revision.Epoch} at {unproven.Revision}, which the trust file does not prove. Put the realm's newest trust file here, or the signed transition into this one, 'helio trust add', and start again."
        : state.Revision.Epoch < _issuer.Epochs.Epoch ? $"Epoch {state.Revision.Epoch} has ended: the trust file proves epoch {_issuer.Epochs.Epoch}, and the log ends at {state.Revision}. Restore the log that went on ('helio restore'), or let this one go on in the new epoch with the transition that was signed for it ('helio recover apply')."
        : null;

    private async ValueTask<(LogTip Mark, string? Fault)> ReadMarkAsync(CancellationToken cancellationToken)
    {
        try { return (await _highWater.ReadAsync(cancellationToken), null); }
        catch (InvalidDataException damaged) { return (LogTip.Empty, damaged.Message); }
    }

    /// <summary>Applies an entry, and takes it into the history; the log is known to go on up to <paramref name="newest"/>.</summary>
    private void Applied(RealmDraft draft, LogEntry entry, long newest)
    {
        draft.Apply(entry);
        if (EpochStep.IsBeginning(entry))
        {
            History.Begin(entry.Revision); // it changes no content
            return;
        }
        var name = NamespaceName.Parse(entry.Content.Namespace);
        History.Add(name, entry, draft.Find(name)?.Records ?? MerkleMap.Empty, newest - entry.Revision.Sequence);
    }

    /// <summary>Reads a page, as often as it takes.</summary>
    /// <exception cref="LogLostException">What is stored is damaged.</exception>
    private async ValueTask<EntryPage> ReadPageAsync(long after, CancellationToken cancellationToken)
    {
        while (true)
        {
            switch (await _store.ReadAsync(after, PageEntries, PageBytes, cancellationToken))
            {
                case StoreAnswer<EntryPage>.Done page: return page.Value;
                case StoreAnswer<EntryPage>.Corrupt damaged: throw new LogLostException($"The log is damaged: {damaged.Reason}");
                case StoreAnswer<EntryPage>.Unavailable no: await PauseAsync(no.RetryAfter, cancellationToken); break;
                default: await PauseAsync(TimeSpan.Zero, cancellationToken); break;
            }
        }
    }

    /// <summary>Waits before a store is asked again; gives up when the origin stops.</summary>
    private async ValueTask PauseAsync(TimeSpan asked, CancellationToken cancellationToken)
    {
        ThrowIfLost();
        if (_isDraining) throw new OperationCanceledException("The origin is stopping; the store did not answer.");
        var pause = TimeSpan.FromMilliseconds(Math.Clamp(asked.TotalMilliseconds, 50, 1_000));
        await Task.Delay(pause, _time, cancellationToken);
    }

    private void ThrowIfLost()
    {
        if (_store.Failed is { IsCompletedSuccessfully: true, Result: var reason }) throw new LogLostException($"The log store has failed: {reason}");
    }
}
