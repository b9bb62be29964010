// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Heliograph.Replication.Reports;
using Microsoft.Extensions.Logging.Abstractions;

namespace Heliograph.Replication.Tests.Support;

/// <summary>A hub over a source, looking after its subscribers, with a policy that the test may change.</summary>
internal sealed class HubRig : ISyncAuthorizer, IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _running;

    public HubRig(INamespaceSource source, TrustAnchor anchor, TimeProvider time, FanOutOptions? options = null, string id = "parent", ReportFold? reports = null, TrustCell? trust = null)
    {
        Reports = reports ?? new ReportFold(id);
        Hub = new FanOutHub(source, trust ?? new TrustCell(anchor), options ?? new FanOutOptions { ServerId = id, ServerRole = "relay" }, this, Reports, time, new Random(2), NullLogger.Instance);
        _running = Hub.RunAsync(_ended.Token);
    }

    public FanOutHub Hub { get; }

    public ReportFold Reports { get; }

    /// <summary>Names that nobody may read.</summary>
    public HashSet<NamespaceName> Forbidden { get; } = [];

    public bool IsClosed { get; set; }

    public PeerIdentity? Identify(PeerIdentity peer, Hello hello) => IsClosed ? null : peer;

    public bool MayRead(PeerIdentity peer, NamespaceName name) => !Forbidden.Contains(name);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // It was told to.
        }
        Hub.Dispose();
        _ended.Dispose();
    }
}
