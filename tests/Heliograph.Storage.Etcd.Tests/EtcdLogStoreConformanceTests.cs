// SPDX-License-Identifier: Apache-2.0
using Heliograph.Conformance.Log;
using Heliograph.Core.Log;
using Heliograph.Storage.Etcd.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Heliograph.Storage.Etcd.Tests;

/// <summary>The suite's means for etcd: a real member, real time, and a transport that loses what it is told to.</summary>
internal sealed class EtcdLogStoreFixture : LogStoreFixture
{
    private readonly EtcdTestCluster _cluster = SharedEtcd.Cluster;
    private readonly HarmfulTransport _transport = new();
    private readonly List<ILogStore> _others = [];

    public override Hash256 LogId { get; } = EtcdTestCluster.NewLogId();

    public override async ValueTask<ILogStore> OpenAsync(CancellationToken cancellationToken) =>
        await EtcdLogStore.OpenAsync(_cluster.Options(LogId, _transport.Around), TimeProvider.System, NullLogger.Instance, cancellationToken);

    public override async ValueTask<ILogStore> ConnectAsync(ILogStore open, CancellationToken cancellationToken)
    {
        _others.Add(await OpenAsync(cancellationToken));
        return _others[^1];
    }

    public override async ValueTask PassAsync(TimeSpan time) => await Task.Delay(time); // etcd's clock cannot be moved

    public override void HarmNext(ILogStore open, Harm harm) => _transport.HarmNext(harm);

    public override IDisposable Stall(ILogStore open) => _transport.Stall();

    public override async ValueTask DamageAsync(ILogStore open, long sequence, CancellationToken cancellationToken) => await _cluster.DamageAsync(LogId, sequence);

    public override async ValueTask DisposeAsync()
    {
        foreach (var other in _others) await other.DisposeAsync();
    }
}

/// <summary>The suite of the log port on etcd.</summary>
public sealed class EtcdLogStoreConformanceTests : LogStoreConformance
{
    protected override LogStoreFixture CreateFixture() => new EtcdLogStoreFixture();
}
