// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Replicas;
using Heliograph.Core.Sequencing;
using Heliograph.Planning;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Following;
using Heliograph.Replication.Log;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Heliograph.Replication.Reports;
using Heliograph.Replication.SnapshotFiles;
using Heliograph.Simulation.Disk;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Fleet;
using Heliograph.Simulation.Kernel;
using Heliograph.Simulation.Log;
using Heliograph.Simulation.Network;
using Microsoft.Extensions.Logging.Abstractions;
using Change = Heliograph.Core.Sequencing.Submission.Change;

namespace Heliograph.Simulation.Scale;

/// <summary>What a run came to.</summary>
/// <param name="Applied">Time from an origin's publication of a change until each agent had activated it, in seconds.</param>
/// <param name="AtZone">The same at the zone relays.</param>
/// <param name="Steps">Steps that the world took.</param>
/// <param name="Digest">Of everything that happened, in order.</param>
public sealed record ScaleResult(TimeHistogram Applied, TimeHistogram AtZone, long Steps, string Digest);

/// <summary>The product's own replication code as a fleet of thousands: an origin, regional relays, zone relays, agents with a disk each. Nothing goes wrong; everything takes the time that it was measured to take.</summary>
/// <remarks>
/// Processors are queues: a segment leaves a relay when its processor has got to it, and shows at the receiver when that one's processor has dealt with it, at the costs that the model of
/// <see cref="PropagationModel"/> has too. Agents share one verifier: the same bytes need one check of the signature, which costs the simulator time and not the fleet, whose agents are charged for each.
/// </remarks>
public sealed class ScaleFleet
{
    private const string Origin = "origin-1", Store = "store";
    private const int Settings = 40, AgentCores = 2;

    private static readonly NamespaceName _name = NamespaceName.Parse("scale.settings");
    private static readonly TimeSpan _startWithin = TimeSpan.FromMinutes(5), _settle = TimeSpan.FromSeconds(5);

    private readonly FleetShape _shape;
    private readonly Costs _costs;
    private readonly SimScheduler _scheduler;
    private readonly FaultMenu _none;
    private readonly SimNetwork _network;
    private readonly SimRealm _realm = new("scale", 1);
    private readonly HeadVerifier _verifier;
    private readonly Dictionary<string, Processor> _processors = new(StringComparer.Ordinal);
    private readonly List<SimHost> _hosts = [];
    private readonly Dictionary<Revision, long> _publishedAt = [];
    private readonly TimeHistogram _applied = new(), _atZone = new();
    private SimLogServer? _log;
    private Sequencer? _sequencer;
    private readonly RelayDraws? _draws;
    private int _holding, _relays, _change = int.MinValue, _measuredFrom = int.MaxValue;
    private bool _isDone;

    /// <summary>Builds the fleet of a shape; its jitter, latencies and cores are the model's.</summary>
    /// <param name="shape">The tree.</param>
    /// <param name="costs">What its processors are charged.</param>
    /// <param name="seed">Everything random comes from it.</param>
    /// <param name="draws">But not what chance gives relays, if that is shared with the model.</param>
    public ScaleFleet(FleetShape shape, Costs costs, ulong seed, RelayDraws? draws = null)
    {
        (_shape, _costs, _scheduler, _draws) = (shape, costs, new SimScheduler(seed), draws);
        _none = FaultMenu.Of(_scheduler);
        _network = new SimNetwork(_scheduler, _none);
        _verifier = new HeadVerifier(_realm.Anchor);
        Add(Store, 1, RunStoreAsync);
        Add(Origin, shape.Cores, RunOriginAsync);
        var agents = 0;
        for (var region = 0; region < shape.Regions.Count; region++)
        {
            var (regional, where) = ($"region-{region}", shape.Regions[region]);
            var chance = NextRelay();
            Add(regional, shape.Cores, (host, process) => RunRelayAsync(host, process, Origin, isZone: false), chance);
            Connect(Origin, regional, where.OneWayMilliseconds, chance);
            for (var relay = 0; relay < shape.RelaysOf(where); relay++)
            {
                var zone = string.Create(CultureInfo.InvariantCulture, $"zone-{region}-{relay}");
                var nearby = NextRelay();
                Add(zone, shape.Cores, (host, process) => RunRelayAsync(host, process, regional, isZone: true), nearby);
                Connect(regional, zone, shape.ZoneMilliseconds, nearby);
                for (var i = shape.AgentsOf(where, relay); i > 0; i--)
                {
                    var agent = string.Create(CultureInfo.InvariantCulture, $"agent-{agents++}");
                    Add(agent, AgentCores, (host, process) => RunAgentAsync(host, process, zone));
                    Connect(zone, agent, shape.ZoneMilliseconds);
                }
            }
        }
    }

