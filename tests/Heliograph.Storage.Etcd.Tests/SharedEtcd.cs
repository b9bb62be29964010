// SPDX-License-Identifier: Apache-2.0
using Heliograph.Storage.Etcd.Tests.Support;
using Xunit;

[assembly: AssemblyFixture(typeof(Heliograph.Storage.Etcd.Tests.SharedEtcd))]

namespace Heliograph.Storage.Etcd.Tests;

/// <summary>One member for all tests that do not harm it; each has a log of its own in it.</summary>
public sealed class SharedEtcd : IAsyncLifetime
{
    private static EtcdTestCluster? _cluster;

    internal static EtcdTestCluster Cluster
    {
        get
        {
            EtcdProcess.Need();
            return _cluster ?? throw new InvalidOperationException("etcd has not been started.");
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (EtcdProcess.IsHere) _cluster = await EtcdTestCluster.StartAsync(1);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
    }
}
