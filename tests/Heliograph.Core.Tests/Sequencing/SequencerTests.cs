// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Xunit;

namespace Heliograph.Core.Tests.Sequencing;

public sealed class SequencerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_empty_log_gets_what_every_realm_has()
    {
        await using var authority = new Authority();
        var sequencer = await authority.StartAsync();

        await authority.PutAsync("a", "1", "any"); // refused, but behind the bootstrap
        Assert.Equal(["heliograph.credentials", "heliograph.realm"], sequencer.Current.State.Namespaces.Keys.Select(name => name.Value));
        authority.CheckHead();
    }

    [Fact]
    public async Task A_change_is_durable_signed_and_published_when_it_is_answered()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();

        var committed = Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("Basket:Max", "50", "r1"));

        Assert.Equal(authority.Store.Entries[^1].Hash, committed.Entry.Hash);
        Assert.Equal("50", authority.Value("Basket:Max"));
        Assert.Equal((0, 1), (committed.Before.Count, committed.After.Count));
        Assert.Equal(committed.Entry.Revision, sequencer.Current.State.Find(Authority.Shop)!.Revision);
        Assert.Equal("ann", committed.Entry.Content.Actor);
        authority.CheckHead();
    }

    [Fact]
    public async Task What_changes_nothing_appends_nothing()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        await authority.PutAsync("a", "1", "r1");
        var tip = authority.Store.Tip;

        var unchanged = Assert.IsType<SubmitResult.Unchanged>(await authority.PutAsync("a", "1", "r2"));

        Assert.Equal(tip, authority.Store.Tip);
        Assert.Equal(tip.Revision, unchanged.Revision);
    }

    [Fact]
    public async Task Preconditions_are_checked_together_and_all_failures_named()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        await authority.PutAsync("a", "1", "r1");
        var changeset = new Changeset(Authority.Shop,
        [
            new SettingOperation.Put(Setting.Of("a", "2"), new Precondition.Absent()),
            new SettingOperation.Delete(SettingKey.Create("b"), new Precondition.Exists()),
            new SettingOperation.Put(Setting.Of("c", "3"), new Precondition.Absent()),
        ]);

        var failed = Assert.IsType<SubmitResult.PreconditionFailed>(await sequencer.SubmitAsync(new Submission.Change(changeset, "ann", "r2"), Cancel));

        Assert.Equal(["a", "b"], failed.Failed.Select(one => one.Key.Key));
        Assert.Null(authority.Value("c"));
    }

    [Fact]
    public async Task An_expected_revision_that_has_moved_is_a_conflict()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        var seen = Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "1", "r1")).Entry.Revision;
        Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "2", "r2", expected: seen));

        var conflict = Assert.IsType<SubmitResult.Conflict>(await authority.PutAsync("a", "3", "r3", expected: seen));

        Assert.Equal(authority.Store.Tip.Revision, conflict.Current);
        Assert.Equal("2", authority.Value("a"));
    }

    [Fact]
    public async Task An_archived_namespace_refuses_changes_and_only_an_archived_one_is_deleted()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        Assert.IsType<SubmitResult.NotArchived>(await sequencer.SubmitAsync(new Submission.Delete(Authority.Shop, "ann", "d1"), Cancel));
        Assert.IsType<SubmitResult.Committed>(await sequencer.SubmitAsync(new Submission.Alter(Authority.Shop, true, null, "ann", "a1"), Cancel));
        Assert.IsType<SubmitResult.Archived>(await authority.PutAsync("a", "1", "r1"));
        Assert.IsType<SubmitResult.Committed>(await sequencer.SubmitAsync(new Submission.Delete(Authority.Shop, "ann", "d2"), Cancel));
        Assert.IsType<SubmitResult.NotFound>(await authority.PutAsync("a", "1", "r2"));
        Assert.False(sequencer.Current.State.Directory.TryGet("shop"u8, out _));

        // Created again, its revisions go on
        var again = Assert.IsType<SubmitResult.Committed>(await sequencer.SubmitAsync(new Submission.Create(Authority.Shop, "", "ann", "c2"), Cancel));
        Assert.Equal(authority.Store.Tip.Revision, again.Entry.Revision);
    }

    [Fact]
    public async Task A_locked_setting_only_changes_by_being_unlocked()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        var locked = new Setting(SettingKey.Create("a"), "1", null, [], IsLocked: true);
        Task<SubmitResult> Submit(SettingOperation operation, string id) => sequencer.SubmitAsync(new Submission.Change(new Changeset(Authority.Shop, [operation]), "ann", id), Cancel);
        Assert.IsType<SubmitResult.Committed>(await Submit(new SettingOperation.Put(locked), "r1"));

        Assert.IsType<SubmitResult.Locked>(await Submit(new SettingOperation.Put(locked with { Value = "2", IsLocked = false }), "r2"));
        Assert.IsType<SubmitResult.Locked>(await Submit(new SettingOperation.Delete(locked.Key), "r3"));
        Assert.IsType<SubmitResult.Committed>(await Submit(new SettingOperation.Put(locked with { IsLocked = false }), "r4"));
        Assert.IsType<SubmitResult.Committed>(await Submit(new SettingOperation.Put(locked with { Value = "2", IsLocked = false }), "r5"));
    }

    [Fact]
    public async Task The_same_request_gives_the_same_answer_and_no_second_effect()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        var first = Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "1", "r1", new Precondition.Absent()));
        await authority.PutAsync("a", "2", "r2");

        // Its precondition fails by now, and were it written again it would undo r2
        var again = Assert.IsType<SubmitResult.Duplicate>(await authority.PutAsync("a", "1", "r1", new Precondition.Absent()));

        Assert.Equal(first.Entry.Hash, again.Entry.Hash);
        Assert.Equal((first.Before.Root, first.After.Root), (again.Before.Root, again.After.Root));
        Assert.Equal("2", authority.Value("a"));
    }

    [Fact]
    public async Task A_request_that_would_be_appended_again_is_recognised_by_the_store()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        await authority.PutAsync("a", "1", "r1");
        await authority.PutAsync("a", "2", "r2");

        Assert.IsType<SubmitResult.Duplicate>(await authority.PutAsync("a", "1", "r1"));
        Assert.IsType<SubmitResult.RequestIdReused>(await authority.PutAsync("a", "3", "r1"));
        Assert.Equal("2", authority.Value("a"));
    }

    [Fact]
    public async Task A_rollback_restores_the_content_of_then_as_a_new_revision()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        var good = Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "1", "r1"));
        await authority.PutAsync("a", "2", "r2");
        await authority.PutAsync("b", "", "r3"); // an empty value is a value

        var back = Assert.IsType<SubmitResult.Committed>(await sequencer.SubmitAsync(new Submission.Rollback(Authority.Shop, good.Entry.Revision, null, "ann", "back"), Cancel));

        Assert.Equal(good.After.Root, back.After.Root);
        Assert.Equal((ulong)good.Entry.Revision.Sequence, back.Entry.Content.ChangeSettings.RolledBackTo);
        Assert.True(back.Entry.Revision.IsAfter(good.Entry.Revision));
        Assert.Equal((2, "1", null), (back.Entry.Content.ChangeSettings.Changes.Count, authority.Value("a"), authority.Value("b")));
        Assert.IsType<SubmitResult.Unchanged>(await sequencer.SubmitAsync(new Submission.Rollback(Authority.Shop, good.Entry.Revision, null, "ann", "back2"), Cancel));
        Assert.IsType<SubmitResult.Invalid>(await sequencer.SubmitAsync(new Submission.Rollback(Authority.Shop, new(1, 999), null, "ann", "back3"), Cancel));
        Assert.IsType<SubmitResult.Invalid>(await sequencer.SubmitAsync(new Submission.Rollback(Authority.Shop, new(1, 1), null, "ann", "back4"), Cancel));
    }

    [Fact]
    public async Task A_preview_says_what_would_happen_and_writes_nothing()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        var tip = authority.Store.Tip;

        var would = Assert.IsType<SubmitResult.WouldCommit>(await sequencer.PreviewAsync(Authority.Put("a", "1", "r1"), Cancel));

        Assert.Equal((0, 1), (would.Before.Count, would.After.Count));
        Assert.Equal((tip, 0), (authority.Store.Tip, sequencer.Current.State.Find(Authority.Shop)!.Records.Count));
        Assert.Equal(would.After.Root, Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "1", "r1")).After.Root);
    }

    [Fact]
    public async Task Sixteen_authors_at_once_share_appends_and_each_gets_its_own_answer()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();

        await Task.WhenAll(Enumerable.Range(0, 16).Select(async author =>
        {
            for (var i = 0; i < 50; i++)
                Assert.IsType<SubmitResult.Committed>(await authority.PutAsync($"k{author}", $"{i}", $"r{author}-{i}"));
        }));

        var state = sequencer.Current.State;
        Assert.Equal(803, state.Revision.Sequence); // two of the realm, one create
        Assert.True(authority.Store.Appends < 803, $"{authority.Store.Appends} appends");
        Assert.All(Enumerable.Range(0, 16), author => Assert.Equal("49", authority.Value($"k{author}")));
        authority.CheckHead();
    }

    [Fact]
    public async Task A_full_queue_answers_overloaded_and_drops_nothing_silently()
    {
        await using var authority = new Authority { Options = { QueueMax = 2 } };
        await authority.OpenShopAsync();
        var (entered, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        authority.Store.NextAppends.Enqueue(async _ => { entered.SetResult(); await gate.Task; return null; });
        var first = authority.PutAsync("a", "1", "r0");
        await entered.Task;

        var waiting = Enumerable.Range(1, 5).Select(i => authority.PutAsync($"a{i}", "1", $"r{i}")).ToList();
        Assert.Equal(3, waiting.Count(task => task.IsCompletedSuccessfully && task.Result is SubmitResult.Overloaded));
        gate.SetResult();

        Assert.IsType<SubmitResult.Committed>(await first);
        var results = await Task.WhenAll(waiting);
        Assert.Equal(2, results.Count(result => result is SubmitResult.Committed));
    }

    [Fact]
    public async Task Stopping_finishes_what_was_taken_and_gives_the_right_to_append_back()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        var (entered, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        authority.Store.NextAppends.Enqueue(async _ => { entered.SetResult(); await gate.Task; return null; });
        var first = authority.PutAsync("a", "1", "r1");
        await entered.Task;
        var second = authority.PutAsync("b", "1", "r2");

        var stopped = sequencer.DisposeAsync().AsTask();
        Assert.IsType<SubmitResult.Unavailable>(await authority.PutAsync("c", "1", "r3"));
        gate.SetResult();
        await stopped;

        Assert.IsType<SubmitResult.Committed>(await first);
        Assert.IsType<SubmitResult.Committed>(await second);
        Assert.Equal(1, authority.Store.Resignations);
    }
}
