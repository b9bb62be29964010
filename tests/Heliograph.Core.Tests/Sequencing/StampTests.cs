// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Xunit;

namespace Heliograph.Core.Tests.Sequencing;

/// <summary>Stamps: which entry wrote each setting last, in namespaces that keep it, by whoever applies the log.</summary>
public sealed class StampTests
{
    private static SettingStamp? StampOf(Authority authority, string key) =>
        SettingStamp.TryFind(authority.Sequencer.Current.State.Find(Authority.Shop)!.Records, SettingRecord.KeyOf(SettingKey.Create(key)), out var stamp) ? stamp : null;

    private static Task<SubmitResult> OpenAsync(Authority authority) =>
        authority.Sequencer.SubmitAsync(new Submission.Alter(Authority.Shop, null, null, "ann", "open") { IsStamped = true }, Authority.Cancel);

    [Fact]
    public async Task A_namespace_that_is_not_stamped_has_the_roots_that_it_always_had()
    {
        await using var plain = new Authority();
        await plain.OpenShopAsync();
        await plain.PutAsync("a", "1", "1");
        var shop = plain.Sequencer.Current.State.Find(Authority.Shop)!;
        Assert.Single(shop.Records);
        Assert.False(shop.IsStamped);
    }

    [Fact]
    public async Task Opening_stamps_what_is_there_and_every_change_stamps_what_it_writes()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        await authority.PutAsync("a", "1", "1");
        var opened = Assert.IsType<SubmitResult.Committed>(await OpenAsync(authority));
        Assert.Equal(opened.Entry.Revision, StampOf(authority, "a")!.Value.Revision);

