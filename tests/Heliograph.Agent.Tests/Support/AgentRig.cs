// SPDX-License-Identifier: Apache-2.0
using Heliograph.Agent.Boot;
using Heliograph.Core.Heads;
using Heliograph.Hosting.Replicas;
using Heliograph.Platform.Files;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Reports;
using Heliograph.Replication.SnapshotFiles;
using Heliograph.Replication.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Heliograph.Agent.Tests.Support;

/// <summary>An agent without listeners: the real follower of a real hub, the real files, and the guard before a real hub.</summary>
internal sealed class AgentRig : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly LastKnownGoodStore _store;
    private readonly Task[] _loops;

    private AgentRig(LastKnownGoodStore store, Follower follower, ReportFold reports, IReplicaFront front)
    {
        (_store, Follower, Reports, Front) = (store, follower, reports, front);
        _loops = [follower.RunAsync(_ended.Token), Front.RunAsync(_ended.Token)];
    }

    public IReplicaFront Front { get; }

    public Follower Follower { get; }

    public ReportFold Reports { get; }

    public LastKnownGoodStore Store => _store;

    /// <summary>Starts an agent over a directory; it follows the parent and wants the namespaces.</summary>
    public static async Task<AgentRig> StartAsync(TrustAnchor anchor, string directory, MemoryNetwork network, ParentAddress parent, TimeProvider time, TimeSpan bakeTime, params NamespaceName[] wanted)
    {
        var files = new DiskFileStore(directory);
        var store = await LastKnownGoodStore.OpenAsync(files, "", time, NullLogger.Instance);
        var (reports, instance) = (new ReportFold("agent"), new Instance { Id = "agent" });
        var follower = new Follower(new FollowerOptions { Parents = [parent], Role = Role.Agent, Instance = instance }, anchor, network, store, time, new Random(1), NullLogger.Instance, reports);
        await follower.LoadAsync(default);
        foreach (var name in wanted) follower.Want(name);
        var front = await HostGuard.MakeAsync(new ReplicaParts(follower.Trust, files, store, follower, (source, first, runs) =>
            new FanOutHub(source, anchor, new FanOutOptions { ServerId = "agent", ServerRole = "agent", ProofInterval = TimeSpan.Zero, FirstSubscriberId = first }, new Anyone(), reports, time, new Random(2), NullLogger.Instance) { Runs = runs },
            time, NullLoggerFactory.Instance), bakeTime, default);
        return new AgentRig(store, follower, reports, front);
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        foreach (var loop in _loops)
        {
            try
            {
                await loop;
            }
            catch (OperationCanceledException)
            {
                // It was told to.
            }
        }
        await Front.DisposeAsync();
        Follower.Dispose();
        _store.Dispose();
        _ended.Dispose();
    }

    private sealed class Anyone : ISyncAuthorizer
    {
        public PeerIdentity? Identify(PeerIdentity peer, Hello hello) => peer;

        public bool MayRead(PeerIdentity peer, NamespaceName name) => true;
    }
}
