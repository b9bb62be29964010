// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace Heliograph.Yardstick.Load;

/// <summary>A change: when it was due at the author, when the origin gave it its place, and which place.</summary>
/// <param name="Revision">Its revision.</param>
/// <param name="DueAt">When it was to be sent, in the stopwatch's ticks: a late one counts from here.</param>
/// <param name="CommittedAt">When the origin ordered it, before it was durable, in the same ticks.</param>
internal readonly record struct CommittedChange(Revision Revision, long DueAt, long CommittedAt);

/// <summary>Which revision each subscriber stands at, since when: one line for every update that was read whole. Written by the fleet's thread; judged when everyone stands at the newest.</summary>
/// <param name="subscribers">How many there are.</param>
internal sealed class ArrivalLog(int subscribers)
{
    private const int ChunkArrivals = 1 << 16, ChunksMax = 256; // 16 bytes each: 256 MiB at the most

    private readonly long[] _positions = new long[subscribers];
    private readonly List<Arrival[]> _chunks = [];
    private int _inLast = ChunkArrivals;

    /// <summary>One update, read whole.</summary>
    private readonly record struct Arrival(int Subscriber, int Sequence, long At);

    /// <summary>Whether more came than is kept.</summary>
    public bool IsFull { get; private set; }

    /// <summary>A subscriber stands at a revision now.</summary>
    public void Applied(int subscriber, Revision revision)
    {
        Keep(new Arrival(subscriber, checked((int)revision.Sequence), Stopwatch.GetTimestamp()));
        Volatile.Write(ref _positions[subscriber], revision.Sequence); // last: whoever sees it sees what was kept
    }

    /// <summary>How many subscribers stand at a revision or beyond.</summary>
    public int Reached(long sequence)
    {
        var count = 0;
        for (var i = 0; i < _positions.Length; i++)
            if (Volatile.Read(ref _positions[i]) >= sequence) count++;
        return count;
    }

    /// <summary>Forgets what came, but not where everyone stands. On the fleet's thread.</summary>
    public void Clear()
    {
        _chunks.Clear();
        (_inLast, IsFull) = (ChunkArrivals, false);
    }

    /// <summary>How long each change took to each subscriber: until it stands at that revision or beyond. So a value that was skipped for a newer one counts with the newer one's time.</summary>
    /// <param name="changes">Ascending by revision.</param>
    /// <param name="fromDue">Takes the times since the change was due.</param>
    /// <param name="fromCommit">Takes the times since the origin ordered it.</param>
    /// <returns>Changes, over all subscribers, that did not come.</returns>
    public long Judge(IReadOnlyList<CommittedChange> changes, LatencyHistogram fromDue, LatencyHistogram fromCommit)
    {
        var next = new int[_positions.Length];
        for (var chunk = 0; chunk < _chunks.Count; chunk++)
        {
            foreach (var arrival in _chunks[chunk].AsSpan(0, chunk == _chunks.Count - 1 ? _inLast : ChunkArrivals))
            {
                ref var at = ref next[arrival.Subscriber];
                for (; at < changes.Count && changes[at].Revision.Sequence <= arrival.Sequence; at++)
                {
                    fromDue.Add(Micros(changes[at].DueAt, arrival.At));
                    fromCommit.Add(Micros(changes[at].CommittedAt, arrival.At));
                }
            }
        }
        return next.Sum(reached => (long)changes.Count - reached);
    }

    private void Keep(Arrival arrival)
    {
        if (_inLast == ChunkArrivals)
        {
            IsFull = _chunks.Count == ChunksMax;
            if (IsFull) return;
            _chunks.Add(new Arrival[ChunkArrivals]);
            _inLast = 0;
        }
        _chunks[^1][_inLast++] = arrival;
    }

    private static long Micros(long from, long to) => (long)((to - from) * 1e6 / Stopwatch.Frequency);
}