    /// <summary>Starts everyone, then commits changes.</summary>
    /// <param name="changes">How many; the first two, which write files of their own, are not measured.</param>
    /// <param name="every">Time between two.</param>
    /// <param name="bytes">Bytes of the value.</param>
    public ScaleResult Run(int changes, TimeSpan every, int bytes)
    {
        foreach (var host in _hosts) host.Boot();
        _scheduler.After(TimeSpan.Zero, () => _scheduler.Own(AuthorAsync(changes, every, bytes)));
        if (!_scheduler.RunUntil(() => _isDone && _applied.Count >= (long)_shape.Agents * changes, _startWithin + changes * every)) throw new TimeoutException($"{_applied.Count} of {(long)_shape.Agents * changes} activations within {_startWithin + changes * every}.");
        _scheduler.RequireNoLeak();
        return new(_applied, _atZone, _scheduler.Steps, _scheduler.Trace.Digest());
    }

    private async Task AuthorAsync(int changes, TimeSpan every, int bytes)
    {
        while (_sequencer is null) await _scheduler.Delay(TimeSpan.FromMilliseconds(10));
        await SubmitAsync(new Change(new Changeset(NamespaceName.Realm, [Put("roles/all", """{"subject":"*","role":"reader","namespaces":"*"}""")]), "origin", "roles") { IsByOrigin = true });
        await SubmitAsync(new Submission.Create(_name, "", "amy", "create"));
        await SubmitAsync(new Change(new Changeset(_name, [.. Enumerable.Range(0, Settings).Select(key => Put($"key-{key}", new string('.', 100)))]), "amy", "settings"));
        while (_holding < _shape.Agents) await _scheduler.Delay(TimeSpan.FromMilliseconds(100));
        await _scheduler.Delay(_settle);
        for (var i = -2; i < changes; i++)
        {
            _change = i;
            if (i == 0) _measuredFrom = _publishedAt.Count; // a revision for each: sequences are dense
            await SubmitAsync(new Change(new Changeset(_name, [Put($"key-{(i + 2) % Settings}", string.Create(CultureInfo.InvariantCulture, $"{i} ").PadRight(bytes, 'v'))]), "amy", string.Create(CultureInfo.InvariantCulture, $"change-{i}")));
            await _scheduler.Delay(every);
        }
        _isDone = true;
    }

    private async Task SubmitAsync(Submission submission)
    {
        var result = await _sequencer!.SubmitAsync(submission, CancellationToken.None);
        if (result is not SubmitResult.Committed) throw new InvalidOperationException($"{submission.RequestId} was not committed: {result}.");
    }

    private async Task RunStoreAsync(SimHost host, SimProcess process)
    {
        _log = await SimLogServer.OpenAsync(_scheduler, process, host.Disk, CancellationToken.None);
        throw new IOException(await _log.Stopped);
    }

    private async Task RunOriginAsync(SimHost host, SimProcess process)
    {
        while (_log is null) await Task.Delay(TimeSpan.FromMilliseconds(10), process.Time, CancellationToken.None);
        var store = new SimLogStore(_scheduler, _none, process, () => _log);
        using var mark = new HighWaterFile(host.Disk, _realm.Anchor.LogId);
        var sequencer = await Sequencer.StartAsync(store, _realm.SignerOf(0), mark, _realm.Anchor, new SequencerOptions { NodeId = host.Name }, process.Time, CancellationToken.None);
        using var observation = sequencer.Observe(new Publications(this));
        using var source = new SequencedRealm(sequencer);
        var reports = new ReportFold(host.Name);
        using var hub = NewHub(host, process, source, "origin", reports);
        _network.Listen(process, (connection, peer) => hub.AcceptAsync(connection, new PeerIdentity(peer.Name, PeerKind.Certificate), CancellationToken.None));
        _sequencer = sequencer;
        await await Task.WhenAny(sequencer.Completion, hub.RunAsync(CancellationToken.None));
    }

    private async Task RunRelayAsync(SimHost host, SimProcess process, string parent, bool isZone)
    {
        using var store = await LastKnownGoodStore.OpenAsync(host.Disk, "", process.Time, NullLogger.Instance, new LastKnownGoodOptions());
        var reports = new ReportFold(host.Name);
        using var follower = NewFollower(host, process, Role.Relay, parent, store, reports);
        using var watch = isZone ? follower.Observe(new Activations(this, _atZone, isAgent: false)) : null;
        await follower.LoadAsync(CancellationToken.None);
        using var hub = NewHub(host, process, follower, "relay", reports);
        _network.Listen(process, (connection, peer) => hub.AcceptAsync(connection, new PeerIdentity(peer.Name, PeerKind.Certificate), CancellationToken.None));
        using var realm = follower.Want(NamespaceName.Realm);
        await await Task.WhenAny(follower.RunAsync(CancellationToken.None), hub.RunAsync(CancellationToken.None));
    }

