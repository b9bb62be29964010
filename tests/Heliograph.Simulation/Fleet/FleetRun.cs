// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.State;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Heliograph.Simulation.Checkers;
using Heliograph.Simulation.Disk;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Fleet;

/// <summary>A whole fleet in one thread: a store, one origin or two, relays on two levels, one of them hostile, agents, clients, authors; and what is done to them.</summary>
public sealed class FleetRun
{
    /// <summary>How long things go wrong.</summary>
    public static readonly TimeSpan PhaseA = TimeSpan.FromSeconds(40);

    /// <summary>How long everyone has to be level with the log once nothing goes wrong any more (I10).</summary>
    public static readonly TimeSpan PhaseB = TimeSpan.FromSeconds(30);

    private const int LookEvery = 16;

    private static readonly TimeSpan _reportsWithin = TimeSpan.FromSeconds(10);

    private readonly FleetWorld _world;
    private readonly SortedDictionary<string, OriginNode> _origins = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ClientNode> _clients = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ClientPlan> _plans = new(StringComparer.Ordinal);
    private readonly List<Victim> _victims = [];
    private readonly Authors _authors;

    /// <summary>Sets up the fleet of a seed.</summary>
    public FleetRun(FleetWorld world)
    {
        _world = world;
        _authors = new Authors(world, _origins);
        world.Ceremony = new Ceremony(world, _origins);
        AddOrigins();
        AddReplica("relay-1", Role.Relay, "origin-1", world.Options.HasTwoOrigins ? "origin-2" : "origin-1");
        AddReplica("relay-2", Role.Relay, "origin-1", "relay-1");
        AddReplica("relay-3", Role.Relay, "relay-1", "relay-2");
        AddHostile();
        AddReplica("agent-1", Role.Agent, "relay-3", "relay-1");
        AddReplica("agent-2", Role.Agent, HostileRelay.Name, "relay-2", "relay-3");
        AddReplica("agent-3", Role.Agent, "relay-2", HostileRelay.Name);
        AddClient("client-1", [0, 1, 2], "agent-1", "relay-2");
        AddClient("client-2", [0, 1, 3, 4], "agent-2", "agent-3");
        AddClient("client-3", [0, 4], "agent-3", "relay-1");
        AddClient("client-4", [1, 2, 3], HostileRelay.Name, "relay-3");
        AddClient("client-5", [0, 2, 4], "origin-1", "relay-1");
        AddClient("client-6", [0, 1], "agent-1", "agent-2");
        AddStranger();
        world.Scheduler.Stepped = LookAtMemory;
    }

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="ViolationException">A promise was broken.</exception>
    public void Run()
    {
        var nemesis = new Nemesis(_world.Scheduler, _world.Network, _world.Faults, _victims);
        foreach (var victim in _victims) victim.Host.Boot();
        _world.Scheduler.After(TimeSpan.Zero, () => _world.Scheduler.Own(_authors.BeginAsync(3)));
        _world.Scheduler.RunUntil(() => _authors.IsReady, TimeSpan.FromSeconds(10));
        nemesis.Begin();
        var operators = new Operators(_world, _victims, _origins, _clients);
        _world.Scheduler.After(TimeSpan.FromSeconds(5), operators.Begin);
        _world.Scheduler.After(TimeSpan.FromSeconds(6), _world.Ceremony.Begin);
        _world.Scheduler.RunUntil(PhaseA);
        Heal(nemesis);
        Converge();
        _world.Acknowledged.Verify(_world.LogServer!.Entries);
        _world.Scheduler.RequireNoLeak();
    }

    private void Heal(Nemesis nemesis)
    {
        _world.Scheduler.Tell("world", "is healed");
        _world.IsHealed = true;
        nemesis.Heal();
        _world.Ceremony.Finish();
        foreach (var origin in _origins.Values.ToArray())
        {
            // What an operator does with an origin that will not take changes before someone has looked at it.
            if (origin.Sequencer is not { IsInRecovery: true }) continue;
            origin.Host.Kill();
            origin.Host.Boot();
        }
    }

