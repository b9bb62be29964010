// SPDX-License-Identifier: Apache-2.0
using System.Runtime.Versioning;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
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
    private const int Few = 100, Many = 1_100, ManyOverLoops = 600, Warm = 100, Updates = 200, Settings = 100;

    /// <summary>Bytes a delivery of the hub's own, to connections in memory.</summary>
    public static double PerDelivery(string directory)
    {
        var none = new NoClients();
        return PerDelivery(Path.Combine(directory, "fanout"), Many, () => none);
    }

    /// <summary>Bytes a delivery over connections of an epoll loop, as a plain listener has them, to sockets whose other ends read it.</summary>
    [SupportedOSPlatform("linux")]
    public static double PerDeliveryOverLoops(string directory) => PerDelivery(Path.Combine(directory, "loops"), ManyOverLoops, () => new LoopClients());

    private static double PerDelivery(string directory, int most, Func<IClients> newClients)
    {
        using var realm = new BenchRealm(directory, Settings);
        var first = realm.Current;
        var versions = Enumerable.Range(1, Warm + Updates).Select(round =>
        {
            realm.Change(round % Settings, round);
            return realm.Current;
        }).ToArray();
        var few = Measured(realm.Anchor, first, versions, Few, newClients);
        var many = Measured(realm.Anchor, first, versions, most, newClients);
        return (many - few) / (double)(Updates * (most - Few));
    }

    private static long Measured(TrustAnchor anchor, NamespaceVersion first, NamespaceVersion[] versions, int subscribers, Func<IClients> newClients)
    {
        using var clients = newClients();
        using var ending = new CancellationTokenSource();
        using var deliveries = new Deliveries();
        var source = new OneNamespace(first);
        var options = new FanOutOptions { ServerId = "hub", ServerRole = "relay", JoinInterval = TimeSpan.Zero };
        using var hub = new FanOutHub(source, anchor, options, new EveryoneReads(), new ReportFold("hub"), TimeProvider.System, new Random(1), NullLogger.Instance);
        var running = hub.RunAsync(ending.Token);
        var greeting = CountingConnection.Greeting(anchor.LogId, BenchRealm.Name);
        var connections = Enumerable.Range(0, subscribers).Select(_ => clients.Connect(greeting, deliveries)).ToList();
        var serving = connections.ConvertAll(connection => hub.AcceptAsync(connection, PeerIdentity.Anonymous, CancellationToken.None));
        var target = (long)subscribers;
        deliveries.WaitFor(target); // everyone has the snapshot
        clients.Drain();
        long before = 0;
        for (var i = 0; i < versions.Length; i++)
        {
            if (i == Warm) before = GC.GetTotalAllocatedBytes(precise: true);
            source.Change(versions[i]);
            deliveries.WaitFor(target += subscribers);
            clients.Drain();
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

    /// <summary>Subscribers in memory: nothing is read at any other end.</summary>
    private sealed class NoClients : IClients
    {
        public IConnection Connect(byte[] greeting, Deliveries deliveries) => new CountingConnection(greeting, deliveries);

        public void Drain()
        {
            // they took it already
        }

        public void Dispose()
        {
            // they hold nothing
        }
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
