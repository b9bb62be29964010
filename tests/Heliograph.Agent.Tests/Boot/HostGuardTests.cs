// SPDX-License-Identifier: Apache-2.0
using Heliograph.Agent.Tests.Support;
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Agent.Tests.Boot;

/// <summary>The crash-loop guard of a host, with real files, the real follower and the real hub; processes of services speak the protocol by hand.</summary>
public sealed class HostGuardTests : IAsyncDisposable
{
    private static readonly NamespaceName Cart = NamespaceName.Parse("shop.cart"), Shared = NamespaceName.Parse("shop.shared");
    private static readonly ParentAddress Origin = MemoryNetwork.Address("origin");
    private static readonly TimeSpan Bake = TimeSpan.FromMinutes(10);

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private readonly string _directory = Directory.CreateTempSubdirectory("hlg-").FullName;
    private readonly MemoryNetwork _network = new();
    private readonly TestRealm _realm;
    private readonly HubRig _origin;

    public HostGuardTests()
    {
        _realm = new TestRealm(_clock) { Authority = { Lifetime = TimeSpan.FromDays(1) } };
        _origin = new HubRig(_realm, _realm.Anchor, _clock);
        _network.Listen(Origin, _origin.Hub);
    }

    [Fact]
    public async Task After_two_unclean_ends_a_service_gets_the_stable_revision_and_others_the_newest()
    {
        await using var agent = await AgentAsync();
        var (good, bad) = await GoodAndBadAsync(agent);
        await CrashAsync(agent, bad);
        await CrashAsync(agent, bad);

        await using var third = await StartAsync(agent);
        Assert.Equal(good.Revision, await third.ReceiveAsync(Cart));
        var told = Assert.Single(third.Quarantine!.Revisions);
        Assert.Equal((Cart.Value, bad.Revision, good.Revision), (told.Namespace, told.Revision.ToRevision(), told.Stable.ToRevision()));
        Assert.Equal(bad.Revision, agent.Follower.Find(Cart)!.Revision); // the accepted floor stays
        Assert.Equal(new("cart", Cart, bad.Revision, good.Revision), Assert.Single(agent.Front.Quarantined));

        // And another service is not judged by it
        await using var other = await StartAsync(agent, service: "search", instance: "search-1");
        Assert.Equal(bad.Revision, await other.ReceiveAsync(Cart));
        Assert.Equal(2, agent.Front.SubscriberCount);
    }

    [Fact]
    public async Task Something_newer_comes_to_those_in_quarantine_too_and_lifts_it()
    {
        await using var agent = await AgentAsync();
        var (_, bad) = await GoodAndBadAsync(agent);
        await CrashAsync(agent, bad);
        await CrashAsync(agent, bad);
        await using var third = await StartAsync(agent);
        await third.RunAsync(Cart);

        var repaired = _realm.Put(Cart, ("a", "repaired"));
        var next = third.NextAsync(Cart);
        await _clock.AdvanceUntilAsync(() => next.IsCompleted, TimeSpan.FromSeconds(30), "the repaired one comes", TimeSpan.FromMilliseconds(10));
        Assert.Equal(repaired.Revision, await next);
        await third.ApplyAsync(Cart, repaired.Revision);
        await _clock.AdvanceUntilAsync(() => agent.Front.Quarantined.Count == 0, TimeSpan.FromSeconds(30), "nothing is in quarantine any more", TimeSpan.FromMilliseconds(50));

        await third.DieAsync();
        await using var fourth = await StartAsync(agent);
        Assert.Equal(repaired.Revision, await fourth.ReceiveAsync(Cart));
        Assert.Null(fourth.Quarantine);
    }