    /// <summary>I10: the last changes are in, and everyone shows them.</summary>
    private void Converge()
    {
        var scheduler = _world.Scheduler;
        Task? finishing = null;
        scheduler.After(TimeSpan.FromSeconds(2), () => finishing = _authors.FinishAsync());
        var last = TimeSpan.FromTicks(scheduler.Now) + PhaseB;
        if (!scheduler.RunUntil(() => finishing is { IsCompleted: true } && _world.LogServer is not null, last)) throw new ViolationException("I10", $"no change was accepted within {PhaseB.TotalSeconds} s after everything was healed.");
        finishing!.GetAwaiter().GetResult();
        if (!scheduler.RunUntil(() => scheduler.Steps % LookEvery == 0 && Laggards().Count == 0, last) && Laggards().Count > 0) throw new ViolationException("I10", $"not level {PhaseB.TotalSeconds} s after everything was healed: {string.Join("; ", Laggards())}.");
        scheduler.Tell("world", $"is level at {_world.LogServer!.Entries.Count}");
        StayLevel(last);
    }

    /// <summary>I11, the other way round: when nothing goes wrong and nothing changes, nobody falls behind, and nobody takes what is held for stale.</summary>
    /// <param name="last">Until when a tier may still wait before it asks again for what it refused; those below it that hold the newest are not told so by it.</param>
    private void StayLevel(TimeSpan last)
    {
        var end = TimeSpan.FromTicks(_world.Scheduler.Now) + 4 * _world.Options.StaleAfter;
        _world.Scheduler.RunUntil(end);
        if (Laggards() is { Count: > 0 } behind) throw new ViolationException("I10", $"no longer level, though nothing went wrong: {string.Join("; ", behind)}.");
        if (!_world.Scheduler.RunUntil(() => _world.Scheduler.Steps % LookEvery == 0 && Stale().Count == 0, end > last ? end : last) && Stale() is { Count: > 0 } stale)
            throw new ViolationException("I11", $"stale, though nothing goes wrong: {string.Join("; ", stale)}.");
        string? wrong = null;
        if (!_world.Scheduler.RunUntil(() => _world.Scheduler.Steps % LookEvery == 0 && (wrong = Authors.Names.Select(Misreport).FirstOrDefault(report => report is not null)) is null, TimeSpan.FromTicks(_world.Scheduler.Now) + _reportsWithin) && wrong is not null) throw new ViolationException("fleet", wrong!);
    }

    /// <summary>What the origins were told adds up: every client that holds a namespace is counted once, at the revision that it holds.</summary>
    private string? Misreport(NamespaceName name)
    {
        var holding = _plans.Where(plan => plan.Value.Wants.Contains(name) && _clients.GetValueOrDefault(plan.Key)?.Follower.Find(name) is not null).Select(plan => plan.Key).ToList();
        var reports = _origins.Values.SelectMany(origin => origin.Reports?.Snapshot().Namespaces ?? []).Where(report => report.Namespace == name.Value).ToList();
        var revision = Truth(_world.LogServer?.Entries ?? []).Find(name)?.Revision ?? Revision.None;
        var cohorts = reports.SelectMany(report => report.Cohorts).ToList();
        var level = cohorts.Where(cohort => cohort.Revision?.Sequence == (ulong)revision.Sequence && cohort.Stale == 0 && cohort.Refused == 0).Sum(cohort => (long)cohort.Count);
        if (level == holding.Count && cohorts.Sum(cohort => (long)cohort.Count) == holding.Count) return null;
        var told = reports.SelectMany(report => report.Instances).Select(instance => $"{instance.Path}/{instance.Instance.Id} at {instance.Revision?.Sequence}{(instance.Stale ? " stale" : "")}{(instance.Refusal is null ? "" : " refusing")}");
        return $"{string.Join(", ", holding)} hold {name} at {revision}; the origins were told: {string.Join(", ", told)}.";
    }

    private List<string> Stale() => [.. _plans.Keys.Select(StaleOf).OfType<string>()];

    private string? StaleOf(string client)
    {
        var follower = _clients[client].Follower;
        var stale = _plans[client].Wants.Where(name => follower.Find(name) is not null && follower.Freshness.IsStaleFor(name)).ToList();
        return stale.Count == 0 ? null : $"{client} (its newest head came {follower.Freshness.SinceFreshHead.TotalSeconds:0.0} s ago) takes {string.Join(" and ", stale)} for stale";
    }

