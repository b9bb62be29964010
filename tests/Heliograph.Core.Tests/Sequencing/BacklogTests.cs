// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Core.Sequencing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Core.Tests.Sequencing;

/// <summary>Who waits for whom: nobody for somebody else's thousand changes.</summary>
public sealed class BacklogTests
{
    private readonly FakeTimeProvider _time = new();
    private int _lastId;

    [Fact]
    public void Namespaces_take_turns_whatever_one_of_them_asks()
    {
        var backlog = Of(new());
        for (var i = 0; i < 500; i++) Assert.Null(backlog.Refusal(Put("noisy", "amy")));
        Assert.Null(backlog.Refusal(Put("quiet", "amy")));

        Assert.Equal(["noisy", "quiet", "noisy"], Take(backlog, 3).Select(pending => pending.Prepared.Submission.Namespace.Value));
    }

    [Fact]
    public void Authors_of_one_namespace_take_turns_and_each_keeps_their_order()
    {
        var backlog = Of(new());
        var noisy = Enumerable.Range(0, 500).Select(_ => Put("shop", "script")).ToList();
        foreach (var pending in noisy) Assert.Null(backlog.Refusal(pending));
        var quiet = Put("shop", "amy");
        Assert.Null(backlog.Refusal(quiet));

        Assert.Equal([noisy[0], quiet, noisy[1], noisy[2]], Take(backlog, 4));
    }

    [Theory]
    [InlineData("shop", "amy", true)] // the same author in the same namespace
    [InlineData("shop", "bob", true)] // anyone in that namespace
    [InlineData("other", "amy", true)] // that author anywhere
    [InlineData("other", "bob", false)]
    public void A_share_that_is_used_up_is_refused_to_whom_it_belongs_and_to_nobody_else(string name, string actor, bool isRefused)
    {
        var backlog = Of(new() { QueueShareMax = 10 });
        for (var i = 0; i < 10; i++) Assert.Null(backlog.Refusal(Put("shop", "amy")));

        var refusal = backlog.Refusal(Put(name, actor));

        Assert.Equal(isRefused, refusal is SubmitResult.Overloaded { IsOwnShare: true });
        Assert.Equal(isRefused, backlog.RefusalOf(NamespaceName.Parse(name), actor, "later") is { IsOwnShare: true });
        Assert.Equal(isRefused, refusal is not null);
        Take(backlog, 1);
        Assert.Null(backlog.Refusal(Put("shop", "amy"))); // at once when there is room again
    }

    [Fact]
    public void When_all_of_it_is_full_everyone_is_sent_away_and_not_to_one_moment()
    {
        var backlog = Of(new() { QueueMax = 20 });
        for (var i = 0; i < 25; i++) Assert.Null(backlog.Refusal(Put($"n{i}", $"a{i}")));

        var refusals = Enumerable.Range(0, 200).Select(i => Assert.IsType<SubmitResult.Overloaded>(backlog.Refusal(Put($"m{i}", $"b{i}")))).ToList();

        Assert.DoesNotContain(refusals, refusal => refusal.IsOwnShare);
        Assert.Equal([1, 2, 3, 4], refusals.Select(refusal => (int)refusal.RetryAfter.TotalSeconds).Distinct().Order());
    }

    [Theory]
    [InlineData("n3", "b", true)] // a namespace of which something waits
    [InlineData("m", "a3", true)] // an author of whom something waits
    [InlineData("m", "b", false)]
    public void When_some_have_filled_it_the_first_change_of_anybody_else_has_room_still(string name, string actor, bool isRefused)
    {
        var backlog = Of(new() { QueueMax = 20 });
        for (var i = 0; i < 20; i++) Assert.Null(backlog.Refusal(Put($"n{i}", $"a{i}")));

        Assert.Equal(isRefused, backlog.Refusal(Put(name, actor)) is SubmitResult.Overloaded { IsOwnShare: false });
        Assert.Equal(isRefused ? 20 : 21, backlog.Count);
    }

    [Fact]
    public void Who_has_waited_too_long_already_adds_nothing_to_the_wait_and_the_others_may()
    {
        var backlog = Of(new());
        Assert.Null(backlog.Refusal(Put("shop", "amy")));
        _time.Advance(TimeSpan.FromSeconds(2.1));

        Assert.True(backlog.Refusal(Put("shop", "amy")) is SubmitResult.Overloaded { IsOwnShare: true });
        Assert.Null(backlog.Refusal(Put("shop", "bob")));
        Assert.Null(backlog.Refusal(Put("cart", "amy")));
        Take(backlog, 3);
        Assert.Null(backlog.Refusal(Put("shop", "amy"))); // the wait is over, and so is the refusal
    }

