// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Grpc.Core;
using Heliograph.Simulation.Cluster;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;
using Heliograph.Storage.Etcd.Wire;

namespace Heliograph.Simulation.Etcd;

/// <summary>Three members of etcd that agree on one order of commands: a leader, elected by most of them, and what was asked of it and is not decided.</summary>
/// <remarks>
/// Agreement itself is taken for right, as etcd's is: what was agreed on stays. What is modelled is how little else can be relied on: members that lag, leaders that
/// change with proposals under way (which then land, or do not), leases that end late, early or begin anew, reads that are only as fresh as one asks for, watches that are only a hint.
/// </remarks>
internal sealed class SimEtcd
{
    /// <summary>The cluster's id.</summary>
    public const ulong ClusterId = 0xe7cd;

    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(100), _electionMin = TimeSpan.FromSeconds(0.8), _electionMax = TimeSpan.FromSeconds(2);

    private readonly List<IMessage> _committed = [];
    private readonly List<Proposal> _proposals = [];
    private readonly Random _random;
    private EtcdMachine? _leader;
    private long? _unledSince;
    private TimeSpan _patience = _electionMin;

    /// <summary>Makes the cluster, switched off.</summary>
    public SimEtcd(ClusterWorld world, int members)
    {
        World = world;
        _random = world.Scheduler.NewRandom("etcd");
        for (var i = 0; i < members; i++)
        {
            var index = i;
            Machines.Add(new EtcdMachine(this, world.Host($"etcd-{i + 1}", (_, process) => Machines[index].RunAsync(process))));
        }
    }

    /// <summary>Where it stands.</summary>
    public ClusterWorld World { get; }

    /// <summary>The members.</summary>
    public List<EtcdMachine> Machines { get; } = [];

    /// <summary>What was agreed on, in order.</summary>
    public IReadOnlyList<IMessage> Committed => _committed;

    /// <summary>The store that all of it makes: what the fastest member holds.</summary>
    public MvccStore Truth { get; } = new();

    /// <summary>How often a leader was elected.</summary>
    public long Term { get; private set; }

    /// <summary>Hears of everything that is agreed on, before it is applied.</summary>
    public Action<IMessage, string>? Agreeing { get; set; }

    /// <summary>And after.</summary>
    public Action<Applied>? WasAgreed { get; set; }

    /// <summary>The place of a member.</summary>
    public int IndexOf(EtcdMachine machine) => Machines.IndexOf(machine);

    /// <summary>Whether most members follow it.</summary>
    public bool IsLeader(EtcdMachine machine) => machine.BelievesToLead && _leader == machine;

    /// <summary>Begins.</summary>
    public void Begin()
    {
        Tick();
        World.Scheduler.After(_tick, Begin);
    }

    /// <summary>Gives the lead to another member, if it can take it.</summary>
    public void ChangeLeader()
    {
        var able = Machines.Where(machine => machine != _leader && HasQuorum(machine)).ToArray();
        if (able.Length == 0) return;
        World.Faults.Count(Fault.EtcdLeaderChange);
        Elect(_random.Pick(able));
    }

    /// <summary>Whether a member reaches most of them, itself included.</summary>
    public bool HasQuorum(EtcdMachine machine) => machine.IsUp && Machines.Count(other => Reach(machine, other)) > Machines.Count / 2;

    /// <summary>Brings a command to the leader. What comes of it is told to <paramref name="waiting"/> when the member that was asked has applied it.</summary>
    /// <exception cref="RpcException">There is no leader: the command is nowhere.</exception>
    public async Task ProposeAsync(EtcdMachine asked, IMessage command, string caller, TaskCompletionSource<Applied> waiting)
    {
        var leader = await ReachLeaderAsync(asked);
        await World.Scheduler.Delay(_random.HeavyTail(TimeSpan.FromMilliseconds(0.2), TimeSpan.FromSeconds(1)));
        if (leader.Host.Process is not { } process) return; // it died with the command: whoever asked hears nothing
        process.Run(_ =>
        {
            if (!leader.BelievesToLead) return;
            var proposal = new Proposal(command, caller, Term, leader, waiting);
            _proposals.Add(proposal);
            World.Scheduler.After(_random.HeavyTail(TimeSpan.FromMilliseconds(2), TimeSpan.FromSeconds(2)), () => Decide(proposal));
        }, null);
    }

