// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>Cores that many threads share as Linux lets them since 6.6 (EEVDF): of the threads that have had no more than their share, the one whose slice is due first runs, until it waits or its slice is over.</summary>
/// <remarks>One queue for all cores: the kernel's balancing between them is taken for perfect. A thread that wakes does not interrupt another; it has the advantage of having had less.</remarks>
/// <param name="cores">How many.</param>
/// <param name="schedule">Calls an action at a time.</param>
internal sealed class FairCores(int cores, Action<double, Action<double>> schedule)
{
    /// <summary>A slice: Linux's 0.7 ms, which it doubles on two cores. Seconds.</summary>
    public const double Slice = 0.0014;

    private readonly List<FairThread> _waiting = [];
    private int _idle = cores, _runnable;
    private double _sum; // of the runnable threads' virtual times

    /// <summary>Gives a thread work; a thread has one at a time.</summary>
    /// <param name="thread">Which.</param>
    /// <param name="now">The time now.</param>
    /// <param name="seconds">How long the work takes on a core of its own.</param>
    /// <param name="done">Called when it is done; may give the thread more.</param>
    public void Run(FairThread thread, double now, double seconds, Action<double> done)
    {
        (thread.Left, thread.Done) = (seconds, done);
        if (thread.IsRunnable) return; // its core takes it from here
        thread.IsRunnable = true;
        thread.Virtual = Now - thread.Lag;
        thread.Deadline = thread.Virtual + Slice;
        _sum += thread.Virtual;
        _runnable++;
        _waiting.Add(thread);
        Dispatch(now);
    }

    /// <summary>The virtual time: the mean of those that can run.</summary>
    private double Now => _runnable == 0 ? 0 : _sum / _runnable;

    private void Dispatch(double now)
    {
        while (_idle > 0 && _waiting.Count > 0)
        {
            _idle--;
            Begin(Take(), now);
        }
    }

    private FairThread Take()
    {
        var (best, now) = (-1, Now + 1e-12);
        for (var i = 0; i < _waiting.Count; i++)
            if (_waiting[i].Virtual <= now && (best < 0 || _waiting[i].Deadline < _waiting[best].Deadline)) best = i;
        if (best < 0) best = _waiting.IndexOf(_waiting.MinBy(thread => thread.Virtual)!);
        var taken = _waiting[best];
        _waiting.RemoveAt(best); // who came first stays first
        return taken;
    }

    private void Begin(FairThread thread, double now)
    {
        var part = Math.Min(thread.Left, Math.Max(1e-9, thread.Deadline - thread.Virtual));
        schedule(now + part, then => End(thread, part, then));
    }

    private void End(FairThread thread, double part, double now)
    {
        thread.Left -= part;
        thread.Virtual += part;
        _sum += part;
        if (thread.Left <= 1e-12)
        {
            var done = thread.Done!;
            (thread.Left, thread.Done) = (0, null);
            done(now);
        }
        if (thread.Done is null)
        {
            thread.IsRunnable = false;
            thread.Lag = Math.Clamp(Now - thread.Virtual, 0, Slice); // what it had too much of is forgotten while it sleeps
            _sum -= thread.Virtual;
            _runnable--;
            _idle++;
        }
        else if (thread.Deadline - thread.Virtual > 1e-9)
        {
            Begin(thread, now); // its slice goes on
        }
        else
        {
            thread.Deadline = thread.Virtual + Slice;
            _waiting.Add(thread);
            _idle++;
        }
        Dispatch(now);
    }
}

/// <summary>A thread of <see cref="FairCores"/>.</summary>
internal sealed class FairThread
{
    public bool IsRunnable { get; set; }

    public double Left { get; set; }

    public Action<double>? Done { get; set; }

    /// <summary>CPU that it has had, in the queue's virtual time.</summary>
    public double Virtual { get; set; }

    /// <summary>When its slice is due, in the same.</summary>
    public double Deadline { get; set; }

    /// <summary>What it was owed when it fell asleep.</summary>
    public double Lag { get; set; }
}

/// <summary>A process with a pool of threads: each takes what has waited longest, and stays with it while it waits for a disk.</summary>
/// <param name="workers">Threads of the pool.</param>
internal sealed class PooledProcess(int workers)
{
    private readonly Stack<FairThread> _idle = new(Enumerable.Range(0, workers).Select(_ => new FairThread()));
    private readonly Queue<Action<FairThread, double, Action<double>>> _queue = new();

    /// <summary>Gives the process something to do.</summary>
    /// <param name="now">The time now.</param>
    /// <param name="work">Does it: on which thread, from when, and what to call at its end.</param>
    public void Post(double now, Action<FairThread, double, Action<double>> work)
    {
        if (_idle.TryPop(out var thread)) Start(thread, now, work);
        else _queue.Enqueue(work);
    }

    private void Start(FairThread thread, double now, Action<FairThread, double, Action<double>> work) => work(thread, now, then =>
    {
        if (_queue.TryDequeue(out var next)) Start(thread, then, next);
        else _idle.Push(thread);
    });
}