    [Fact]
    public void Who_is_only_asked_about_is_not_taken_in_and_comes_back_at_different_moments()
    {
        var backlog = Of(new() { QueueShareMax = 10 });
        for (var i = 0; i < 20; i++) Assert.Null(backlog.RefusalOf(NamespaceName.Parse("shop"), "amy", $"id-{i}"));
        Assert.Equal(0, backlog.Count);
        for (var i = 0; i < 10; i++) Assert.Null(backlog.Refusal(Put("shop", "amy")));

        Assert.Equal([1, 2, 3, 4], Enumerable.Range(0, 200).Select(i => (int)backlog.RefusalOf(NamespaceName.Parse("shop"), "bob", $"id-{i}")!.RetryAfter.TotalSeconds).Distinct().Order());
    }

    [Fact]
    public void Closed_it_takes_nothing_more_gives_what_it_holds_and_is_over()
    {
        var backlog = Of(new());
        Assert.Null(backlog.Refusal(Put("shop", "amy")));
        backlog.Close();

        Assert.IsType<SubmitResult.Unavailable>(backlog.Refusal(Put("shop", "amy")));
        Assert.False(backlog.IsOver);
        Take(backlog, 1);
        Assert.True(backlog.IsOver);
        Assert.Null(backlog.Take());
    }

    [Fact]
    public async Task An_author_with_one_change_is_in_the_next_batch_though_another_floods_the_origin()
    {
        // Given an origin whose store is slow, and an author who has filled their share of the queue
        await using var authority = new Authority { Options = { BatchEntriesMax = 8 } };
        var sequencer = await authority.OpenShopAsync();
        Assert.IsType<SubmitResult.Committed>(await sequencer.SubmitAsync(new Submission.Create(NamespaceName.Parse("quiet"), "", "bob", "create"), CancellationToken.None));
        var (entered, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        authority.Store.NextAppends.Enqueue(async _ => { entered.SetResult(); await gate.Task; return null; });
        var first = authority.PutAsync("a", "1", "first");
        await entered.Task;
        var flood = Enumerable.Range(0, 1_500).Select(i => authority.PutAsync($"k{i}", "1", $"flood-{i}")).ToList();
        Assert.Equal(1_500 - authority.Options.QueueShareMax, flood.Count(task => task.IsCompletedSuccessfully && task.Result is SubmitResult.Overloaded { IsOwnShare: true }));

        // When another author asks for one change in another namespace
        var quiet = sequencer.SubmitAsync(Change("quiet", "bob", "quiet"), CancellationToken.None);
        gate.SetResult();

        // Then it comes before all but a few of those that were asked before it, and each of those is done too
        var committed = Assert.IsType<SubmitResult.Committed>(await quiet).Entry.Revision.Sequence;
        var firstSequence = Assert.IsType<SubmitResult.Committed>(await first).Entry.Revision.Sequence;
        Assert.InRange(committed - firstSequence, 1, 8);
        var results = await Task.WhenAll(flood);
        Assert.Equal(authority.Options.QueueShareMax, results.Count(result => result is SubmitResult.Committed));
    }

    [Fact]
    public async Task A_batch_ends_when_its_changes_are_much_work_and_one_that_is_more_work_goes_whole()
    {
        // Given changes of three settings that wait for a slow store, and one of ten
        await using var authority = new Authority { Options = { BatchOperationsMax = 6 } };
        var sequencer = await authority.OpenShopAsync();
        var (entered, gate, batches) = (new TaskCompletionSource(), new TaskCompletionSource(), new List<int>());
        authority.Store.NextAppends.Enqueue(async _ => { entered.SetResult(); await gate.Task; return null; });
        for (var i = 0; i < 10; i++) authority.Store.NextAppends.Enqueue(batch => { batches.Add(batch.Entries.Count); return Task.FromResult<Heliograph.Core.Log.AppendAnswer?>(null); });
        var first = authority.PutAsync("first", "1", "first");
        await entered.Task;
        var waiting = new[] { 3, 3, 3, 10, 3 }.Select((settings, number) => sequencer.SubmitAsync(
            new Submission.Change(new Changeset(Authority.Shop, [.. Enumerable.Range(0, settings).Select(i => new SettingOperation.Put(Setting.Of($"{number}/{i}", "1")))]), "ann", $"id-{number}"), CancellationToken.None)).ToList();

        gate.SetResult();

        Assert.All(await Task.WhenAll([first, .. waiting]), result => Assert.IsType<SubmitResult.Committed>(result));
        Assert.Equal([2, 2, 1], batches);
    }

    private Backlog Of(SequencerOptions options) => new(options, _time);

    private Pending Put(string name, string actor) => new(PreparedSubmission.Of(Change(name, actor, string.Create(CultureInfo.InvariantCulture, $"id-{++_lastId}"))));

    private static Submission.Change Change(string name, string actor, string id) => new(new Changeset(NamespaceName.Parse(name), [new SettingOperation.Put(Setting.Of("key", "value"))]), actor, id);

    private static List<Pending> Take(Backlog backlog, int count) => [.. Enumerable.Range(0, count).Select(_ => Assert.IsType<Pending>(backlog.Take()))];
}