    /// <summary>How much was agreed on when most members confirmed that the leader leads: what is read after that much was applied is not of the past.</summary>
    public async Task<int> ReadIndexAsync(EtcdMachine asked)
    {
        while (true)
        {
            var leader = await ReachLeaderAsync(asked);
            var index = _committed.Count;
            await World.Scheduler.Delay(_random.HeavyTail(TimeSpan.FromMilliseconds(0.5), TimeSpan.FromSeconds(1)));
            if (IsLeader(leader) && HasQuorum(leader) && Reach(asked, leader)) return index;
            await World.Scheduler.Delay(_tick);
        }
    }

    /// <summary>The leader, as a member knows it.</summary>
    /// <exception cref="RpcException">It knows none.</exception>
    public async Task<EtcdMachine> ReachLeaderAsync(EtcdMachine asked)
    {
        await World.Scheduler.Delay(_random.HeavyTail(TimeSpan.FromMilliseconds(0.2), TimeSpan.FromSeconds(1)));
        if (asked.BelievesToLead) return asked;
        return _leader is { BelievesToLead: true } leader && Reach(asked, leader) && asked.LeaderlessSince is null ? leader : throw new RpcException(new Status(StatusCode.Unavailable, "etcdserver: no leader"));
    }

    private bool Reach(EtcdMachine from, EtcdMachine to) => from == to ? from.IsUp : from.IsUp && to.IsUp && !World.Network.Link(from.Host.Name, to.Host.Name).IsCut && !World.Network.Link(to.Host.Name, from.Host.Name).IsCut;

    private void Tick()
    {
        var now = World.Scheduler.Now;
        if (_leader is { BelievesToLead: true } && HasQuorum(_leader)) _unledSince = null; // one that was started again does not
        else if (_unledSince is null) (_unledSince, _patience) = (now, _random.Between(_electionMin, _electionMax));
        else if (now - _unledSince > _patience.Ticks && Machines.Where(HasQuorum).ToArray() is { Length: > 0 } able) Elect(_random.Pick(able));
        foreach (var machine in Machines.Where(machine => machine.IsUp)) Look(machine, now);
        foreach (var proposal in _proposals.ToArray()) Decide(proposal);
    }

    /// <summary>What a member notices of the others.</summary>
    private void Look(EtcdMachine machine, long now)
    {
        var follows = _leader is { BelievesToLead: true } leader && HasQuorum(leader) && Reach(machine, leader);
        if (follows && machine != _leader) machine.Follow();
        if (follows)
        {
            machine.LeaderlessSince = null;
            machine.CatchUp(_committed.Count);
            if (World.Faults.Strikes(Fault.LaggingMember, 0.004) && machine != _leader) machine.LagsUntil = now + _random.Between(TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(6)).Ticks;
        }
        else if (machine.LeaderlessSince is null) machine.LeaderlessSince = now;
        else if (now - machine.LeaderlessSince > _electionMax.Ticks)
        {
            if (machine.BelievesToLead && _random.Chance(0.2)) machine.Follow(); // nobody answers: it steps down, some time or other
            machine.EndWatches("etcdserver: no leader");
        }
    }

    private void Elect(EtcdMachine machine)
    {
        var under = _proposals.ToArray();
        _proposals.Clear();
        (_leader, _unledSince, Term) = (machine, null, Term + 1);
        World.Scheduler.Tell(machine.Host.Name, "leads the members of etcd");
        // What the last leader had passed on to one of those who elected this one is in the log; what it had kept to itself is not.
        foreach (var proposal in under)
        {
            var lands = World.Faults.Strikes(Fault.LateProposal, 0.5);
            if (lands) Commit(proposal);
            if (!_random.Chance(0.5)) continue;
            var waiting = proposal.Waiting;
            World.Scheduler.After(_tick, () => waiting.TrySetException(new RpcException(new Status(StatusCode.Unavailable, "etcdserver: leader changed"))));
        }
        machine.Lead();
    }

    private void Decide(Proposal proposal)
    {
        if (!_proposals.Contains(proposal) || proposal.Term != Term || !IsLeader(proposal.Leader) || !HasQuorum(proposal.Leader)) return;
        _proposals.Remove(proposal);
        Commit(proposal);
    }

    private void Commit(Proposal proposal)
    {
        Agreeing?.Invoke(proposal.Command, proposal.Caller);
        _committed.Add(proposal.Command);
        WasAgreed?.Invoke(Truth.Apply(proposal.Command));
        foreach (var machine in Machines)
        {
            var delay = machine == _leader ? TimeSpan.Zero : _random.HeavyTail(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));
            World.Scheduler.After(delay, () =>
            {
                if (_leader is { BelievesToLead: true } leader && Reach(machine, leader)) machine.CatchUp(_committed.Count);
            });
        }
    }

    private sealed record Proposal(IMessage Command, string Caller, long Term, EtcdMachine Leader, TaskCompletionSource<Applied> Waiting);
}
