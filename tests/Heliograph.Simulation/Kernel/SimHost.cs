// SPDX-License-Identifier: Apache-2.0
using Heliograph.Simulation.Disk;
using Heliograph.Simulation.Network;

namespace Heliograph.Simulation.Kernel;

/// <summary>A machine: a disk, a clock, and the process that a supervisor keeps running on it.</summary>
public sealed class SimHost
{
    private readonly SimScheduler _scheduler;
    private readonly SimNetwork _network;
    private readonly Func<SimHost, SimProcess, Task> _main;
    private long _boots, _powerCuts;
    private bool _isRetired;

    /// <summary>Makes a machine that is switched off.</summary>
    /// <param name="scheduler">The world.</param>
    /// <param name="network">What it is connected to.</param>
    /// <param name="name">Its name in the network.</param>
    /// <param name="disk">Its disk.</param>
    /// <param name="main">What runs on it.</param>
    public SimHost(SimScheduler scheduler, SimNetwork network, string name, SimDisk disk, Func<SimHost, SimProcess, Task> main)
    {
        (_scheduler, _network, Name, Disk, _main) = (scheduler, network, name, disk, main);
        Identity = name;
        Clock = new SimClock(scheduler);
    }

    /// <summary>Its name in the network.</summary>
    public string Name { get; }

    /// <summary>Who it says it is.</summary>
    public string Identity { get; init; }

    /// <summary>Its disk.</summary>
    public SimDisk Disk { get; }

    /// <summary>Its wall clock.</summary>
    public SimClock Clock { get; }

    /// <summary>Which boot of the machine it is: another one after the power was gone.</summary>
    public string BootId => $"{Name}-{_powerCuts}";

    /// <summary>The process that runs now, or <see langword="null"/>.</summary>
    public SimProcess? Process { get; private set; }

    /// <summary>Whether its process may end with this, to be started again: the product's own fail-stop.</summary>
    public Func<Exception, bool> MayEndWith { get; init; } = _ => false;

    /// <summary>How long the supervisor waits before it starts a process again that ended by itself.</summary>
    public TimeSpan RestartAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Starts the process, if none runs.</summary>
    public void Boot()
    {
        if (Process is not null || _isRetired) return;
        var process = Process = new SimProcess(_scheduler, Name, Identity, Clock);
        _boots++;
        _scheduler.Tell(Name, $"starts ({_boots})");
        process.Ended += failure => OnEnded(process, failure);
        _network.Attach(process);
        process.Start(() => _main(this, process));
    }

    /// <summary>Kills the process; what it wrote is in the page cache and survives.</summary>
    public void Kill()
    {
        if (Process is not { } process) return;
        _scheduler.Tell(Name, "is killed");
        Process = null;
        process.Kill();
        Disk.Unmount();
    }

    /// <summary>Kills the process for good.</summary>
    public void Retire()
    {
        _isRetired = true;
        Kill();
    }

    /// <summary>The power goes: process and page cache are gone, and nobody tells the peers.</summary>
    public void CutPower()
    {
        _scheduler.Tell(Name, "loses power");
        _powerCuts++;
        var process = Process;
        Process = null;
        process?.Kill(isPowerCut: true);
        Disk.CutPower();
    }

    /// <summary>Holds the process for so long.</summary>
    public void Pause(TimeSpan duration)
    {
        if (Process is not { IsHeld: false } process) return;
        _scheduler.Tell(Name, $"is held for {duration.TotalSeconds:0.0} s");
        process.Hold();
        _scheduler.After(duration, process.Resume);
    }

    private void OnEnded(SimProcess process, Exception? failure)
    {
        if (Process != process) return;
        _scheduler.Tell(Name, failure is null ? "ends" : $"ends: {failure.GetType().Name}");
        Process = null;
        Disk.Unmount();
        if (failure is not null && !MayEndWith(failure)) _scheduler.Fail(new InvalidOperationException($"The process on {Name} failed.", failure));
        else _scheduler.After(RestartAfter, Boot);
    }
}
