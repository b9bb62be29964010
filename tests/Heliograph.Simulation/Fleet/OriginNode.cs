// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Log;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Heliograph.Replication.Reports;
using Heliograph.Simulation.Kernel;
using Heliograph.Simulation.Log;

namespace Heliograph.Simulation.Fleet;

/// <summary>An origin, composed as its host composes it: sequencer, source, hub.</summary>
public sealed class OriginNode : IRealmObserver
{
    private readonly FleetWorld _world;
    private readonly int _index;

    private OriginNode(FleetWorld world, SimHost host, SimProcess process, int index) => (_world, Host, Process, _index) = (world, host, process, index);

    /// <summary>Its machine.</summary>
    public SimHost Host { get; }

    /// <summary>Its process.</summary>
    public SimProcess Process { get; }

    /// <summary>The authority; <see langword="null"/> while it starts.</summary>
    public Sequencer? Sequencer { get; private set; }

    /// <summary>What everyone below runs, as far as it was told.</summary>
    public ReportFold? Reports { get; private set; }

    /// <summary>Runs an origin until it stops itself.</summary>
    /// <param name="world">Its world.</param>
    /// <param name="origins">Where it enters itself while it runs.</param>
    /// <param name="index">Which of the realm's origins.</param>
    /// <param name="host">Its machine.</param>
    /// <param name="process">Its process.</param>
    public static async Task RunAsync(FleetWorld world, SortedDictionary<string, OriginNode> origins, int index, SimHost host, SimProcess process)
    {
        var node = origins[host.Name] = new OriginNode(world, host, process, index);
        process.Died += () =>
        {
            if (origins.GetValueOrDefault(host.Name) == node) origins.Remove(host.Name);
            world.Hubs.Remove(host.Name);
        };
        await node.ServeAsync();
    }

    /// <inheritdoc/>
    public void OnCommitted(CommittedRealm before, CommittedRealm now, IReadOnlyList<LogEntry> entries)
    {
        foreach (var entry in entries) _world.Judge(() => _world.History.Entry(entry, Host.Name));
        foreach (var name in before.State.Namespaces.Keys)
            if (now.State.Find(name) is null) _world.Deleted.Add(name);
        Publish(now);
    }

    /// <inheritdoc/>
    public void OnHead(SignedHead head)
    {
        _world.Judge(() => _world.History.Head(head, Host.Name));
        _world.Marks.Sealed(Host.Name, head.Revision);
    }

    /// <inheritdoc/>
    public void OnMode(string? readOnlyReason) => _world.Scheduler.Tell(Host.Name, readOnlyReason is null ? "takes changes" : $"takes none: {readOnlyReason}");

    /// <summary>The files on its machine have changed: another root, another key.</summary>
    public void Take(RootChain roots, IHeadSigner signer)
    {
        if (_issuer is null || Sequencer is not { } sequencer) return; // it reads them when it starts
        _trust!.Adopt(_trust.Current with { Roots = roots });
        _issuer.Switch(roots.Version, signer);
        sequencer.IssueHead();
    }

    private TrustCell? _trust;
    private HeadIssuer? _issuer;

    private async Task ServeAsync()
    {
        var (realm, time, options) = (_world.Realm, Process.Time, _world.Options);
        var store = new SimLogStore(_world.Scheduler, _world.Faults, Process, () => _world.LogServer);
        using var mark = new HighWaterFile(Host.Disk, realm.Anchor.LogId);
        var (roots, signer) = _world.Ceremony.FilesOf(Host.Name, _index);
        (_trust, _issuer) = (new TrustCell(RealmTrust.From(realm.Anchor) with { Roots = roots }), new HeadIssuer(realm.Anchor, roots.Version, signer));
        var sequencer = Sequencer = await Sequencer.StartAsync(store, _issuer, new WatchedMark(_world, Host, mark), SequencerOptionsOf(options), time, CancellationToken.None);
        (roots, signer) = _world.Ceremony.FilesOf(Host.Name, _index); // they may have come while it started
        Take(roots, signer);
        using var observation = sequencer.Observe(this);
        Publish(sequencer.Current);
        foreach (var name in Authors.Names)
            if (sequencer.Current.State.Find(name) is null && _world.History.WasPublished(name.Value)) _world.Deleted.Add(name); // by an origin that died before it could say so
        using var source = new SequencedRealm(sequencer);
        Reports = new ReportFold(Host.Name);
        using var hub = new FanOutHub(source, _trust, options.Hub(Host.Name, "origin"), new PolicyAuthorizer(source, mayLocalRead: false, FleetWorld.SubjectOf), Reports, time, _world.Scheduler.NewRandom("hub " + Host.Name), new SimLogger(_world, Host.Name));
        _world.Hubs[Host.Name] = hub;
        _world.Network.Listen(Process, (connection, peer) => hub.AcceptAsync(connection, FleetWorld.Proven(peer.Name, Role.Relay), CancellationToken.None));
        await await Task.WhenAny(sequencer.Completion, hub.RunAsync(CancellationToken.None));
    }

    private void Publish(CommittedRealm now)
    {
        foreach (var (name, found) in now.State.Namespaces) _world.Judge(() => _world.History.Published(name.Value, found.Revision, found.StateRoot, Host.Name));
        if (now.Head is { } head) OnHead(head);
    }

    private SequencerOptions SequencerOptionsOf(FleetOptions options) => new()
    {
        NodeId = Host.Name,
        Heartbeat = TimeSpan.FromSeconds(options.HeartbeatSeconds),
        HeadLifetime = options.HeadLifetime,
        BatchEntriesMax = options.BatchEntriesMax,
        QueueMax = options.QueueMax,
        HistoryBytesMax = options.HistoryBytesMax,
    };
}
