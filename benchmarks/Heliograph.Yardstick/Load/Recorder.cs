// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Diagnostics;

namespace Heliograph.Yardstick.Load;

/// <summary>What the subscribers saw. Written by the fleet's thread, read by the workload.</summary>
/// <param name="subscribers">How many there are.</param>
/// <param name="sequences">How many updates there will be.</param>
/// <param name="storedValues">Stored values that a cold subscriber gets.</param>
internal sealed class Recorder(int subscribers, int sequences, int storedValues)
{
    private const int FaultsKept = 20;

    private readonly int[] _counts = new int[sequences];
    private readonly int[]?[] _micros = new int[sequences][];
    private readonly long[] _firstAt = new long[sequences];
    private readonly object _changed = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private int _ready, _served, _closed, _faultCount;
    private long _deliveries;

    public int Subscribers { get; } = subscribers;

    /// <summary>Subscribers that are live.</summary>
    public int Ready => Volatile.Read(ref _ready);

    /// <summary>Cold subscribers that have all stored values.</summary>
    public int Served => Volatile.Read(ref _served);

    /// <summary>Connections that ended before the fleet ended them.</summary>
    public int Closed => Volatile.Read(ref _closed);

    /// <summary>Updates received, over all subscribers.</summary>
    public long Deliveries => Volatile.Read(ref _deliveries);

    /// <summary>When the newest delivery came, in the stopwatch's ticks.</summary>
    public long LastDeliveryAt { get; private set; }

    /// <summary>How many subscribers each update is to reach.</summary>
    public int Expected { get; set; } = subscribers;

    /// <summary>When each cold subscriber was served, in the stopwatch's ticks, in order.</summary>
    public ConcurrentQueue<long> ServedAt { get; } = new();

    /// <summary>Breaches: of the protocol, of the order of revisions, of the machine's limits. A run with any is not a result.</summary>
    public int Faults => Volatile.Read(ref _faultCount);

    public IEnumerable<string> FaultTexts => _faults;

    public void Fault(string what)
    {
        if (Interlocked.Increment(ref _faultCount) <= FaultsKept) _faults.Enqueue(what);
    }

    public void OnReady(Subscriber subscriber)
    {
        Volatile.Write(ref _ready, _ready + 1);
        if (subscriber.WantsSnapshot && storedValues > 0 && subscriber.StoredValues < storedValues) Fault($"subscriber {subscriber.Index} is live with {subscriber.StoredValues} of {storedValues} stored values");
        if (_ready == Subscribers) Pulse();
    }

    public void OnClosed() => Volatile.Write(ref _closed, _closed + 1);

    public void OnStored(Subscriber subscriber)
    {
        if (subscriber.StoredValues != storedValues) return;
        ServedAt.Enqueue(Stopwatch.GetTimestamp());
        Volatile.Write(ref _served, _served + 1);
        if (_served == Subscribers) Pulse();
    }

    public void OnLive(Subscriber subscriber, long sequence, long sentAt)
    {
        Volatile.Write(ref _deliveries, _deliveries + 1);
        if (subscriber.IsStalled || (ulong)sequence >= (ulong)_counts.Length) return;
        var now = Stopwatch.GetTimestamp();
        LastDeliveryAt = now;
        var count = _counts[sequence];
        if (count == 0) _firstAt[sequence] = now;
        var micros = _micros[sequence] ??= new int[Subscribers];
        if (count < micros.Length) micros[count] = (int)Math.Min(int.MaxValue, (now - sentAt) * 1_000_000L / Stopwatch.Frequency);
        Volatile.Write(ref _counts[sequence], count + 1);
        if (count + 1 >= Expected) Pulse();
    }

    /// <summary>How many subscribers an update reached.</summary>
    public int Reached(long sequence) => Volatile.Read(ref _counts[sequence]);

    public bool Wait(Func<bool> until, TimeSpan limit)
    {
        var since = Stopwatch.GetTimestamp();
        while (!until())
        {
            if (Stopwatch.GetElapsedTime(since) > limit) return false;
            lock (_changed) Monitor.Wait(_changed, 20); // a pulse that came in between costs 20 ms of waiting; times are taken elsewhere
        }
        return true;
    }

    /// <summary>Waits until an update has reached everyone that it is to reach.</summary>
    public bool WaitFor(long sequence, TimeSpan limit) => Wait(() => Reached(sequence) >= Expected, limit);

    /// <summary>Latencies of one update in milliseconds, sorted.</summary>
    public double[] Latencies(long sequence) => Sorted([.. (_micros[sequence] ?? []).Take(Math.Min(Reached(sequence), Subscribers))]);

    /// <summary>Latencies of a range of updates in milliseconds, sorted.</summary>
    public double[] Latencies(int first, int count)
    {
        var all = new List<int>();
        for (var i = first; i < first + count; i++) all.AddRange((_micros[i] ?? []).AsSpan(0, Math.Min(Reached(i), _micros[i]?.Length ?? 0)));
        return Sorted([.. all]);
    }

    /// <summary>Milliseconds between the first and the last subscriber that an update reached.</summary>
    public double SpreadMs(long sequence, double lastMs, long sentAt) => lastMs - Stopwatch.GetElapsedTime(sentAt, _firstAt[sequence]).TotalMilliseconds;

    private void Pulse()
    {
        lock (_changed) Monitor.PulseAll(_changed);
    }

    private static double[] Sorted(int[] micros)
    {
        Array.Sort(micros);
        return Array.ConvertAll(micros, value => value / 1_000.0);
    }
}
