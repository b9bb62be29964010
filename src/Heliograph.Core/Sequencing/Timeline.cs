// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Merkle;
using Heliograph.Core.State;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Sequencing;

/// <summary>The entries that touched one namespace, and the past contents that are still in memory. Not thread-safe: its owner locks.</summary>
internal sealed class Timeline
{
    private readonly List<Step> _steps = [];
    private readonly Dictionary<long, MerkleMap> _checkpoints = [];

    /// <summary>Entries that touched the namespace.</summary>
    public int Count => _steps.Count;

    /// <summary>Takes note of the next entry.</summary>
    public void Add(Entry entry) => _steps.Add(new((long)entry.Sequence, entry.CommittedAtMs, entry.BodyCase, RecordChanges.IsStampedAfter(_steps.Count > 0 && _steps[^1].IsStamped, entry)));

    /// <summary>The newest entry that was committed before a time, Unix milliseconds; 0 if there is none.</summary>
    public long SequenceBeforeTime(long committedBeforeMs)
    {
        var (low, high) = (0, _steps.Count);
        while (low < high) // times never fall along the log
        {
            var middle = (low + high) >>> 1;
            if (_steps[middle].CommittedAtMs < committedBeforeMs) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? 0 : _steps[low - 1].Sequence;
    }

    /// <summary>Keeps the content after an entry.</summary>
    public void Keep(long sequence, MerkleMap records) => _checkpoints[sequence] = records;

    /// <summary>Lets go of the content after an entry.</summary>
    public void Forget(long sequence) => _checkpoints.Remove(sequence);

    /// <summary>Sequences before <paramref name="before"/>, newest first.</summary>
    public IReadOnlyList<long> Before(long before, int countMax)
    {
        var found = new List<long>();
        for (var i = IndexAt(before - 1); i >= 0 && found.Count < countMax; i--) found.Add(_steps[i].Sequence);
        return found;
    }

    /// <summary>The first sequence after another; <see langword="null"/> if there is none.</summary>
    public long? FirstAfter(long after) => IndexAt(after) + 1 is var next && next < _steps.Count ? _steps[next].Sequence : null;

    /// <summary>How to get at the content after <paramref name="sequence"/>; <see langword="null"/> if the namespace did not exist then.</summary>
    public Reconstruction? PlanFor(long sequence)
    {
        var last = IndexAt(sequence);
        if (last < 0 || _steps[last].Kind == Entry.BodyOneofCase.DeleteNamespace) return null;
        var missing = new List<long>();
        for (var i = last; i >= 0; i--)
        {
            var step = _steps[i];
            if (_checkpoints.TryGetValue(step.Sequence, out var records)) return Planned(records, step.IsStamped, missing, last);
            if (step.Kind == Entry.BodyOneofCase.CreateNamespace) return Planned(MerkleMap.Empty, step.IsStamped, missing, last);
            missing.Add(step.Sequence);
        }
        throw new System.Diagnostics.UnreachableException("A namespace's first entry creates it.");
    }

    private Reconstruction Planned(MerkleMap start, bool isStamped, List<long> missing, int last)
    {
        missing.Reverse();
        return new(start, isStamped, missing, _steps[last].Sequence);
    }

    /// <summary>Index of the last step at or before a sequence; -1 if there is none.</summary>
    private int IndexAt(long sequence)
    {
        var (low, high) = (0, _steps.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_steps[middle].Sequence <= sequence) low = middle + 1;
            else high = middle;
        }
        return low - 1;
    }

    private readonly record struct Step(long Sequence, long CommittedAtMs, Entry.BodyOneofCase Kind, bool IsStamped);
}

/// <summary>Past contents in the order in which they came; the oldest leave when there are too many bytes. Not thread-safe.</summary>
internal sealed class CheckpointRing(long bytesMax)
{
    private const long OverheadBytes = 2 << 10; // the copied path of a map, roughly

    private readonly Queue<(Timeline Timeline, long Sequence, long Bytes)> _kept = new();
    private long _bytes;

    /// <summary>More than so many are never kept.</summary>
    public long CountMax => bytesMax / OverheadBytes;

    /// <summary>Keeps a content, whose own share is about as large as the entry that made it.</summary>
    public void Add(Timeline timeline, long sequence, MerkleMap records, long entryBytes)
    {
        var bytes = entryBytes + OverheadBytes;
        timeline.Keep(sequence, records);
        _kept.Enqueue((timeline, sequence, bytes));
        _bytes += bytes;
        while (_bytes > bytesMax && _kept.TryDequeue(out var oldest))
        {
            oldest.Timeline.Forget(oldest.Sequence);
            _bytes -= oldest.Bytes;
        }
    }
}
