// SPDX-License-Identifier: Apache-2.0
using System.Runtime.ExceptionServices;

namespace Heliograph.Simulation.Kernel;

/// <summary>The one queue and the one thread of a simulated world: everything that happens is a step taken from here, in virtual time.</summary>
/// <remarks>
/// Steps at the same instant run in an order drawn from the seed, so that a seed explores one interleaving and repeats it for ever. A post
/// from another thread means that something escaped (the thread pool, a system timer): the run fails, for it would not repeat.
/// </remarks>
public sealed class SimScheduler : SynchronizationContext
{
    private readonly PriorityQueue<(SendOrPostCallback Callback, object? State), (long At, int Tie, long Order)> _steps = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly Random _ties;
    private volatile Exception? _failure;
    private long _order;

    /// <summary>Makes an empty world. It belongs to the thread that made it.</summary>
    public SimScheduler(ulong seed)
    {
        Seed = seed;
        _ties = NewRandom("ties");
    }

    /// <summary>What everything random in this world comes from.</summary>
    public ulong Seed { get; }

    /// <summary>Virtual time since the world began, in ticks of 100 ns.</summary>
    public long Now { get; private set; }

    /// <summary>Steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>What happened, and its digest.</summary>
    public SimTrace Trace { get; } = new();

    /// <summary>Called after every step: checkers that must see every state.</summary>
    public Action? Stepped { get; set; }

    /// <summary>A source of randomness of its own for one purpose, so that drawing more for one does not change the others.</summary>
    public Random NewRandom(string purpose) => new SeededRandom(Seed, purpose);

    /// <summary>Writes an event into the trace.</summary>
    public void Tell(string who, string what) => Trace.Event(Now, who, what);

    /// <summary>Runs a step at a time, or now if that has passed.</summary>
    public void At(long at, SendOrPostCallback callback, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            Fail(new LeakException($"A step was posted from another thread, {Environment.CurrentManagedThreadId}: {callback.Method.DeclaringType}.{callback.Method.Name}\n{Environment.StackTrace}"));
            return; // thrown on the simulator's thread: here it would end the test program
        }
        _steps.Enqueue((callback, state), (Math.Max(at, Now), _ties.Next(), ++_order));
    }

    /// <summary>Runs a step after a while.</summary>
    public void After(TimeSpan delay, Action action) => At(Now + delay.Ticks, static state => ((Action)state!)(), action);

    /// <summary>Completes after a while. The wait belongs to the world, not to a process: it does not stop when one does.</summary>
    public Task Delay(TimeSpan delay)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        After(delay, done.SetResult);
        return done.Task;
    }

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state) => At(Now, d, state);

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing waits for another step inside a step.");

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs until virtual time has come to <paramref name="end"/>.</summary>
    public void RunUntil(TimeSpan end)
    {
        RunUntil(static () => false, end);
        Now = Math.Max(Now, end.Ticks);
    }

    /// <summary>Runs until something is so, or time is up.</summary>
    /// <returns>Whether it became so.</returns>
    /// <exception cref="LeakException">Something escaped from the simulator's thread.</exception>
    /// <exception cref="Exception">Whatever <see cref="Fail"/> was given.</exception>
    public bool RunUntil(Func<bool> condition, TimeSpan end)
    {
        var outside = Current;
        SetSynchronizationContext(this);
        try
        {
            while (!condition())
            {
                if (!_steps.TryPeek(out _, out var next) || next.At > end.Ticks) return false;
                Step();
            }
            return true;
        }
        finally
        {
            SetSynchronizationContext(outside);
        }
    }

    /// <summary>Ends the run with a failure at the end of this step. The first one counts.</summary>
    public void Fail(Exception failure) => _failure ??= failure;

    /// <summary>Nobody else waits for this task: should it fail, so does the run.</summary>
    public void Own(Task task) => _ = OwnAsync(task);

#pragma warning disable CA1031 // whatever it fails with fails the run
    private async Task OwnAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }
#pragma warning restore CA1031

    /// <summary>Fails if something escaped. Gives a thread that did a moment to be seen, for it runs in real time.</summary>
    public void RequireNoLeak()
    {
        Thread.Sleep(1);
        ThrowFailure();
    }

    private void Step()
    {
        _steps.TryDequeue(out var step, out var key);
        (Now, Steps) = (key.At, Steps + 1);
        Trace.Step(key.At, key.Order);
        step.Callback(step.State);
        Stepped?.Invoke();
        ThrowFailure();
    }

    private void ThrowFailure()
    {
        if (_failure is { } failure) ExceptionDispatchInfo.Throw(failure);
    }
}

/// <summary>Something ran outside the simulator's thread, and so outside its order.</summary>
public sealed class LeakException(string message) : Exception(message);
