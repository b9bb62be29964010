// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Simulation.Kernel;

/// <summary>A running process of a node: its code runs only through here, so that it can be killed at any await, or held.</summary>
/// <remarks>
/// A killed process runs no further step, no finally block and no timer: as after a power cut or <c>kill -9</c>. One that is held (SIGSTOP) keeps
/// its steps until it goes on; the world, its clock and the bytes sent to it do not wait.
/// </remarks>
public sealed class SimProcess : SynchronizationContext
{
    private readonly SimScheduler _scheduler;
    private readonly List<(SendOrPostCallback Callback, object? State)> _held = [];
    private bool _isHeld;

    /// <summary>Makes a process that has not begun.</summary>
    /// <param name="scheduler">The world.</param>
    /// <param name="name">The machine's name in the network.</param>
    /// <param name="identity">Who the machine says it is: its own name, unless it is a copy of another.</param>
    /// <param name="clock">The machine's wall clock.</param>
    public SimProcess(SimScheduler scheduler, string name, string identity, SimClock clock)
    {
        (_scheduler, Name, Identity) = (scheduler, name, identity);
        Time = new SimTime(this, scheduler, clock);
    }

    /// <summary>The machine's name in the network.</summary>
    public string Name { get; }

    /// <summary>Who the machine says it is.</summary>
    public string Identity { get; }

    /// <summary>Time as this process reads it.</summary>
    public SimTime Time { get; }

    /// <summary>Whether it runs, or is held but not dead.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>Whether it is held.</summary>
    public bool IsHeld => _isHeld;

    /// <summary>Called once when the process is killed or has ended: the kernel closes what it had open.</summary>
    public event Action? Died;

    /// <summary>Called when its main function ended: with what it threw, or <see langword="null"/>.</summary>
    public event Action<Exception?>? Ended;

    /// <summary>Begins the process.</summary>
    public void Start(Func<Task> main) => Post(_ => _ = RunToEndAsync(main), null);

    /// <summary>Whether it died with its machine, so that nobody closed what it had open.</summary>
    public bool IsPowerCut { get; private set; }

    /// <summary>Kills it: not one more step.</summary>
    /// <param name="isPowerCut">Whether the machine goes with it.</param>
    public void Kill(bool isPowerCut = false)
    {
        if (!IsAlive) return;
        (IsAlive, IsPowerCut) = (false, isPowerCut);
        _held.Clear();
        Died?.Invoke();
    }

    /// <summary>Holds it, as SIGSTOP does.</summary>
    public void Hold() => _isHeld = true;

    /// <summary>Lets it go on.</summary>
    public void Resume()
    {
        _isHeld = false;
        var held = _held.ToArray();
        _held.Clear();
        if (!IsAlive) return;
        foreach (var (callback, state) in held) Post(callback, state);
    }

    /// <summary>Runs something of this process now, from a step of the world: a timer that is due, a byte that came.</summary>
    public void Run(SendOrPostCallback callback, object? state)
    {
        if (!IsAlive) return;
        if (_isHeld)
        {
            _held.Add((callback, state));
            return;
        }
        var outside = Current;
        SetSynchronizationContext(this);
        try
        {
            callback(state);
        }
        finally
        {
            SetSynchronizationContext(outside);
        }
    }

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state)
    {
        // A dead process's memory may still hold completions; they go nowhere.
        if (IsAlive) _scheduler.Post(static step => ((ProcessStep)step!).Run(), new ProcessStep(this, d, state));
    }

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing waits for another step inside a step.");

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

#pragma warning disable CA1031 // whatever ends a process is handed to whoever watches over it
    private async Task RunToEndAsync(Func<Task> main)
    {
        Exception? failure = null;
        try
        {
            await main();
        }
        catch (Exception exception)
        {
            failure = exception;
        }
        Kill();
        Ended?.Invoke(failure);
    }
#pragma warning restore CA1031

    private sealed record ProcessStep(SimProcess Process, SendOrPostCallback Callback, object? State)
    {
        public void Run() => Process.Run(Callback, State);
    }
}