    private List<string> Laggards()
    {
        if (_world.LogServer is not { } server) return ["the store"];
        var state = Truth(server.Entries);
        var laggards = new List<string>();
        foreach (var (id, plan) in _plans)
        {
            if (!_clients.TryGetValue(id, out var client) || !client.IsServing)
            {
                laggards.Add(id);
                continue;
            }
            foreach (var name in plan.Wants)
            {
                var (held, found) = (client.Follower.Find(name), state.Find(name));
                if (held?.Revision != found?.Revision || held?.StateRoot != found?.StateRoot) laggards.Add($"{id} has {name} at {held?.Revision.ToString() ?? "none"}, the log {found?.Revision.ToString() ?? "none"}");
            }
        }
        return laggards;
    }

    private (int Count, RealmState State) _truth;

    private RealmState Truth(IReadOnlyList<Core.Log.LogEntry> entries)
    {
        if (_truth.Count != entries.Count) _truth = (entries.Count, RealmState.Empty(_world.Realm.Anchor.LogId).Apply(entries));
        return _truth.State;
    }

    private void LookAtMemory()
    {
        if (_world.Scheduler.Steps % LookEvery != 0) return; // what piles up does so over many steps
        foreach (var (node, hub) in _world.Hubs) _world.Memory.Holds(node, "a subscriber", hub.WaitingBytesMax);
    }

    private void AddOrigins()
    {
        _victims.Add(new Victim(_world.Host("store", (host, process) => StoreNode.RunAsync(_world, host, process), mayReadStale: false, mayMisdirect: false), MayLoseBytes: false, MayAge: false));
        for (var i = 0; i < (_world.Options.HasTwoOrigins ? 2 : 1); i++)
        {
            var index = i;
            _victims.Add(new Victim(_world.Host($"origin-{i + 1}", (host, process) => OriginNode.RunAsync(_world, _origins, index, host, process), mayMisdirect: false), MayLoseBytes: false, MayAge: false));
        }
    }

    private void AddReplica(string name, Role role, params string[] parents) =>
        AddFollower(name, (host, process) => ReplicaNode.RunAsync(_world, host, process, role, Addresses(name, parents)));

    /// <summary>A machine came back with an older disk: what it knew since then is gone with the disk.</summary>
    private void ForgetAged(string name)
    {
        _world.Backwards.Forget(name);
        _world.Roots.Forget(name);
    }

    private void AddHostile()
    {
        var relay = new HostileRelay(_world, ["relay-1", "origin-1"]);
        _victims.Add(new Victim(_world.Host(HostileRelay.Name, relay.RunAsync), MayAge: false));
    }

    private void AddClient(string name, int[] wants, params string[] parents)
    {
        var hopes = name switch { FleetWorld.TokenBearer => [Authors.Vault], "client-3" => Authors.Crowd(_world.Options.Crowd), _ => Array.Empty<NamespaceName>() };
        var plan = _plans[name] = new ClientPlan(Addresses(name, parents), [.. wants.Select(index => Authors.Names[index])], KeepsLastKnownGood: name != "client-6", hopes, Poison: name == "client-1" ? 7 : 0);
        _world.Network.Link(name, parents[0]).IsPlain = parents[0].StartsWith("agent", StringComparison.Ordinal);
        _world.Network.Link(parents[0], name).IsPlain = parents[0].StartsWith("agent", StringComparison.Ordinal);
        AddFollower(name, (host, process) => ClientNode.RunAsync(_world, _clients, host, process, plan));
    }

    private void AddStranger()
    {
        var stranger = new Stranger(_world);
        _victims.Add(new Victim(_world.Host(Stranger.Name, stranger.RunAsync), MayAge: false));
    }

    private void AddFollower(string name, Func<SimHost, SimProcess, Task> main)
    {
        var copies = 0;
        SimHost Copy(SimTree disk) => _world.Host($"{name}-copy{++copies}", main, disk, identity: name);
        var host = _world.Host(name, main);
        _victims.Add(new Victim(host, OnAged: () => ForgetAged(name), Copy: Copy));
    }

    /// <summary>The first parent of a client may be the agent of its own host.</summary>
    private static ParentAddress[] Addresses(string name, string[] parents) =>
        [.. parents.Distinct().Select(parent => new ParentAddress(new Uri($"tls://{parent}:1"), IsSameHost: name == "client-1" && parent == "agent-1"))];
}
