// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core;
using Heliograph.Simulation.Checkers;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Cluster;

/// <summary>Three origins over three members of etcd, authors and readers at any of them, and what is done to all of them; then everything is healed, and judged.</summary>
internal sealed class ClusterRun
{
    /// <summary>How long things go wrong.</summary>
    public static readonly TimeSpan PhaseA = TimeSpan.FromSeconds(40);

    /// <summary>How long the cluster has, once nothing goes wrong any more, to take changes at every origin and to be level (I10).</summary>
    public static readonly TimeSpan PhaseB = TimeSpan.FromSeconds(30);

    private readonly ClusterWorld _world;
    private readonly List<SimHost> _origins = [];
    private readonly ClusterCallers _callers;

    /// <summary>Sets up the cluster of a seed.</summary>
    public ClusterRun(ClusterWorld world)
    {
        (_world, _callers) = (world, new ClusterCallers(world));
        for (var i = 0; i < ClusterWorld.Origins; i++)
        {
            var index = i;
            _origins.Add(world.Host($"origin-{i + 1}", (host, process) => ClusterOrigin.RunAsync(world, index, host, process)));
        }
    }

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="ViolationException">A promise was broken.</exception>
    public void Run()
    {
        var scheduler = _world.Scheduler;
        Link();
        _world.Etcd.Begin();
        SimHost[] hosts = [.. _world.Etcd.Machines.Select(machine => machine.Host), .. _origins];
        foreach (var host in hosts) host.Boot();
        scheduler.After(TimeSpan.FromSeconds(1), () => scheduler.Own(_callers.BeginAsync(authors: 4, readers: 4)));
        scheduler.RunUntil(() => _callers.IsReady, TimeSpan.FromSeconds(20));
        var nemesis = new Nemesis(scheduler, _world.Network, _world.Faults, [.. hosts.Select(host => new Victim(host, MayLoseBytes: false, MayAge: false))]);
        nemesis.Begin();
        new ClusterNemesis(_world).Begin();
        scheduler.RunUntil(PhaseA);
        Heal(nemesis);
        Converge();
        _world.Acknowledged.Verify(_world.Log.Entries);
        ControlPlane.Verify(_world.Calls, ClusterCallers.WrittenIn(_world.Log.Entries));
        scheduler.RequireNoLeak();
    }

    /// <summary>Every way that there is, so that any of them can be cut.</summary>
    private void Link()
    {
        string[] names = [.. _world.Etcd.Machines.Select(machine => machine.Host.Name), .. _origins.Select(origin => origin.Name)];
        foreach (var from in names)
            foreach (var to in names)
                if (from != to) _world.Network.Link(from, to);
    }

    private void Heal(Nemesis nemesis)
    {
        _world.Scheduler.Tell("world", "is healed");
        _world.IsHealed = true;
        nemesis.Heal();
        foreach (var machine in _world.Etcd.Machines) machine.LagsUntil = 0;
        foreach (var origin in _world.Running.Values.ToArray())
        {
            if (origin.Sequencer is not { IsInRecovery: true }) continue; // what an operator does who has looked at it
            origin.Host.Kill();
            origin.Host.Boot();
        }
    }

    /// <summary>I10: the last changes are in, every origin shows them, and one holds the right to append.</summary>
    private void Converge()
    {
        var scheduler = _world.Scheduler;
        Task? finishing = null;
        scheduler.After(TimeSpan.FromSeconds(2), () => finishing = _callers.FinishAsync());
        var last = TimeSpan.FromTicks(scheduler.Now) + PhaseB;
        if (!scheduler.RunUntil(() => finishing is { IsCompleted: true }, last)) throw new ViolationException("I10", $"no change was accepted within {PhaseB.TotalSeconds} s after everything was healed.");
        finishing!.GetAwaiter().GetResult();
        if (!scheduler.RunUntil(() => Laggards().Length == 0, last)) throw new ViolationException("I10", $"not level {PhaseB.TotalSeconds} s after everything was healed: {Laggards()}.");
        scheduler.RunUntil(TimeSpan.FromTicks(scheduler.Now) + TimeSpan.FromSeconds(5));
        if (_world.Running.Values.Count(origin => origin.Sequencer?.ReadOnlyReason is null) != 1) throw new ViolationException("I10", "not exactly one origin takes changes, though nothing goes wrong.");
        scheduler.Tell("world", $"is level at {_world.Log.Entries.Count}");
    }

    private string Laggards() => string.Join("; ", _origins.Where(host => !_world.Running.TryGetValue(host.Name, out var origin) || origin.Sequencer?.Current is not { Head: { } head } || head.Revision.Sequence != _world.Log.Entries.Count || head.EntryHash != _world.Log.Entries[^1].Hash).Select(host => host.Name));
}
