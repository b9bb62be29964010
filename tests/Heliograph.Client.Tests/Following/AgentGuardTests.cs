// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Text;
using Heliograph.Client.Tests.Support;
using Heliograph.Core.Replicas;
using Heliograph.Platform.Trust;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Replicas;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Following;

/// <summary>What a client and the agent of its host say to each other about crash loops, over a real unix socket.</summary>
public sealed class AgentGuardTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hlc-").FullName;
    private readonly TestRealm _realm = new(TimeProvider.System);

    public void Dispose()
    {
        _realm.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_agent_is_told_what_a_process_is_about_to_run_before_it_does_and_when_it_ends()
    {
        // Given
        var first = _realm.Put("shop.basket", ("A", "1"));
        var runs = new Runs();
        await using var agent = Parent("agent", runs: runs);
        await using var client = await HeliographClient.ConnectAsync(Options("agent"), cancellationToken: Cancel);
        await runs.HearsAsync(said => said.Applied.Any(applied => applied.Revision.ToRevision() == first.Revision && applied.First));
        Assert.True(Heliograph.Core.LastKnownGood.BootRun.IsName(runs.Heard.First().Run));

        // When a change comes, and its first reader never returns: then the agent was told before
        using var gate = new ManualResetEventSlim();
        client.Changed += (_, _) => gate.Wait(Cancel);
        var second = _realm.Put("shop.basket", ("A", "2")).Revision;
        await runs.HearsAsync(said => said.Applied.Any(applied => applied.Revision.ToRevision() == second && !applied.First));
        gate.Set();

        // When it is not well, and when it stops
        client.IsHealthy = false;
        await runs.HearsAsync(said => said.Unhealthy);
        await client.DisposeAsync();

        await runs.HearsAsync(said => said.Ended);
        Assert.Single(runs.Heard.Select(heard => heard.Run).Distinct());
    }

    [Fact]
    public async Task An_agent_that_comes_back_is_told_all_that_is_run_by_the_same_process()
    {
        var version = _realm.Put("shop.basket", ("A", "1"));
        var (before, after) = (new Runs(), new Runs());
        var agent = Parent("agent", runs: before);
        await using var client = await HeliographClient.ConnectAsync(Options("agent"), cancellationToken: Cancel);
        await before.HearsAsync(said => said.Applied.Count > 0);
        await agent.DisposeAsync();

        await using var again = Parent("agent", runs: after);

        await after.HearsAsync(said => said.Applied.Any(applied => applied.Revision.ToRevision() == version.Revision && applied.First));
        Assert.Equal(before.Heard.First().Run, after.Heard.First().Run);
    }

    [Fact]
    public async Task A_parent_that_is_no_agent_of_this_host_is_told_nothing_of_runs()
    {
        // Given a parent on a unix socket that says it is a relay
        _realm.Put("shop.basket", ("A", "1"));
        var runs = new Runs();
        await using var relay = Parent("agent", runs: runs, role: "relay");

        await using (var client = await HeliographClient.ConnectAsync(Options("agent"), cancellationToken: Cancel)) Assert.NotNull(client.GetNamespace(Basket));

        Assert.Empty(runs.Heard);
    }

    [Fact]
    public async Task What_the_agent_has_in_quarantine_is_not_taken_from_another_parent_either_but_what_is_newer_is()
    {
        // Given an agent that serves the stable revision, and a parent behind it that has the bad one
        var good = _realm.Put("shop.basket", ("A", "good"));
        var frozen = _realm.Frozen();
        var bad = _realm.Put("shop.basket", ("A", "bad"));
        await using var other = Parent("other");
        var agent = Parent("agent", frozen, new Runs { Quarantine = new Quarantine { Revisions = { Quarantined(bad.Revision, good.Revision) } } });
        await using var client = await HeliographClient.ConnectAsync(Options("agent", "other"), cancellationToken: Cancel);
        var status = client.GetStatus().Find(Basket)!;
        Assert.Equal((good.Revision, ViewOrigin.Stable), (status.Revision, status.Origin));
        Assert.Contains($"{bad.Revision} is in quarantine", status.Trouble, StringComparison.Ordinal);
        await ReportedAsync(agent, instance => instance.ServingStable && instance.Revision.ToRevision() == good.Revision && instance.Refusal is { Code: "quarantined" } refusal && refusal.Revision.ToRevision() == bad.Revision);

        // When the agent dies and the other one sends the bad one
        await agent.DisposeAsync();
        await ReportedAsync(other, instance => instance.Refusal is { Code: "quarantined" });
        Assert.Equal("good", client.GetNamespace(Basket)?.GetString("A"));

        // Then a newer one is served, and the fleet is told that all is well
        var repaired = _realm.Put("shop.basket", ("A", "repaired"));
        await client.ServesAsync(Basket, repaired.Revision);
        await ReportedAsync(other, instance => instance.Refusal is null && !instance.ServingStable && instance.Revision.ToRevision() == repaired.Revision);
        Assert.Equal(ViewOrigin.Live, client.GetStatus().Find(Basket)!.Origin);
    }

    [Fact]
    public async Task With_nothing_to_serve_instead_what_is_in_quarantine_is_better_than_nothing()
    {
        // Given an agent that names a revision as bad and has nothing else
        var bad = _realm.Put("shop.basket", ("A", "bad"));
        await using var agent = Parent("agent", runs: new Runs { Quarantine = new Quarantine { Revisions = { Quarantined(bad.Revision, new(1, 1)) } } });

        await using var client = await HeliographClient.ConnectAsync(Options("agent"), cancellationToken: Cancel);

        Assert.Equal("bad", client.GetNamespace(Basket)?.GetString("A"));
    }

    [Fact]
    public async Task The_fleet_is_told_what_the_application_runs_not_what_lies_ready_for_it()
    {
        // Given a client whose listener does not come back
        var first = _realm.Put("shop.basket", ("A", "1"));
        await using var agent = Parent("agent");
        await using var client = await HeliographClient.ConnectAsync(Options("agent"), cancellationToken: Cancel);
        using var gate = new ManualResetEventSlim();
        var isHeld = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Changed += (_, _) =>
        {
            isHeld.TrySetResult();
            gate.Wait(Cancel);
        };
        var second = _realm.Put("shop.basket", ("A", "2"));
        await isHeld.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);

        // When one more comes, which the replica holds and the application does not see
        var third = _realm.Put("shop.basket", ("A", "3"));
        await ReportedAsync(agent, instance => instance.Revision.ToRevision() == second.Revision);
        Assert.Equal(second.Revision, client.GetNamespace(Basket)?.Revision);

        gate.Set();
        await ReportedAsync(agent, instance => instance.Revision.ToRevision() == third.Revision);
        Assert.True(second.Revision.IsAfter(first.Revision));
    }

    private RealParent Parent(string name, INamespaceSource? source = null, IRunWatch? runs = null, string role = "agent") => new(source ?? _realm, _realm.Anchor, Path.Combine(_directory, name), runs, role);

    private HeliographClientOptions Options(params string[] parents)
    {
        var options = new HeliographClientOptions { TrustBytes = Encoding.UTF8.GetBytes(TrustFile.ToJson(_realm.Anchor)) };
        foreach (var parent in parents.Length > 1 ? parents : [.. parents, "nobody"]) options.Parents.Add($"unix://{Path.Combine(_directory, parent)}");
        (options.Instance.Id, options.Instance.Service) = ("basket-1", "basket");
        options.Namespaces.Add(Basket);
        return options;
    }

    private static QuarantinedRevision Quarantined(Revision revision, Revision stable) => new() { Namespace = Basket.Value, Revision = revision.ToWire(), Stable = stable.ToWire() };

    private static async Task ReportedAsync(RealParent parent, Predicate<InstanceStatus> isSo)
    {
        var reported = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look()
        {
            if (parent.Reports.Snapshot().Namespaces.SelectMany(status => status.Instances).Any(instance => instance.Instance.Id == "basket-1" && isSo(instance))) reported.TrySetResult();
        }
        using var listening = parent.Reports.Observe(Look);
        Look();
        await reported.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    /// <summary>An agent's ear, and what it has to say.</summary>
    private sealed class Runs : IRunWatch
    {
        private volatile TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Quarantine? Quarantine { get; init; }

        public ConcurrentQueue<(string Run, Run Said)> Heard { get; } = [];

        ReadOnlyMemory<byte> IRunWatch.Greet(Hello hello) => Quarantine is null ? default : Frame.Encode(FrameType.Quarantine, Quarantine);

        void IRunWatch.Heard(Hello hello, Run run)
        {
            Heard.Enqueue((hello.Run, run));
            Interlocked.Exchange(ref _more, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }

        public async Task HearsAsync(Predicate<Run> isSo)
        {
            while (true)
            {
                var more = _more.Task; // before looking: what comes from here on ends the wait below
                if (Heard.Any(heard => isSo(heard.Said))) return;
                await more.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
            }
        }
    }
}
