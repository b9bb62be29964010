// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Sequencing;

/// <summary>Which entries touched which namespace, and what it held after them: the way back for rollback, diff and time travel.</summary>
/// <remarks>
/// Sequences are kept for every namespace that ever was (24 bytes an entry). Past contents are persistent maps that share what they
/// have in common; the newest, and every 64th of a namespace, are kept within a budget of bytes, others are rebuilt from the nearest
/// one and the log. Thread-safe.
/// </remarks>
public sealed class RealmHistory
{
    private const int SpacingEntries = 64;

    private readonly Lock _sync = new();
    private readonly Dictionary<NamespaceName, Timeline> _timelines = [];
    private readonly List<Revision> _begun = []; // the first entry of each epoch but the first, in order
    private readonly ILogStore _store;
    private readonly CheckpointRing _recent, _spaced;

    internal RealmHistory(ILogStore store, long bytesMax)
    {
        _store = store;
        (_recent, _spaced) = (new(bytesMax / 2), new(bytesMax / 2));
    }

    /// <summary>Takes note of a durable entry and of what its namespace holds after it.</summary>
    internal void Add(LogEntry entry, MerkleMap recordsAfter) => Add(NamespaceName.Parse(entry.Content.Namespace), entry, recordsAfter, 0);

    /// <summary>Takes note of an entry behind which there are <paramref name="later"/> more: if that is more than are ever kept, what it left is not kept either, but at the spacing.</summary>
    internal void Add(NamespaceName name, LogEntry entry, MerkleMap recordsAfter, long later)
    {
        var sequence = entry.Revision.Sequence;
        lock (_sync)
        {
            if (!_timelines.TryGetValue(name, out var timeline)) _timelines[name] = timeline = new();
            timeline.Add(entry.Content);
            var isSpaced = timeline.Count % SpacingEntries == 0;
            if (!isSpaced && later > _recent.CountMax) return;
            var ring = isSpaced ? _spaced : _recent;
            ring.Add(timeline, sequence, recordsAfter, entry.Bytes.Length);
        }
    }

    /// <summary>Takes note of an epoch that begins.</summary>
    internal void Begin(Revision first)
    {
        lock (_sync) _begun.Add(first);
    }

    /// <summary>The revision of the entry at a sequence, which the log must have: the epoch was begun there or before.</summary>
    public Revision RevisionAt(long sequence)
    {
        lock (_sync) return new(_begun.FindLast(first => first.Sequence <= sequence) is { Epoch: > 0 } begun ? begun.Epoch : 1, sequence);
    }

    /// <summary>Whether a revision is one of this log's, up to its newest: one of an epoch that ended is not if it was discarded then.</summary>
    public bool Holds(Revision revision, Revision newest) => !revision.IsAfter(newest) && revision.Sequence <= newest.Sequence && RevisionAt(revision.Sequence) == revision;

    /// <summary>Sequences of the entries that touched a namespace, newest first, also if it is deleted by now.</summary>
    /// <param name="name">Which namespace.</param>
    /// <param name="before">Only those before this sequence.</param>
    /// <param name="countMax">At most so many.</param>
    public IReadOnlyList<long> SequencesBefore(NamespaceName name, long before, int countMax)
    {
        lock (_sync) return _timelines.TryGetValue(name, out var timeline) ? timeline.Before(before, countMax) : [];
    }

    /// <summary>The first entry after a sequence that touched a namespace; <see langword="null"/> if there is none yet.</summary>
    /// <param name="name">Which namespace.</param>
    /// <param name="after">The sequence.</param>
    public long? FirstAfter(NamespaceName name, long after)
    {
        lock (_sync) return _timelines.TryGetValue(name, out var timeline) ? timeline.FirstAfter(after) : null;
    }

    /// <summary>The newest entry that touched a namespace and was committed before a time; 0 if there is none.</summary>
    /// <param name="name">Which namespace.</param>
    /// <param name="committedBeforeMs">Unix milliseconds, exclusive.</param>
    public long SequenceBeforeTime(NamespaceName name, long committedBeforeMs)
    {
        lock (_sync) return _timelines.TryGetValue(name, out var timeline) ? timeline.SequenceBeforeTime(committedBeforeMs) : 0;
    }