    private async Task RunAgentAsync(SimHost host, SimProcess process, string parent)
    {
        using var store = await LastKnownGoodStore.OpenAsync(host.Disk, "", process.Time, NullLogger.Instance, new LastKnownGoodOptions());
        using var follower = NewFollower(host, process, Role.Agent, parent, store, reports: null);
        using var watch = follower.Observe(new Activations(this, _applied, isAgent: true));
        await follower.LoadAsync(CancellationToken.None);
        using var wanted = follower.Want(_name);
        await follower.RunAsync(CancellationToken.None);
    }

    private FanOutHub NewHub(SimHost host, SimProcess process, INamespaceSource source, string role, ReportFold reports) =>
        new(source, _realm.Anchor, new FanOutOptions { ServerId = host.Name, ServerRole = role }, new PolicyAuthorizer(source, mayLocalRead: false), reports, process.Time, _scheduler.NewRandom("hub " + host.Name), NullLogger.Instance);

    private Follower NewFollower(SimHost host, SimProcess process, Role role, string parent, LastKnownGoodStore store, ReportFold? reports) =>
        new(new FollowerOptions { Parents = [new ParentAddress(new Uri($"tls://{parent}:1"))], Role = role, Instance = new Instance { Id = host.Name, Service = "scale", Host = host.Name } },
            _realm.Anchor, _network.DialerFor(process), store, process.Time, _scheduler.NewRandom("follower " + host.Name), NullLogger.Instance, reports, _verifier);

    /// <summary>Relays count as the model counts them: a region's own before its zones', from 1.</summary>
    private RelayChance? NextRelay()
    {
        var relay = ++_relays;
        return _draws is null ? null : new RelayChance(_draws, relay, () => _change);
    }

    private void Add(string name, int cores, Func<SimHost, SimProcess, Task> main, RelayChance? chance = null)
    {
        _processors[name] = new Processor(cores);
        _hosts.Add(new SimHost(_scheduler, _network, name, new SimDisk(_scheduler, _none, name) { Duration = chance is null ? null : chance.Duration }, main));
    }

    /// <summary>The ways between a parent and a follower, and what either's processor does for what goes over them.</summary>
    private void Connect(string parent, string child, double oneWayMilliseconds, RelayChance? chance = null)
    {
        var (down, up) = (_network.Link(parent, child), _network.Link(child, parent));
        foreach (var link in new[] { down, up })
        {
            link.Latency = TimeSpan.FromMilliseconds(oneWayMilliseconds);
            link.Travel = random => link.Latency * (1 + _shape.Jitter * random.NextDouble());
        }
        if (chance is not null) down.Travel = _ => down.Latency * (1 + _shape.Jitter * chance.Way);
        down.Departs = segment => Work(parent, _costs.SendMicros + _costs.SendMicrosPerKib * segment.Length / 1_024);
        down.Handled = segment => Work(child, IsUpdate(segment) ? _costs.ApplyMicros + _costs.ApplyMicrosPerKib * segment.Length / 1_024 : _costs.HeartbeatMicros);
        up.Handled = _ => Work(parent, _costs.ReportMicros);
    }

    private long Work(string host, double micros) => (long)(_processors[host].Run(_scheduler.Now / (double)TimeSpan.TicksPerSecond, micros / 1e6) * TimeSpan.TicksPerSecond);

    private static bool IsUpdate(ReadOnlyMemory<byte> segment) => segment.Length >= Frame.HeaderBytes && segment.Span[sizeof(uint)] == (byte)FrameType.Update;

    private static SettingOperation.Put Put(string key, string value) => new SettingOperation.Put(Setting.Of(key, value));

    private sealed class Publications(ScaleFleet fleet) : IRealmObserver
    {
        public void OnCommitted(CommittedRealm before, CommittedRealm now, IReadOnlyList<LogEntry> entries)
        {
            foreach (var entry in entries) fleet._publishedAt[entry.Revision] = fleet._scheduler.Now;
        }

        public void OnHead(SignedHead head)
        {
        }

        public void OnMode(string? readOnlyReason)
        {
        }
    }

    /// <summary>Takes the time of every activation, in the step in which it happens.</summary>
    private sealed class Activations(ScaleFleet fleet, TimeHistogram times, bool isAgent) : INamespaceObserver
    {
        private bool _holds;

        public void OnChanged(NamespaceVersion version)
        {
            if (version.Name != _name) return;
            fleet._scheduler.Tell(isAgent ? "agent" : "zone", version.Revision.ToString());
            if (isAgent && !_holds && version.Records.Count > 0) fleet._holding++;
            _holds |= version.Records.Count > 0;
            if (version.Revision.Sequence > fleet._measuredFrom) times.Add(TimeSpan.FromTicks(fleet._scheduler.Now - fleet._publishedAt[version.Revision]).TotalSeconds);
        }

        public void OnHead(SignedHead head)
        {
        }

        public void OnGone(NamespaceGone gone)
        {
        }
    }
}
