// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Xunit;
using static Heliograph.Core.Tests.Sequencing.Authority;

namespace Heliograph.Core.Tests.Sequencing;

public sealed class PinTests
{
    [Fact]
    public async Task A_pin_is_one_entry_that_goes_forward_restores_the_content_and_says_who_why_and_since_when()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        var good = Committed(await authority.PutAsync("price", "10", "r1"));
        var bad = Committed(await authority.PutAsync("price", "0", "r2"));

        var pinned = Committed(await sequencer.SubmitAsync(Pin(good, "p1"), Cancel));

        Assert.True(pinned.Entry.Revision.IsAfter(bad.Entry.Revision));
        Assert.Equal("10", Price(sequencer));
        var pin = PinRecord.Find(sequencer.Current.State.Find(Shop)!.Records)!;
        Assert.Equal(new(good.Entry.Revision, bad.Entry.Revision, "ops", "free goods", pinned.Entry.CommittedAt), pin);
        Assert.Empty(MerkleDiff(good, sequencer)); // settings are those of then, byte for byte
    }

    [Fact]
    public async Task Everything_but_another_pin_and_the_release_is_refused_in_the_very_batch_and_what_was_done_before_keeps_its_answer()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        var good = Committed(await authority.PutAsync("price", "10", "r1"));
        var bad = Committed(await authority.PutAsync("price", "0", "r2"));

        var pinning = sequencer.SubmitAsync(Pin(good, "p1"), Cancel);
        var after = authority.PutAsync("price", "11", "r3");

        Committed(await pinning);
        Assert.Equal(good.Entry.Revision, Assert.IsType<SubmitResult.Pinned>(await after).Pin.Revision);
        foreach (var refused in new Submission[]
        {
            new Submission.Rollback(Shop, bad.Entry.Revision, null, "ann", "x1"),
            new Submission.Alter(Shop, true, null, "ann", "x2"),
            new Submission.Alter(Shop, null, "described", "ann", "x3"),
            new Submission.Delete(Shop, "ann", "x4"),
            new Submission.Change(new Changeset(Shop, [new SettingOperation.Put(Setting.Of("price", "12"))]), "ann", "x5") { OverridesFreeze = true },
        })
        {
            Assert.IsType<SubmitResult.Pinned>(await sequencer.SubmitAsync(refused, Cancel));
            Assert.IsType<SubmitResult.Pinned>(await sequencer.PreviewAsync(refused, Cancel));
        }
        Assert.IsType<SubmitResult.Duplicate>(await authority.PutAsync("price", "0", "r2"));
        Assert.IsType<SubmitResult.Duplicate>(await sequencer.SubmitAsync(Pin(good, "p1"), Cancel));
        Assert.IsType<SubmitResult.Unchanged>(await sequencer.SubmitAsync(Pin(good, "p2"), Cancel));
        Assert.Equal("10", Price(sequencer));
        Committed(await sequencer.SubmitAsync(new Submission.Create(NamespaceName.Parse("bank"), "", "ann", "x6"), Cancel)); // others go on
    }

    [Fact]
    public async Task A_release_leaves_what_was_held_or_brings_back_what_stood_before_the_first_pin()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        var first = Committed(await authority.PutAsync("price", "10", "r1"));
        var second = Committed(await authority.PutAsync("price", "20", "r2"));
        Committed(await authority.PutAsync("price", "0", "r3"));
        Committed(await sequencer.SubmitAsync(Pin(second, "p1"), Cancel));
        Committed(await sequencer.SubmitAsync(Pin(first, "p2"), Cancel)); // moved: the way back is kept

        Committed(await sequencer.SubmitAsync(new Submission.Unpin(Shop, Restores: true, null, "ops", "u1"), Cancel));
        Assert.Equal("0", Price(sequencer));
        Assert.Null(PinRecord.Find(sequencer.Current.State.Find(Shop)!.Records));

        Committed(await sequencer.SubmitAsync(Pin(first, "p3"), Cancel));
        Committed(await sequencer.SubmitAsync(new Submission.Unpin(Shop, Restores: false, null, "ops", "u2"), Cancel));
        Assert.Equal("10", Price(sequencer));
        Committed(await authority.PutAsync("price", "30", "r4"));
        Assert.IsType<SubmitResult.Unchanged>(await sequencer.SubmitAsync(new Submission.Unpin(Shop, Restores: true, null, "ops", "u3"), Cancel));
    }

    [Fact]
    public async Task What_holds_for_a_rollback_holds_for_a_pin()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        var good = Committed(await authority.PutAsync("price", "10", "r1"));
        Committed(await authority.PutAsync("price", "0", "r2"));

        Assert.IsType<SubmitResult.Conflict>(await sequencer.SubmitAsync(Pin(good, "p1") with { ExpectedRevision = good.Entry.Revision }, Cancel));
        Assert.IsType<SubmitResult.Invalid>(await sequencer.SubmitAsync(Pin(good, "p2") with { To = new(1, 999) }, Cancel));
        Assert.IsType<SubmitResult.Invalid>(await sequencer.SubmitAsync(Pin(good, "p3") with { To = new(1, 1) }, Cancel)); // before the namespace
        Assert.IsType<SubmitResult.Invalid>(await sequencer.SubmitAsync(Pin(good, "p4") with { Namespace = NamespaceName.Realm }, Cancel));
        Assert.IsType<SubmitResult.NotFound>(await sequencer.SubmitAsync(Pin(good, "p5") with { Namespace = NamespaceName.Parse("nowhere") }, Cancel));
        Assert.IsType<SubmitResult.WouldCommit>(await sequencer.PreviewAsync(Pin(good, "p6"), Cancel));
        Assert.Equal("0", Price(sequencer));
    }

    [Fact]
    public async Task A_rollback_to_a_time_of_a_pin_brings_the_settings_and_not_the_pin()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        var good = Committed(await authority.PutAsync("price", "10", "r1"));
        Committed(await authority.PutAsync("price", "0", "r2"));
        var pinned = Committed(await sequencer.SubmitAsync(Pin(good, "p1"), Cancel));
        Committed(await sequencer.SubmitAsync(new Submission.Unpin(Shop, Restores: true, null, "ops", "u1"), Cancel));

        Committed(await sequencer.SubmitAsync(new Submission.Rollback(Shop, pinned.Entry.Revision, null, "ops", "b1"), Cancel));

        Assert.Equal("10", Price(sequencer));
        Assert.Null(PinRecord.Find(sequencer.Current.State.Find(Shop)!.Records));
    }

    private static Submission.Pin Pin(SubmitResult.Committed to, string id) => new(Shop, to.Entry.Revision, null, "ops", id, "free goods");

    private static SubmitResult.Committed Committed(SubmitResult result) => Assert.IsType<SubmitResult.Committed>(result);

    private static string? Price(Sequencer sequencer) => sequencer.Current.State.Find(Shop)!.Find(SettingKey.Create("price"))?.Value;

    private static List<string> MerkleDiff(SubmitResult.Committed then, Sequencer now) =>
        [.. MerkleMap.Diff(then.After, now.Current.State.Find(Shop)!.Records).Where(change => change.Key.Span[0] == (byte)RecordKind.Setting).Select(change => Convert.ToHexString(change.Key.Span))];
}