    /// <summary>The entry at a sequence.</summary>
    public async ValueTask<StoreAnswer<LogEntry>> ReadEntryAsync(long sequence, CancellationToken cancellationToken)
    {
        var answer = await _store.ReadAsync(sequence - 1, 1, 1, cancellationToken);
        return answer switch
        {
            StoreAnswer<EntryPage>.Done { Value.Entries: [var entry, ..] } when entry.Revision.Sequence == sequence => new StoreAnswer<LogEntry>.Done(entry),
            StoreAnswer<EntryPage>.Done => new StoreAnswer<LogEntry>.Corrupt($"Entry {sequence} is not where it was."),
            StoreAnswer<EntryPage>.Unavailable no => new StoreAnswer<LogEntry>.Unavailable(no.Reason, no.RetryAfter),
            StoreAnswer<EntryPage>.OutcomeUnknown no => new StoreAnswer<LogEntry>.OutcomeUnknown(no.Reason),
            StoreAnswer<EntryPage>.Corrupt no => new StoreAnswer<LogEntry>.Corrupt(no.Reason),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>What a namespace held after the entry at <paramref name="sequence"/> and all before it; <see langword="null"/> if it did not exist then.</summary>
    /// <param name="name">Which namespace.</param>
    /// <param name="sequence">0 or more, at most the newest.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async ValueTask<StoreAnswer<PastNamespace?>> FindAsync(NamespaceName name, long sequence, CancellationToken cancellationToken)
    {
        Reconstruction plan;
        lock (_sync)
        {
            if (!_timelines.TryGetValue(name, out var timeline) || timeline.PlanFor(sequence) is not { } found) return new StoreAnswer<PastNamespace?>.Done(null);
            plan = found;
        }
        var (records, isStamped) = (plan.Start, plan.IsStamped);
        for (var at = 0; at < plan.Missing.Count;)
        {
            var (first, count) = RunAt(plan.Missing, at); // entries that stand side by side are read together
            var answer = await _store.ReadAsync(first - 1, count, Limits.ChangesetBytesMax, cancellationToken);
            if (answer is not StoreAnswer<EntryPage>.Done { Value.Entries: { Count: > 0 } entries }) return Failed(answer, first);
            foreach (var entry in entries)
            {
                if (!RecordChanges.TryApply(records, isStamped, entry, out var after, out var fault)) return new StoreAnswer<PastNamespace?>.Corrupt($"Entry {entry.Revision.Sequence}: {fault}");
                (records, isStamped) = (after, RecordChanges.IsStampedAfter(isStamped, entry.Content));
            }
            at += entries.Count;
        }
        return new StoreAnswer<PastNamespace?>.Done(new(records, plan.LastTouched));
    }

    private static (long First, int Count) RunAt(IReadOnlyList<long> sequences, int at)
    {
        var count = 1;
        while (at + count < sequences.Count && sequences[at + count] == sequences[at] + count) count++;
        return (sequences[at], count);
    }

    private static StoreAnswer<PastNamespace?> Failed(StoreAnswer<EntryPage> answer, long sequence) => answer switch
    {
        StoreAnswer<EntryPage>.Unavailable no => new StoreAnswer<PastNamespace?>.Unavailable(no.Reason, no.RetryAfter),
        StoreAnswer<EntryPage>.OutcomeUnknown no => new StoreAnswer<PastNamespace?>.OutcomeUnknown(no.Reason),
        StoreAnswer<EntryPage>.Corrupt no => new StoreAnswer<PastNamespace?>.Corrupt(no.Reason),
        _ => new StoreAnswer<PastNamespace?>.Corrupt($"Entry {sequence} is not where it was."),
    };
}

/// <summary>A namespace as it stood at a revision of the log.</summary>
/// <param name="Records">All its records.</param>
/// <param name="LastSequence">The entry that last touched it, at that time.</param>
public sealed record PastNamespace(MerkleMap Records, long LastSequence);

/// <summary>How to get at a past content: begin here, then apply these entries.</summary>
internal readonly record struct Reconstruction(MerkleMap Start, bool IsStamped, IReadOnlyList<long> Missing, long LastTouched);