    [Fact]
    public async Task It_is_remembered_when_the_agent_dies_and_a_process_that_comes_back_has_not_ended()
    {
        // Given one unclean end, and a second process whose agent dies under it
        string run;
        NamespaceVersion bad;
        await using (var agent = await AgentAsync())
        {
            (_, bad) = await GoodAndBadAsync(agent);
            await CrashAsync(agent, bad);
            var second = await StartAsync(agent);
            await second.RunAsync(Cart);
            run = second.RunId;
            await SettleAsync(agent);
            await second.DieAsync();
        }
        await using var again = await AgentAsync();

        // When the process comes back with its connection, it goes on
        var back = await ServiceProcess.StartAsync(again, _realm.Anchor.LogId, run: run);
        await back.ApplyAsync(Cart, bad.Revision);
        await back.DieAsync();
        back = await ServiceProcess.StartAsync(again, _realm.Anchor.LogId, run: run);
        Assert.Empty(again.Front.Quarantined);
        await back.DieAsync();

        // And when another comes in its place, that was the second end
        await using var third = await StartAsync(again);
        await third.ReceiveAsync(Cart);
        Assert.NotNull(third.Quarantine);
    }

    [Fact]
    public async Task Processes_that_say_good_bye_are_not_counted()
    {
        await using var agent = await AgentAsync();
        var (_, bad) = await GoodAndBadAsync(agent);
        for (var i = 0; i < 4; i++)
        {
            var process = await StartAsync(agent);
            Assert.Equal(bad.Revision, await process.RunAsync(Cart));
            await process.StopAsync();
        }
        Assert.Empty(agent.Front.Quarantined);
    }

    [Fact]
    public async Task A_process_beside_its_successor_is_not_counted()
    {
        await using var agent = await AgentAsync();
        var (_, bad) = await GoodAndBadAsync(agent);
        var processes = new List<ServiceProcess>();
        for (var i = 0; i < 4; i++)
        {
            var starting = StartAsync(agent);
            await _clock.AdvanceUntilAsync(() => starting.IsCompleted, TimeSpan.FromSeconds(30), "it does not wait for ever", TimeSpan.FromMilliseconds(100));
            processes.Add(await starting);
            Assert.Equal(bad.Revision, await processes[^1].RunAsync(Cart));
        }

        Assert.Empty(agent.Front.Quarantined);
        foreach (var process in processes) await process.DieAsync();
    }

    [Fact]
    public async Task One_end_each_of_two_processes_of_the_service_is_two()
    {
        await using var agent = await AgentAsync();
        var (good, bad) = await GoodAndBadAsync(agent);
        await CrashAsync(agent, bad);
        await CrashAsync(agent, bad, instance: "cart-2");

        await using var first = await StartAsync(agent);
        Assert.Equal(bad.Revision, await first.RunAsync(Cart)); // judged: one end in its slot; the other slot's is judged when that one starts
        await using var second = await StartAsync(agent, instance: "cart-2");
        Assert.Equal(good.Revision, await second.ReceiveAsync(Cart));
    }

