// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Heliograph.Simulation.Checkers;
using Heliograph.Simulation.Disk;
using Heliograph.Simulation.Etcd;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Fleet;
using Heliograph.Simulation.Kernel;
using Heliograph.Simulation.Network;
using Fault = Heliograph.Simulation.Faults.Fault;

namespace Heliograph.Simulation.Cluster;

/// <summary>What the machines of a simulated cluster share: the kernel, the network, etcd, the realm, the checkers.</summary>
internal sealed class ClusterWorld
{
    /// <summary>Origins, and members of etcd.</summary>
    public const int Origins = 3, Members = 3;

    /// <summary>An empty world.</summary>
    public ClusterWorld(ulong seed)
    {
        Scheduler = new SimScheduler(seed);
        Faults = FaultMenu.Swarm(Scheduler, FaultKinds.InCluster);
        Network = new SimNetwork(Scheduler, Faults);
        _rates = Scheduler.NewRandom("rates");
        Etcd = new SimEtcd(this, Members);
        Log = new AgreedLog(this);
    }

    /// <summary>The kernel.</summary>
    public SimScheduler Scheduler { get; }

    /// <summary>What may go wrong.</summary>
    public FaultMenu Faults { get; }

    /// <summary>What connects the machines.</summary>
    public SimNetwork Network { get; }

    /// <summary>The cluster that holds the log.</summary>
    public SimEtcd Etcd { get; }

    /// <summary>The log as etcd has it.</summary>
    public AgreedLog Log { get; }

    /// <summary>Whom everyone trusts: a head key for each origin.</summary>
    public SimRealm Realm { get; } = new("cluster", Origins);

    /// <summary>The origins that run.</summary>
    public SortedDictionary<string, ClusterOrigin> Running { get; } = new(StringComparer.Ordinal);

    /// <summary>I1 and I8.</summary>
    public AcknowledgedChanges Acknowledged { get; } = new();

    /// <summary>I2.</summary>
    public OneHistory History { get; } = new();

    /// <summary>How far each origin had signed.</summary>
    public SignedMarks Marks { get; } = new();

    /// <summary>What was read is signed, and nothing else.</summary>
    public OnlyReadBack ReadBack { get; } = new();

    /// <summary>Every call, for I9.</summary>
    public List<Call> Calls { get; } = [];

    /// <summary>Whether nothing goes wrong any more.</summary>
    public bool IsHealed { get; set; }

    private readonly Random _rates;

    /// <summary>A machine.</summary>
    public SimHost Host(string name, Func<SimHost, SimProcess, Task> main)
    {
        var host = new SimHost(Scheduler, Network, name, new SimDisk(Scheduler, Faults, name), main) { MayEndWith = exception => exception is IOException or LogLostException };
        if (Faults.Strikes(Fault.ClockRate, 1)) host.Clock.Rate = 0.8 + 0.45 * _rates.NextDouble();
        return host;
    }

    /// <summary>Runs a check. What it finds ends the run and is not thrown into the product.</summary>
    public void Judge(Action check)
    {
        try
        {
            check();
        }
        catch (ViolationException violation)
        {
            Scheduler.Fail(violation);
        }
    }
}
