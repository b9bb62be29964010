// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Tests.Support;
using Heliograph.Core.Replicas;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Validation;

/// <summary>What the application's own validation does to a revision.</summary>
public sealed class RevisionValidatorTests : IDisposable
{
    private readonly TestRealm _realm = new(TimeProvider.System);
    private readonly HandDrivenReplica _replica = new(TimeProvider.System);

    public void Dispose() => _realm.Dispose();

    [Fact]
    public async Task A_revision_that_it_refuses_is_not_served_and_is_reported_and_the_values_before_stay_whole()
    {
        // Given a client whose application wants a positive limit
        await using var client = await StartAsync(("Max", "50"), ("Other", "a"));
        var refused = new TaskCompletionSource<RevisionRefusedEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Refused += (_, refusal) => refused.TrySetResult(refusal);

        // When a revision comes that has none
        _replica.Receive(_realm.Put("shop.basket", ("Max", "-1"), ("Other", "b")));
        var told = await refused.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);

        // Then nothing of it is served
        var view = client.GetNamespace(Basket)!;
        Assert.Equal(("50", "a", new Revision(1, 1)), (view.GetString("Max"), view.GetString("Other"), view.Revision));
        // And whoever asks knows why: the application, the status, the fleet
        Assert.Equal((new Revision(1, 2), "rejected", "Max must be positive."), (told.Refusal.Revision, told.Refusal.Code, told.Refusal.Detail));
        Assert.Same(view, told.Served);
        var status = client.GetStatus().Find(Basket)!;
        Assert.Equal(told.Refusal, status.Refused);
        Assert.Equal("1.2 is rejected by the application's validation: Max must be positive.", status.Trouble);
        Assert.Equal([(Basket, new Revision(1, 2), RefusalCode.Rejected)], _replica.Refused);
        // And the next revision that is right is served, and nothing is said any more
        await _replica.ReceiveAsync(_realm.Put("shop.basket", ("Max", "51")), client);
        Assert.Equal(("51", "b"), (client.GetNamespace(Basket)?.GetString("Max"), client.GetNamespace(Basket)?.GetString("Other")));
        Assert.Null(client.GetStatus().Find(Basket)!.Refused);
        Assert.Null(client.GetStatus().Find(Basket)!.Trouble);
    }

    [Fact]
    public async Task A_validator_that_throws_refuses_and_what_it_says_goes_nowhere()
    {
        await using var client = await StartAsync(("Max", "50"));
        using var throwing = client.AddValidator(_ => throw new InvalidOperationException("the value is secret"));

        _replica.Receive(_realm.Put("shop.basket", ("Max", "51")));
        await RefusedAsync(client, new Revision(1, 2));

        Assert.Equal("A validator threw InvalidOperationException.", client.GetStatus().Find(Basket)!.Refused?.Detail);
        Assert.Equal("50", client.GetNamespace(Basket)?.GetString("Max"));
    }

    [Fact]
    public async Task What_was_refused_is_judged_again_when_a_validator_goes_and_when_another_namespace_changes()
    {
        // Given a limit that another namespace knows
        await using var client = await StartAsync(("Max", "50"));
        using var shared = client.Subscribe(Shared);
        await _replica.ReceiveAsync(_realm.Put("shop.shared", ("Ceiling", "100")), client);
        using var below = client.AddValidator(candidate => candidate.Find(Basket)?.GetInt32("Max") > candidate.Find(Shared)?.GetInt32("Ceiling") ? ["Max is above the ceiling."] : []);
        var second = _realm.Put("shop.basket", ("Max", "150"));
        _replica.Receive(second);
        await RefusedAsync(client, second.Revision);

        // When the ceiling is raised, then what waited is served
        var served = client.ServesAsync(Basket, second.Revision);
        _replica.Receive(_realm.Put("shop.shared", ("Ceiling", "200")));
        await served;

        // And when a validator goes, what only it refused
        var third = _realm.Put("shop.basket", ("Max", "250"));
        _replica.Receive(third);
        await RefusedAsync(client, third.Revision);
        served = client.ServesAsync(Basket, third.Revision);
        below.Dispose();
        await served;
    }

    [Fact]
    public async Task A_start_with_nothing_but_a_refused_revision_says_so_and_is_reported()
    {
        var options = Positive(Options(TimeProvider.System, Basket));
        options.StartupWait = TimeSpan.FromMilliseconds(100);
        await using var client = Over(_replica, options);
        var starting = client.StartAsync(Cancel);
        _replica.Receive(_realm.Put("shop.basket", ("Max", "0")));

        var error = await Assert.ThrowsAsync<HeliographUnavailableException>(() => starting);

        Assert.Contains("'shop.basket' (1.1 is rejected by the application's validation: Max must be positive.)", error.Message, StringComparison.Ordinal);
        Assert.Equal([(Basket, new Revision(1, 1), RefusalCode.Rejected)], _replica.Refused);
    }

    [Fact]
    public async Task A_start_with_a_refused_revision_serves_the_newest_earlier_one_that_is_kept_and_accepted()
    {
        // Given a directory that holds three revisions, the last two of which are wrong, and a parent that has the last
        var (first, second, third) = (_realm.Put("shop.basket", ("Max", "50")), _realm.Put("shop.basket", ("Max", "0")), _realm.Put("shop.basket", ("Max", "-1")));
        _replica.OnDisk.Add(third);
        _replica.Earlier.AddRange([first, second]);
        var options = Positive(Options(TimeProvider.System, Basket));
        options.StartupWait = TimeSpan.FromMinutes(5); // not waited for: the parent's word is there
        await using var client = Over(_replica, options);
        _replica.Run = _ =>
        {
            _replica.Receive(third);
            return Task.CompletedTask;
        };

        await client.StartAsync(Cancel);

        var status = client.GetStatus().Find(Basket)!;
        Assert.Equal((first.Revision, ViewOrigin.LastKnownGood, third.Revision), (status.Revision, status.Origin, status.Refused?.Revision));
        Assert.Equal("50", client.GetNamespace(Basket)?.GetString("Max"));
    }

    private async Task<HeliographClient> StartAsync(params (string, string?)[] settings)
    {
        var client = Over(_replica, Positive(Options(TimeProvider.System, Basket)));
        var starting = client.StartAsync(Cancel);
        _replica.Receive(_realm.Put("shop.basket", settings));
        await starting;
        return client;
    }

    private static HeliographClientOptions Positive(HeliographClientOptions options)
    {
        options.Validators.Add(candidate => candidate.Find(Basket)?.GetInt32("Max") is null or > 0 ? [] : ["Max must be positive."]);
        return options;
    }

    private static async Task RefusedAsync(HeliographClient client, Revision revision)
    {
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(object? sender, RevisionRefusedEventArgs refusal)
        {
            if (refusal.Refusal.Revision == revision) refused.TrySetResult();
        }
        client.Refused += Look;
        if (client.GetStatus().Namespaces.Any(status => status.Refused?.Revision == revision)) refused.TrySetResult();
        await refused.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        client.Refused -= Look;
    }
}