        authority.Time.Advance(TimeSpan.FromSeconds(5));
        var put = Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("b", "1", "2"));
        Assert.Equal(new SettingStamp(put.Entry.Revision, put.Entry.CommittedAt), StampOf(authority, "b"));
        Assert.Equal(opened.Entry.Revision, StampOf(authority, "a")!.Value.Revision);

        // What changes nothing keeps its stamp; what is deleted has none
        Assert.IsType<SubmitResult.Unchanged>(await authority.PutAsync("b", "1", "3"));
        Assert.Equal(put.Entry.Revision, StampOf(authority, "b")!.Value.Revision);
        await authority.Sequencer.SubmitAsync(new Submission.Change(new Changeset(Authority.Shop, [new SettingOperation.Delete(SettingKey.Create("b"))]), "ann", "4"), Authority.Cancel);
        Assert.Null(StampOf(authority, "b"));

        // And opening again is nothing
        Assert.IsType<SubmitResult.Unchanged>(await authority.Sequencer.SubmitAsync(new Submission.Alter(Authority.Shop, null, null, "ann", "again") { IsStamped = true }, Authority.Cancel));
    }

    [Fact]
    public async Task A_replay_and_the_history_give_the_same_stamps()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        await OpenAsync(authority);
        for (var i = 0; i < 70; i++) await authority.PutAsync("a", $"{i}", $"r{i}");
        var shop = authority.Sequencer.Current.State.Find(Authority.Shop)!;
        var replayed = RealmState.Empty(authority.Anchor.LogId);
        var page = Assert.IsType<StoreAnswer<EntryPage>.Done>(await authority.Store.ReadAsync(0, 1_000, long.MaxValue, Authority.Cancel)).Value;
        replayed = replayed.Apply(page.Entries);
        Assert.Equal(shop.StateRoot, replayed.Find(Authority.Shop)!.StateRoot);

        var middle = shop.Revision.Sequence - 30;
        var past = Assert.IsType<StoreAnswer<PastNamespace?>.Done>(await authority.Sequencer.History.FindAsync(Authority.Shop, middle, Authority.Cancel)).Value!;
        Assert.Equal(RealmState.Empty(authority.Anchor.LogId).Apply([.. page.Entries.TakeWhile(entry => entry.Revision.Sequence <= middle)]).Find(Authority.Shop)!.StateRoot, past.Records.Root);
    }

    [Fact]
    public async Task A_stamp_is_a_precondition_that_a_return_to_old_content_does_not_meet()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        await OpenAsync(authority);
        await authority.PutAsync("a", "1", "1");
        var seen = StampOf(authority, "a")!.Value.Revision;
        await authority.PutAsync("a", "2", "2");
        await authority.PutAsync("a", "1", "3");
        Assert.IsType<SubmitResult.PreconditionFailed>(await authority.PutAsync("a", "9", "4", new Precondition.StampedAt(seen)));
        Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "9", "5", new Precondition.StampedAt(StampOf(authority, "a")!.Value.Revision)));
        Assert.IsType<SubmitResult.PreconditionFailed>(await authority.PutAsync("none", "9", "6", new Precondition.StampedAt(seen)));
    }

    [Fact]
    public async Task A_put_that_may_not_unlock_is_refused_on_a_locked_setting_whatever_it_puts()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        Task<SubmitResult> SubmitAsync(Setting setting, bool mayUnlock, string id) =>
            authority.Sequencer.SubmitAsync(new Submission.Change(new Changeset(Authority.Shop, [new SettingOperation.Put(setting) { MayUnlock = mayUnlock }]), "ann", id), Authority.Cancel);
        var locked = Setting.Of("a", "1") with { IsLocked = true };
        Assert.IsType<SubmitResult.Committed>(await SubmitAsync(locked, true, "1"));
        Assert.IsType<SubmitResult.Locked>(await SubmitAsync(locked with { IsLocked = false }, false, "2"));
        Assert.IsType<SubmitResult.Committed>(await SubmitAsync(locked with { IsLocked = false }, true, "3"));
        var described = locked with { Description = "why", Marks = SettingMarks.EmptyContentType };
        Assert.IsType<SubmitResult.Committed>(await SubmitAsync(described, true, "4"));
        Assert.IsType<SubmitResult.Locked>(await SubmitAsync(described with { Value = "2" }, true, "5"));
    }

    [Fact]
    public async Task A_rollback_restores_content_under_new_stamps()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        await OpenAsync(authority);
        var first = Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "1", "1"));
        await authority.PutAsync("a", "2", "2");
        var back = Assert.IsType<SubmitResult.Committed>(await authority.Sequencer.SubmitAsync(new Submission.Rollback(Authority.Shop, first.Entry.Revision, null, "ann", "3"), Authority.Cancel));
        Assert.Equal("1", authority.Value("a"));
        Assert.Equal(back.Entry.Revision, StampOf(authority, "a")!.Value.Revision);
    }

    [Fact]
    public async Task A_named_snapshot_is_made_archived_and_recovered_and_its_name_is_taken_until_it_expires()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        await authority.PutAsync("a", "1", "1");
        Task<SubmitResult> CreateAsync(string id, Revision? expected = null) => authority.Sequencer.SubmitAsync(
            new Submission.CreateSnapshot(Authority.Shop, "s", expected ?? authority.Sequencer.Current.State.Find(Authority.Shop)!.Revision, "ann", id)
            {
                Definition = "{}"u8.ToArray(), Settings = 1, Bytes = 2, ContentHash = default, RetentionSeconds = 3_600, AskedAtMs = authority.Time.GetUtcNow().ToUnixTimeMilliseconds(),
            }, Authority.Cancel);
        Task<SubmitResult> AlterAsync(bool archived, string id, long? expected = null) =>
            authority.Sequencer.SubmitAsync(new Submission.AlterSnapshot(Authority.Shop, "s", archived, expected, authority.Time.GetUtcNow().ToUnixTimeMilliseconds(), "ann", id), Authority.Cancel);
        Assert.IsType<SubmitResult.NotFound>(await AlterAsync(true, "2"));
        Assert.IsType<SubmitResult.Conflict>(await CreateAsync("3", new Revision(1, 1)));
        Assert.IsType<SubmitResult.Committed>(await CreateAsync("4"));
        Assert.IsType<SubmitResult.AlreadyExists>(await CreateAsync("5"));
        Assert.IsType<SubmitResult.Conflict>(await AlterAsync(true, "6", expected: 1));
        Assert.IsType<SubmitResult.Committed>(await AlterAsync(true, "7"));
        Assert.IsType<SubmitResult.Unchanged>(await AlterAsync(true, "8"));
        Assert.IsType<SubmitResult.Committed>(await AlterAsync(false, "9"));
        Assert.IsType<SubmitResult.Committed>(await AlterAsync(true, "10"));
        Assert.IsType<SubmitResult.AlreadyExists>(await CreateAsync("11"));
        authority.Time.Advance(TimeSpan.FromHours(1));
        Assert.IsType<SubmitResult.NotFound>(await AlterAsync(false, "12"));
        Assert.IsType<SubmitResult.Committed>(await CreateAsync("13"));
        authority.CheckHead();
    }
}
