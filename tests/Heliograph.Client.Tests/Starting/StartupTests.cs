// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Tests.Support;
using Heliograph.Replication.Replicas;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Starting;

/// <summary>How a client starts: with a parent's word, without it, or not at all.</summary>
public sealed class StartupTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly TestRealm _realm;
    private readonly HandDrivenReplica _replica;

    public StartupTests() => (_realm, _replica) = (new TestRealm(_time), new HandDrivenReplica(_time));

    public void Dispose() => _realm.Dispose();

    [Fact]
    public async Task It_is_started_as_soon_as_a_parent_has_sent_everything()
    {
        // Given a client that waits for two namespaces
        await using var client = Over(_replica, Options(_time, Basket, Shared));
        var starting = client.StartAsync(Cancel);
        _replica.Receive(_realm.Put("shop.basket", ("A", "1")));
        await client.ServesAsync(Basket, new Revision(1, 1));
        Assert.False(starting.IsCompleted);

        // When the second comes, no time having passed
        _replica.Receive(_realm.Put("shop.shared", ("B", "2")));
        await starting;

        // Then both are live
        Assert.Equal("1", client.GetNamespace(Basket)?.GetString("A"));
        Assert.Equal("2", client.GetNamespace("shop.shared")?.GetString("B"));
        Assert.All(client.GetStatus().Namespaces, status => Assert.Equal((ViewOrigin.Live, false), (status.Origin, status.IsStale)));
        Assert.False(client.Staleness.IsStale);
    }

    [Fact]
    public async Task Without_a_parents_word_it_waits_its_time_and_goes_on_with_last_known_good()
    {
        // Given last-known-good on disk, and parents that are silent
        var kept = _realm.Put("shop.basket", ("A", "1"));
        _replica.OnDisk.Add(kept);
        await using var client = Over(_replica, Options(_time, Basket));
        var starting = client.StartAsync(Cancel);

        // When the wait is over, and not before
        await PassAsync(TimeSpan.FromSeconds(4.9), () => Assert.False(starting.IsCompleted));
        await PassUntilAsync(starting);

        // Then it serves what was kept, and says what that is
        var status = Assert.Single(client.GetStatus().Namespaces);
        Assert.Equal((ViewOrigin.LastKnownGood, true, kept.Revision, kept.StateRoot), (status.Origin, status.IsStale, status.Revision, status.StateRoot));
        Assert.Equal(kept.Head.IssuedAt, status.HeadIssuedAt);
        Assert.True(client.Staleness.IsStale);
        Assert.Equal("1", client.GetNamespace(Basket)?.GetString("A"));
    }

    [Fact]
    public async Task When_nobody_answers_and_last_known_good_is_there_it_does_not_wait()
    {
        _replica.OnDisk.Add(_realm.Put("shop.basket", ("A", "1")));
        _replica.NobodyAnswers = true;
        await using var client = Over(_replica, Options(_time, Basket));

        await client.StartAsync(Cancel); // no time passes here

        Assert.Equal(ViewOrigin.LastKnownGood, Assert.Single(client.GetStatus().Namespaces).Origin);
    }

    [Fact]
    public async Task Last_known_good_that_a_parent_proves_is_live_without_a_new_revision()
    {
        // Given last-known-good, and a parent that proves it under a head that is known already
        var kept = _realm.Put("shop.basket", ("A", "1"));
        _replica.OnDisk.Add(kept);
        await using var client = Over(_replica, Options(_time, Basket));
        var starting = client.StartAsync(Cancel);
        await client.ServesAsync(Basket, kept.Revision);
        _replica.Prove(Basket);

        // When the wait looks again
        await PassUntilAsync(starting);

        // Then it is live
        Assert.Equal((ViewOrigin.Live, false), Of(client, Basket));
    }

    [Fact]
    public async Task What_a_parent_without_a_fresh_head_sends_is_last_known_good()
    {
        // Given an agent that has lost everything above it
        await using var client = Over(_replica, Options(_time, Basket));
        var starting = client.StartAsync(Cancel);
        _replica.ReceiveStale(_realm.Put("shop.basket", ("A", "1")));

        // Then its word is enough to start at once, and it is told what it is
        await starting;
        Assert.Equal((ViewOrigin.LastKnownGood, true), Of(client, Basket));
    }

    [Fact]
    public async Task Without_anything_the_start_fails_and_says_what_is_missing_and_why()
    {
        // Given one namespace that comes, one that is refused, and a parent that is not there
        await using var client = Over(_replica, Options(_time, Basket, Shared));
        _replica.TroubleList.Add("unix:///run/agent.sock: Connection refused");
        var starting = client.StartAsync(Cancel);
        _replica.Receive(_realm.Put("shop.basket", ("A", "1")));
        _replica.Gone(new NamespaceGone(Shared, "not_authorized", "it may not be read"));

        // When the wait is over
        await PassUntilAsync(starting);
        var error = await Assert.ThrowsAsync<HeliographUnavailableException>(() => starting);

        // Then the error is what the engineer on call needs
        Assert.Equal([Shared], error.Missing);
        Assert.Contains("'shop.shared' (not_authorized: it may not be read)", error.Message, StringComparison.Ordinal);
        Assert.Contains("within 5 s", error.Message, StringComparison.Ordinal);
        Assert.Contains("unix:///run/agent.sock: Connection refused", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'shop.basket'", error.Message, StringComparison.Ordinal);
        Assert.True(_replica.IsDisposed);
    }

    [Fact]
    public async Task What_is_optional_may_come_later()
    {
        var options = Options(_time, Basket);
        options.Optional = true;
        await using var client = Over(_replica, options);
        var starting = client.StartAsync(Cancel);
        await PassUntilAsync(starting);
        await starting;
        Assert.Null(client.GetNamespace(Basket));
        Assert.Equal(ViewOrigin.None, Assert.Single(client.GetStatus().Namespaces).Origin);

        _replica.Receive(_realm.Put("shop.basket", ("A", "1")));

        await client.ServesAsync(Basket, new Revision(1, 1));
        Assert.Equal("1", client.GetNamespace(Basket)?.GetString("A"));
    }

    [Fact]
    public async Task A_start_that_is_cancelled_ends_at_once()
    {
        await using var client = Over(_replica, Options(_time, Basket));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var starting = client.StartAsync(cancel.Token);
        await _replica.Running.Task;

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
    }

    [Fact]
    public async Task Following_that_breaks_is_tried_again_and_what_is_held_is_served_on()
    {
        // Given a replica whose loop breaks once
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runs = 0;
        _replica.Run = _ =>
        {
            if (++runs == 1) throw new InvalidOperationException("a bug");
            again.SetResult();
            return Task.CompletedTask;
        };
        await using var client = Over(_replica, Options(_time, Basket));
        var starting = client.StartAsync(Cancel);
        _replica.Receive(_realm.Put("shop.basket", ("A", "1")));
        await starting;

        // When the pause is over
        await PassUntilAsync(again.Task);

        // Then it runs again, and nothing was lost
        Assert.Equal(2, runs);
        Assert.Equal("1", client.GetNamespace(Basket)?.GetString("A"));
    }

    private static (ViewOrigin, bool) Of(HeliographClient client, NamespaceName name)
    {
        var status = client.GetStatus().Find(name)!;
        return (status.Origin, status.IsStale);
    }

    /// <summary>Lets the clock go on in steps that every waiting loop can follow.</summary>
    private async Task PassAsync(TimeSpan span, Action look)
    {
        for (var passed = TimeSpan.Zero; passed < span; passed += TimeSpan.FromMilliseconds(50))
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            look();
            await Task.Yield();
        }
    }

    private async Task PassUntilAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.WhenAny(task, Task.Delay(1, Cancel));
            Cancel.ThrowIfCancellationRequested();
        }
    }
}
