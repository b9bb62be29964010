// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Merkle;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Tests.Support;
using Xunit;
using Status = Heliograph.Protocol.Wire.Status;

namespace Heliograph.Replication.Tests.FanOut;

/// <summary>What a hub makes of the reports of its subscribers.</summary>
public sealed class SubscriberReportTests : HubScene
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart"), Secret = NamespaceName.Parse("shop.secret");

    [Theory]
    [InlineData(2UL, 0UL, 0UL, 1U, 32)] // one client is one instance
    [InlineData(1UL, 2UL, 0UL, 1U, 32)] // more stale than there are
    [InlineData(1UL, 0UL, 2UL, 1U, 32)]
    [InlineData(1UL, 0UL, 0UL, uint.MaxValue, 32)] // an epoch that cannot be
    [InlineData(1UL, 0UL, 0UL, 1U, 31)] // half a root
    public async Task A_report_that_cannot_be_ends_the_stream_and_counts_for_nothing(ulong count, ulong stale, ulong refused, uint epoch, int rootBytes)
    {
        _realm.Put(Shop, ("a", "1"));
        await using var subscriber = await JoinAsync();
        await subscriber.Peer.SubscribeAsync(Shop);
        var cohort = new Cohort { Revision = new Position { Epoch = epoch, Sequence = 2 }, StateRoot = Google.Protobuf.ByteString.CopyFrom(new byte[rootBytes]), Count = count, Stale = stale, Refused = refused };

        await subscriber.Peer.SendAsync(FrameType.Status, new Status { Namespaces = { new NamespaceStatus { Namespace = Shop.Value, Cohorts = { cohort } } } });

        await subscriber.Serving;
        Assert.Empty(_hub.Reports.Snapshot().Namespaces);
    }

    [Fact]
    public async Task A_report_counts_only_for_namespaces_that_the_stream_carries_and_as_long_as_it_does()
    {
        _realm.Put(Shop, ("a", "1"));
        await using var subscriber = await JoinAsync();
        await subscriber.Peer.SubscribeAsync(Shop);
        await subscriber.Peer.SendAsync(FrameType.Status, new Status { Namespaces = { ReportOf(Shop.Value), ReportOf(Secret.Value), ReportOf("no name at all") } });

        await Eventually.HoldsAsync(() => _hub.Reports.Snapshot().Namespaces.Count > 0, "the report");
        Assert.Equal([Shop.Value], _hub.Reports.Snapshot().Namespaces.Select(status => status.Namespace));

        await subscriber.Peer.SendAsync(FrameType.Unsubscribe, new Unsubscribe { Namespaces = { Shop.Value } });
        await Eventually.HoldsAsync(() => _hub.Reports.Snapshot().Namespaces.Count == 0, "forgotten");
    }

    [Fact]
    public async Task Whoever_leaves_is_not_counted_any_more()
    {
        _realm.Put(Shop, ("a", "1"));
        await using var subscriber = await JoinAsync();
        await subscriber.Peer.SubscribeAsync(Shop);
        await subscriber.Peer.SendAsync(FrameType.Status, new Status { Namespaces = { ReportOf(Shop.Value) } });
        await Eventually.HoldsAsync(() => _hub.Reports.Snapshot().Namespaces.Count == 1, "the report");

        subscriber.Link.Cut();

        await Eventually.HoldsAsync(() => _hub.Reports.Snapshot().Namespaces.Count == 0, "forgotten");
        await Eventually.HoldsAsync(() => _realm.Wants == 0, "nobody wants it");
    }

    [Fact]
    public async Task Text_in_reports_is_cut_to_its_limit()
    {
        _realm.Put(Shop, ("a", "1"));
        await using var subscriber = await JoinAsync();
        await subscriber.Peer.SubscribeAsync(Shop);
        var report = ReportOf(Shop.Value);
        report.Instances.Add(new InstanceStatus { Instance = new Instance { Id = new string('i', 127) + "👋", Region = new string('r', 5_000) }, Refusal = new Refusal { Code = "c", Detail = new string('d', 9_000) } });

        await subscriber.Peer.SendAsync(FrameType.Status, new Status { Namespaces = { report } });
        await Eventually.HoldsAsync(() => _hub.Reports.Snapshot().Namespaces.Count == 1, "the report");

        var instance = Assert.Single(_hub.Reports.Snapshot().Namespaces[0].Instances);
        Assert.Equal((127, 128, 512), (instance.Instance.Id.Length, instance.Instance.Region.Length, instance.Refusal.Detail.Length)); // no half surrogate pair
    }

    private static NamespaceStatus ReportOf(string name) => new() { Namespace = name, Cohorts = { new Cohort { Revision = new Position { Epoch = 1, Sequence = 2 }, Count = 1 } } };
}
