// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Reports;
using Heliograph.Replication.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Status = Heliograph.Protocol.Wire.Status;

namespace Heliograph.Replication.Tests.Reports;

/// <summary>How what instances run becomes known above.</summary>
public sealed class ReportingTests : IAsyncDisposable
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart"), Other = NamespaceName.Parse("shop.other");
    private static readonly ParentAddress Origin = MemoryNetwork.Address("origin"), Relay = MemoryNetwork.Address("relay");

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private readonly MemoryNetwork _network = new();
    private readonly TestRealm _realm;
    private readonly HubRig _origin;

    public ReportingTests()
    {
        _realm = new TestRealm(_clock);
        _origin = new HubRig(_realm, _realm.Anchor, _clock, id: "origin");
        _network.Listen(Origin, _origin.Hub);
    }

    [Fact]
    public async Task Instances_below_a_relay_are_counted_at_the_origin_and_laggards_are_named()
    {
        // Given three instances below a relay
        await using var tier = new RelayTier(this);
        var version = _realm.Put(Shop, ("a", "1"));
        await using var first = tier.Below("i1");
        await using var second = tier.Below("i2");
        await using var third = tier.Below("i3");
        await UntilCountedAsync(version.Revision, 3);

        // When one of them stops while a change comes
        var stuck = _network.LinksTo(Relay)[2].Downward;
        stuck.Hold();
        var next = _realm.Put(Shop, ("a", "2"));
        await UntilCountedAsync(next.Revision, 2);

        // Then the origin knows which, and by which way to reach it
        var status = Assert.Single(_origin.Reports.Snapshot().Namespaces);
        Assert.Equal([1ul, 2ul], status.Cohorts.Select(cohort => cohort.Count));
        Assert.Equal(("origin/relay", version.Revision.ToWire()), (status.Instances[0].Path, status.Instances[0].Revision));
        Assert.Equal(version.StateRoot.ToArray(), status.Instances[0].StateRoot.ToByteArray());
        stuck.Release();
        await UntilCountedAsync(next.Revision, 3);
    }

    [Fact]
    public async Task What_a_relay_cannot_take_itself_is_reported_of_those_below_it()
    {
        // Given two instances below a relay whose disk fills up
        var disk = new MemoryReplicaStore();
        await using var tier = new RelayTier(this, disk);
        var version = _realm.Put(Shop, ("a", "1"));
        await using var first = tier.Below("i1");
        await using var second = tier.Below("i2");
        await UntilCountedAsync(version.Revision, 2);
        disk.Fault = FileFault.Full;

        // When a change comes
        var next = _realm.Put(Shop, ("a", "2"));
        NamespaceStatus? status = null;
        await _clock.AdvanceUntilAsync(() => (status = _origin.Reports.Snapshot().Namespaces.SingleOrDefault())?.Cohorts.Sum(cohort => (long)cohort.Refused) == 2, TimeSpan.FromSeconds(10), "both count as refusing", TimeSpan.FromMilliseconds(100));

        // Then each is named with the tier that does not take it
        Assert.All(status!.Instances, instance => Assert.Equal(("not_persisted", next.Revision.ToWire(), version.Revision.ToWire()), (instance.Refusal.Code, instance.Refusal.Revision, instance.Revision)));
        Assert.All(status.Instances, instance => Assert.StartsWith("relay above it: ", instance.Refusal.Detail, StringComparison.Ordinal));

        // And when it does again, nobody refuses any more
        disk.Fault = null;
        await UntilCountedAsync(next.Revision, 2);
        await _clock.AdvanceUntilAsync(() => _origin.Reports.Snapshot().Namespaces.Single() is { Cohorts: [{ Refused: 0 }] } all && all.Instances.All(instance => instance.Refusal is null), TimeSpan.FromSeconds(10), "nobody refuses", TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task An_instance_that_may_read_again_what_has_not_changed_meanwhile_is_counted_again()
    {
        // Given an instance that is counted, and a namespace that never changes
        var version = _realm.Put(Shop, ("a", "1"));
        await using var instance = new FollowerRig(_realm.Anchor, _network, _clock, [Origin], id: "i1").Start(Shop);
        await UntilCountedAsync(version.Revision, 1);

        // When the policy takes it away, and gives it back
        _origin.Forbidden.Add(Shop);
        _realm.Put(NamespaceName.Realm, ("roles/i1", "none"));
        await _clock.AdvanceUntilAsync(() => _origin.Reports.Snapshot().Namespaces.Count == 0, TimeSpan.FromSeconds(10), "it is not counted", TimeSpan.FromMilliseconds(100));
        _origin.Forbidden.Remove(Shop);
        _realm.Put(NamespaceName.Realm, ("roles/i1", "reader"));

        // Then it is counted again
        await UntilCountedAsync(version.Revision, 1);
    }

    [Fact]
    public async Task A_relay_sends_at_most_four_reports_a_second_however_much_happens()
    {
        await using var tier = new RelayTier(this);
        _realm.Put(Shop, ("a", "0"));
        await using var first = tier.Below("i1");
        await using var second = tier.Below("i2");
        await UntilCountedAsync(_realm.Find(Shop)!.Revision, 2);
        var upward = _network.LinksTo(Origin)[0].Upward;
        var before = upward.Count(FrameType.Status);

        // When a hundred changes a second come for three seconds
        for (var i = 1; i <= 300; i++)
        {
            _realm.Put(Shop, ("a", $"{i}"));
            _clock.Advance(TimeSpan.FromMilliseconds(10));
            await Eventually.SettleAsync();
        }

        Assert.InRange(upward.Count(FrameType.Status) - before, 3, 13);
        await UntilCountedAsync(_realm.Find(Shop)!.Revision, 2); // and the last word is said
    }

    [Fact]
    public async Task Nothing_is_reported_twice_while_nothing_changes()
    {
        await using var rig = new FollowerRig(_realm.Anchor, _network, _clock, [Origin]).Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));
        await UntilCountedAsync(_realm.Find(Shop)!.Revision, 1);
        var said = _network.LinksTo(Origin)[0].Upward.Count(FrameType.Status);

        for (var beat = 0; beat < 30; beat++)
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            _realm.Beat();
            await Eventually.SettleAsync();
        }

        Assert.Equal(said, _network.LinksTo(Origin)[0].Upward.Count(FrameType.Status));
    }

    [Fact]
    public async Task An_instance_reports_the_namespaces_that_it_runs_and_no_others()
    {
        var store = new MemoryReplicaStore();
        await using (var before = new FollowerRig(_realm.Anchor, _network, _clock, [Origin], store).Start(Shop, Other))
        {
            await before.HoldsAsync(_realm.Put(Shop, ("a", "1")));
            await before.HoldsAsync(_realm.Put(Other, ("a", "1")));
        }

        // When it comes back wanting less than lies on its disk
        await using var rig = new FollowerRig(_realm.Anchor, _network, _clock, [Origin], store);
        await rig.Follower.LoadAsync(TestContext.Current.CancellationToken);
        rig.Start(Shop);
        await UntilCountedAsync(_realm.Find(Shop)!.Revision, 1);

        Assert.Equal([Shop.Value], rig.Follower.OwnReport.Snapshot().Namespaces.Select(status => status.Namespace));
        Assert.Equal([Shop.Value], _origin.Reports.Snapshot().Namespaces.Select(status => status.Namespace));
    }

    [Fact]
    public async Task A_refusal_is_reported_with_its_code_and_the_revision_and_gone_when_it_is_over()
    {
        var store = new MemoryReplicaStore();
        await using var rig = new FollowerRig(_realm.Anchor, _network, _clock, [Origin], store).Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));
        store.Fault = FileFault.Full;
        var next = _realm.Put(Shop, ("a", "2"));

        await _clock.AdvanceUntilAsync(() => _origin.Reports.Snapshot().Namespaces is [{ Instances: [{ Refusal.Code: "not_persisted" }] }], TimeSpan.FromSeconds(5), "the refusal", TimeSpan.FromMilliseconds(100));
        var status = _origin.Reports.Snapshot().Namespaces[0];
        Assert.Equal((1ul, next.Revision.ToWire()), (status.Cohorts[0].Refused, status.Instances[0].Refusal.Revision));

        store.Fault = null;
        await _clock.AdvanceUntilAsync(() => _origin.Reports.Snapshot().Namespaces is [{ Cohorts: [{ Refused: 0 }], Instances: [{ Refusal: null }] }], TimeSpan.FromSeconds(20), "it is over", TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public async Task What_a_parent_was_told_before_it_served_a_namespace_it_is_told_again_when_it_does()
    {
        // Given an instance that runs a namespace, and connects again to a parent that does not know the policy yet
        await using var rig = new FollowerRig(_realm.Anchor, _network, _clock, [Origin]).Start(Shop);
        var version = _realm.Put(Shop, ("a", "1"));
        await UntilCountedAsync(version.Revision, 1);
        _origin.Forbidden.Add(Shop);
        _network.LinksTo(Origin)[0].Cut();
        await _clock.AdvanceUntilAsync(() => rig.Gone.Count > 0, TimeSpan.FromSeconds(5), "it is refused", TimeSpan.FromMilliseconds(100));
        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(2)); // and reports

        // When the policy comes, and nothing else
        _origin.Forbidden.Clear();
        _realm.Put(NamespaceName.Realm, ("policy", "2"));

        Assert.InRange(await UntilCountedAsync(version.Revision, 1), TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_namespace_that_is_deleted_is_reported_no_longer()
    {
        await using var rig = new FollowerRig(_realm.Anchor, _network, _clock, [Origin]).Start(Shop);
        await UntilCountedAsync(_realm.Put(Shop, ("a", "1")).Revision, 1);

        _realm.Delete(Shop);

        await _clock.AdvanceUntilAsync(() => _origin.Reports.Snapshot().Namespaces.Count == 0, TimeSpan.FromSeconds(20), "it is reported no longer");
    }

    [Fact]
    public async Task Instances_of_a_relay_that_dies_are_not_counted_twice_when_they_come_by_another_way()
    {
        await using var tier = new RelayTier(this);
        var version = _realm.Put(Shop, ("a", "1"));
        await using var rig = new FollowerRig(_realm.Anchor, _network, _clock, [Relay, Origin], id: "i1").Start(Shop);
        await UntilCountedAsync(version.Revision, 1);

        _network.Kill(Relay);
        await _clock.AdvanceUntilAsync(() => rig.Follower.ConnectedParent == Origin, TimeSpan.FromSeconds(10), "the other way");
        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(3));

        await UntilCountedAsync(version.Revision, 1);
        Assert.Equal("origin", _origin.Reports.Snapshot().Namespaces[0].Instances[0].Path);
    }

    [Fact]
    public void Only_what_changed_travels_and_what_ended_is_taken_back()
    {
        var memory = new StatusMemory();
        NamespaceStatus One(string name, ulong sequence) => new() { Namespace = name, Cohorts = { new Cohort { Revision = new Position { Epoch = 1, Sequence = sequence }, Count = 1 } } };

        Assert.Equal(["a", "b"], Names(memory.Changes(new Status { Namespaces = { One("a", 1), One("b", 1) } })));
        Assert.Empty(memory.Changes(new Status { Namespaces = { One("a", 1), One("b", 1) } }));
        Assert.Equal(["b"], Names(memory.Changes(new Status { Namespaces = { One("a", 1), One("b", 2) } })));
        var ended = Assert.Single(memory.Changes(new Status { Namespaces = { One("b", 2) } }));
        Assert.Equal(new NamespaceStatus { Namespace = "a" }, Assert.Single(ended.Namespaces));
        Assert.Empty(memory.Changes(new Status { Namespaces = { One("b", 2) } }));
    }

    [Fact]
    public void Reports_of_many_namespaces_are_cut_into_frames_that_a_server_takes_from_a_client()
    {
        var status = new Status();
        for (var i = 0; i < 1_000; i++) status.Namespaces.Add(new NamespaceStatus { Namespace = $"{new string('n', 120)}{i}", Cohorts = { new Cohort { Region = new string('r', 128), Count = 1 } } });

        var frames = new StatusMemory().Changes(status).ToList();

        Assert.All(frames, frame => Assert.InRange(Frame.Encode(FrameType.Status, frame).Length, 1, 64 << 10));
        Assert.Equal(1_000, frames.Sum(frame => frame.Namespaces.Count));
    }

    private static IEnumerable<string> Names(IEnumerable<Status> frames) => frames.SelectMany(frame => frame.Namespaces).Select(status => status.Namespace);

    private Task<TimeSpan> UntilCountedAsync(Revision revision, ulong count) => _clock.AdvanceUntilAsync(
        () => _origin.Reports.Snapshot().Namespaces.Where(status => status.Namespace == Shop.Value).SelectMany(status => status.Cohorts).Any(cohort => cohort.Revision.ToRevision() == revision && cohort.Count == count),
        TimeSpan.FromSeconds(20), $"{count} at {revision}", TimeSpan.FromMilliseconds(100));

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        await _origin.DisposeAsync();
        _realm.Dispose();
    }

    private sealed class RelayTier : IAsyncDisposable
    {
        private readonly ReportingTests _tests;
        private readonly FollowerRig _follower;
        private readonly HubRig _hub;

        public RelayTier(ReportingTests tests, MemoryReplicaStore? disk = null)
        {
            _tests = tests;
            var fold = new ReportFold("relay");
            _follower = new FollowerRig(tests._realm.Anchor, tests._network, tests._clock, [Origin], disk, Role.Relay, "relay", fold);
            _hub = new HubRig(_follower.Follower, tests._realm.Anchor, tests._clock, id: "relay", reports: fold);
            tests._network.Listen(Relay, _hub.Hub);
            _follower.Start();
        }

        public FollowerRig Below(string id) => new FollowerRig(_tests._realm.Anchor, _tests._network, _tests._clock, [Relay], id: id).Start(Shop);

        public async ValueTask DisposeAsync()
        {
            await _hub.DisposeAsync();
            await _follower.DisposeAsync();
        }
    }
}