    [Fact]
    public async Task A_revision_does_not_become_stable_while_another_service_of_the_host_ends_on_it()
    {
        // Given two services, one of which runs well on a revision and one of which has ended on it
        await using var agent = await AgentAsync();
        var version = await PutAsync(agent, Shared, "1");
        var ending = await StartAsync(agent, service: "search", instance: "search-1");
        await ending.RunAsync(Shared);
        await ending.DieAsync();
        await using (await StartAsync(agent, service: "search", instance: "search-1")) { } // and this judges it
        var before = await StartAsync(agent);
        await before.RunAsync(Shared);
        await before.StopAsync();
        await using var well = await StartAsync(agent);
        await well.RunAsync(Shared);

        await BakeAsync(agent);
        Assert.Null(agent.Store.StableRevision(Shared));

        // When a newer one ends nobody, it becomes stable
        version = await PutAsync(agent, Shared, "2");
        await well.ApplyAsync(Shared, version.Revision);
        await BakeAsync(agent);
        await well.StopAsync();
        await using var later = await StartAsync(agent);
        await later.RunAsync(Shared);
        await _clock.AdvanceUntilAsync(() => agent.Store.StableRevision(Shared) == version.Revision, TimeSpan.FromSeconds(30), "it is stable", TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task How_long_the_way_back_has_not_been_the_newest_is_known()
    {
        await using var agent = await AgentAsync();
        Assert.Null(agent.Front.StableAge); // nothing has been earned
        var (_, bad) = await GoodAndBadAsync(agent);
        Assert.Equal(TimeSpan.Zero, agent.Front.StableAge); // it begins to be counted
        var began = _clock.GetUtcNow();
        await using var second = await StartAsync(agent);
        await second.RunAsync(Cart);
        await BakeAsync(agent);
        Assert.Equal(_clock.GetUtcNow() - began, agent.Front.StableAge);

        await second.StopAsync();
        await using var third = await StartAsync(agent);
        await third.RunAsync(Cart);
        await _clock.AdvanceUntilAsync(() => agent.Store.StableRevision(Cart) == bad.Revision, TimeSpan.FromSeconds(30), "it is stable, too", TimeSpan.FromMilliseconds(50));

        Assert.Equal(TimeSpan.Zero, agent.Front.StableAge);
    }

    [Fact]
    public async Task What_is_not_well_does_not_become_stable()
    {
        await using var agent = await AgentAsync();
        var version = await PutAsync(agent, Cart, "1");
        var before = await StartAsync(agent);
        await before.RunAsync(Cart);
        await before.StopAsync();
        await using var process = await StartAsync(agent);
        await process.ReceiveAsync(Cart);
        await process.ApplyAsync(Cart, version.Revision, unhealthy: true);
        await BakeAsync(agent);
        Assert.Null(agent.Store.StableRevision(Cart));

        await process.SendAsync(new Run());
        for (var i = 0; i < 5 && agent.Store.StableRevision(Cart) is null; i++) await BakeAsync(agent); // begins when the report has been read
        Assert.Equal(version.Revision, agent.Store.StableRevision(Cart));
    }

    [Fact]
    public async Task What_cannot_be_read_back_from_the_disk_does_not_become_stable()
    {
        // Given a revision that ran well, whose file was damaged meanwhile
        await using var agent = await AgentAsync();
        await PutAsync(agent, Cart, "1");
        var before = await StartAsync(agent);
        await before.RunAsync(Cart);
        await BakeAsync(agent);
        await before.StopAsync();
        var file = Assert.Single(Directory.GetFiles(Path.Combine(_directory, "ns", Cart.Value), "*.snap"));
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[^40] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);

        // When a later process starts from it
        await using var process = await StartAsync(agent);
        await process.RunAsync(Cart);
        await BakeAsync(agent);

        // Then it is not what the host would fall back to
        Assert.Null(agent.Store.StableRevision(Cart));
    }

    [Fact]
    public async Task Where_the_stable_one_is_damaged_the_newest_is_served_after_all()
    {
        await using var agent = await AgentAsync();
        var (_, bad) = await GoodAndBadAsync(agent);
        await CrashAsync(agent, bad);
        await CrashAsync(agent, bad);
        await File.WriteAllTextAsync(Path.Combine(_directory, "ns", Cart.Value, "STABLE"), "nonsense", TestContext.Current.CancellationToken);

        await using var third = await StartAsync(agent);

        Assert.Equal(bad.Revision, await third.ReceiveAsync(Cart));
        Assert.Null(third.Quarantine);
    }

    [Fact]
    public async Task Who_says_nothing_of_its_run_is_served_as_ever_and_so_is_who_says_nonsense()
    {
        await using var agent = await AgentAsync();
        var (_, bad) = await GoodAndBadAsync(agent);
        for (var i = 0; i < 3; i++)
        {
            await using var process = await ServiceProcess.StartAsync(agent, _realm.Anchor.LogId, run: i == 0 ? "" : "not-a-run");
            Assert.Equal(bad.Revision, await process.RunAsync(Cart));
            await process.SendAsync(new Run { Applied = { new AppliedRevision { Namespace = "No Name", Revision = new Position { Epoch = uint.MaxValue } } } });
        }
        await SettleAsync(agent);
        Assert.Empty(agent.Front.Quarantined);
        Assert.False(Directory.Exists(Path.Combine(_directory, "boot")) && Directory.GetFiles(Path.Combine(_directory, "boot")).Length > 1);
    }

    [Fact]
    public async Task Reports_of_those_in_quarantine_and_of_others_add_up()
    {
        await using var agent = await AgentAsync();
        var (good, bad) = await GoodAndBadAsync(agent);
        await CrashAsync(agent, bad);
        await CrashAsync(agent, bad);
        await using var fallen = await StartAsync(agent);
        await fallen.ReceiveAsync(Cart);
        await using var other = await StartAsync(agent, service: "search", instance: "search-1");
        await other.ReceiveAsync(Cart);

        foreach (var (process, version) in new[] { (fallen, good), (other, bad) })
            await process.SendAsync(FrameType.Status, new Status { Namespaces = { new NamespaceStatus { Namespace = Cart.Value, Cohorts = { new Cohort { Revision = version.Revision.ToWire(), StateRoot = version.State.StateRoot, Count = 1 } } } } });

        await Eventually.HoldsAsync(() => agent.Reports.Snapshot().Namespaces is [{ Cohorts: [{ Count: 1 }, { Count: 1 }] }], "one each");
    }

    private Task<AgentRig> AgentAsync() => AgentRig.StartAsync(_realm.Anchor, _directory, _network, Origin, _clock, Bake, Cart, Shared);

    private Task<ServiceProcess> StartAsync(AgentRig agent, string service = "cart", string instance = "cart-1") => ServiceProcess.StartAsync(agent, _realm.Anchor.LogId, service, instance);

    private async Task<NamespaceVersion> PutAsync(AgentRig agent, NamespaceName name, string value)
    {
        var version = _realm.Put(name, ("a", value));
        await _clock.AdvanceUntilAsync(() => agent.Follower.Find(name)?.Revision == version.Revision, TimeSpan.FromSeconds(20), "the agent holds it", TimeSpan.FromMilliseconds(20));
        return version;
    }

    /// <summary>A revision that has earned its place, and one that has not.</summary>
    private async Task<(NamespaceVersion Good, NamespaceVersion Bad)> GoodAndBadAsync(AgentRig agent)
    {
        var good = await PutAsync(agent, Cart, "good");
        var first = await StartAsync(agent);
        await first.RunAsync(Cart);
        await BakeAsync(agent);
        await first.StopAsync();
        var second = await StartAsync(agent);
        await second.RunAsync(Cart);
        await _clock.AdvanceUntilAsync(() => agent.Store.StableRevision(Cart) == good.Revision, TimeSpan.FromSeconds(30), "the good one is stable", TimeSpan.FromMilliseconds(50));
        await second.StopAsync();
        return (good, await PutAsync(agent, Cart, "bad"));
    }

    private async Task CrashAsync(AgentRig agent, NamespaceVersion expected, string instance = "cart-1")
    {
        var process = await StartAsync(agent, instance: instance);
        Assert.Equal(expected.Revision, await process.RunAsync(Cart));
        await process.DieAsync();
    }

    /// <summary>The bake time passes, and a little more.</summary>
    private async Task BakeAsync(AgentRig agent)
    {
        await SettleAsync(agent);
        for (var i = 0; i < 4; i++)
        {
            _clock.Advance(Bake / 2);
            _realm.Beat();
            await SettleAsync(agent);
        }
    }

    /// <summary>What was said is taken in: a second passes, twice.</summary>
    private async Task SettleAsync(AgentRig agent)
    {
        Assert.NotNull(agent);
        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(2));
    }

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        await _origin.DisposeAsync();
        _realm.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
