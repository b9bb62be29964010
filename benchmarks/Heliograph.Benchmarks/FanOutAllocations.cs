// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Heliograph.Replication.Reports;
using Microsoft.Extensions.Logging.Abstractions;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Benchmarks;

/// <summary>What a delivery allocates in the steady state: the same updates to few and to many subscribers in memory; what grows with their number is what a delivery costs.</summary>
internal static class FanOutAllocations
{
    private const int Few = 100, Many = 1_100, Warm = 100, Updates = 200, Settings = 100;

    /// <summary>Bytes a delivery.</summary>
    public static double PerDelivery(string directory)
    {
        using var realm = new BenchRealm(Path.Combine(directory, "fanout"), Settings);
        var first = realm.Current;
        var versions = Enumerable.Range(1, Warm + Updates).Select(round =>
        {
            realm.Change(round % Settings, round);
            return realm.Current;
        }).ToArray();
        var few = Measured(realm.Anchor, first, versions, Few);
        var many = Measured(realm.Anchor, first, versions, Many);
        return (many - few) / (double)(Updates * (Many - Few));
    }

    private static long Measured(TrustAnchor anchor, NamespaceVersion first, NamespaceVersion[] versions, int subscribers)
    {
        using var ending = new CancellationTokenSource();
        using var deliveries = new Deliveries();
        var source = new OneNamespace(first);
        var options = new FanOutOptions { ServerId = "hub", ServerRole = "relay", JoinInterval = TimeSpan.Zero };
        using var hub = new FanOutHub(source, anchor, options, new EveryoneReads(), new ReportFold("hub"), TimeProvider.System, new Random(1), NullLogger.Instance);
        var running = hub.RunAsync(ending.Token);
        var greeting = CountingConnection.Greeting(anchor.LogId, BenchRealm.Name);
        var connections = Enumerable.Range(0, subscribers).Select(_ => new CountingConnection(greeting, deliveries)).ToList();
        var serving = connections.ConvertAll(connection => hub.AcceptAsync(connection, PeerIdentity.Anonymous, CancellationToken.None));
        var target = (long)subscribers;
        deliveries.WaitFor(target); // everyone has the snapshot
        long before = 0;
        for (var i = 0; i < versions.Length; i++)
        {
            if (i == Warm) before = GC.GetTotalAllocatedBytes(precise: true);
            source.Change(versions[i]);
            deliveries.WaitFor(target += subscribers);
        }
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        foreach (var connection in connections) connection.Abort();
        Task.WaitAll([.. serving]);
        ending.Cancel();
        try
        {
            running.Wait();
        }
        catch (AggregateException exception) when (exception.InnerException is OperationCanceledException)
        {
            // It was told to stop.
        }
        return allocated;
    }

    private sealed class EveryoneReads : ISyncAuthorizer
    {
        public PeerIdentity Identify(PeerIdentity peer, Hello hello) => peer;

        public bool MayRead(PeerIdentity peer, NamespaceName name) => true;
    }

    private sealed class OneNamespace(NamespaceVersion version) : INamespaceSource, IDisposable
    {
        private volatile NamespaceVersion _version = version;
        private INamespaceObserver? _observer;

        public SignedHead NewestHead => _version.Head;

        public NamespaceVersion? Find(NamespaceName name) => name == _version.Name ? _version : null;

        public IDisposable Want(NamespaceName name) => this;

        public IDisposable Observe(INamespaceObserver observer)
        {
            _observer = observer;
            return this;
        }

        public void Change(NamespaceVersion next)
        {
            _version = next;
            _observer!.OnChanged(next);
        }

        public void Dispose()
        {
            // there is nothing to give up
        }
    }
}
