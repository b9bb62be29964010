// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>One machine that a whole tree runs on, as a measured tree on loopback does.</summary>
/// <param name="Cores">Its cores.</param>
/// <param name="AgentsPerProcess">Agents that share a process.</param>
/// <param name="FlushMilliseconds">What its disk needs for one flush while many are asked for; it does one after the other.</param>
/// <param name="Others">Further processes that work whenever a change has come.</param>
/// <param name="OtherMilliseconds">CPU of each of them for a change.</param>
public sealed record SharedMachine(int Cores, int AgentsPerProcess, double FlushMilliseconds, int Others = 0, double OtherMilliseconds = 0);

/// <summary>Cores that many processes share in turns, as an operating system lets them: each has one slice, then the next one; within a process work is done in the order in which it came.</summary>
/// <param name="cores">How many.</param>
/// <param name="schedule">Calls an action at a time.</param>
internal sealed class TimeSlicer(int cores, Action<double, Action<double>> schedule)
{
    /// <summary>A slice: what Linux gives by default. Seconds.</summary>
    private const double Slice = 0.003;

    private readonly Dictionary<int, Queue<Work>> _processes = [];
    private readonly Queue<int> _ready = new();
    private readonly HashSet<int> _isQueuedOrRunning = [];
    private int _idle = cores;

    /// <summary>Gives a process work.</summary>
    /// <param name="process">Which.</param>
    /// <param name="now">The time now.</param>
    /// <param name="seconds">How long the work takes on a core of its own.</param>
    /// <param name="done">Called when it is done.</param>
    public void Run(int process, double now, double seconds, Action<double> done)
    {
        if (!_processes.TryGetValue(process, out var queue)) _processes[process] = queue = new();
        queue.Enqueue(new Work(seconds, done));
        if (_isQueuedOrRunning.Add(process)) _ready.Enqueue(process);
        Dispatch(now);
    }

    private void Dispatch(double now)
    {
        while (_idle > 0 && _ready.TryDequeue(out var process))
        {
            _idle--;
            RunSlice(process, now);
        }
    }

    /// <summary>Does as much of the process's work as fits into a slice; what is done within it shows at its own time.</summary>
    private void RunSlice(int process, double now)
    {
        var (queue, at, left) = (_processes[process], now, Slice);
        while (left > 0 && queue.TryPeek(out var work))
        {
            var part = Math.Min(left, work.Left);
            (at, left, work.Left) = (at + part, left - part, work.Left - part);
            if (work.Left > 0) break;
            queue.Dequeue();
            schedule(at, work.Done);
        }
        schedule(at, then =>
        {
            _idle++;
            if (queue.Count > 0) _ready.Enqueue(process);
            else _isQueuedOrRunning.Remove(process);
            Dispatch(then);
        });
    }

    private sealed class Work(double seconds, Action<double> done)
    {
        public double Left { get; set; } = seconds;

        public Action<double> Done => done;
    }
}
