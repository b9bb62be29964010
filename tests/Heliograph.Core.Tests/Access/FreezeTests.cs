// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Core.Tests.Sequencing;
using Xunit;
using static Heliograph.Core.Tests.Sequencing.Authority;

namespace Heliograph.Core.Tests.Access;

public sealed class FreezeTests
{
    [Fact]
    public void A_freeze_of_the_namespace_is_named_before_that_of_everything_and_reserved_names_are_never_frozen()
    {
        var records = Realm((Freeze.KeyOf(null), new Freeze("ops", "holidays", null).ToJson()), (Freeze.KeyOf(Shop), new Freeze("ann", "audit", null).ToJson()));

        Assert.Equal(("shop", new Freeze("ann", "audit", null)), Freeze.Find(records, Shop)!.Value);
        Assert.Equal(("*", new Freeze("ops", "holidays", null)), Freeze.Find(records, NamespaceName.Parse("shop.web"))!.Value);
        Assert.Null(Freeze.Find(records, NamespaceName.Realm));
        Assert.Null(Freeze.Find(null, Shop));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no json")]
    [InlineData("[1]")]
    [InlineData("""{"by":1,"reason":null}""")]
    [InlineData("""{"by":"\ud800"}""")]
    public void A_value_that_means_nothing_freezes_all_the_same(string value) =>
        Assert.Equal(("shop", new Freeze("", "", null)), Freeze.Find(Realm((Freeze.KeyOf(Shop), value)), Shop)!.Value);

    [Fact]
    public void What_is_written_is_read()
    {
        var freeze = new Freeze("ann \"a\"", "line\u2028 ☃", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

        Assert.Equal(freeze, Freeze.Parse(freeze.ToJson()));
    }

    [Fact]
    public async Task The_sequencer_obeys_it_in_the_very_batch_and_remembers_what_was_done_before()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "1", "r1"));
        if (sequencer.Current.State.Find(NamespaceName.Realm) is null)
            Assert.IsType<SubmitResult.Committed>(await sequencer.SubmitAsync(new Submission.Create(NamespaceName.Realm, "", "origin", "c") { IsByOrigin = true }, Cancel));

        var freeze = sequencer.SubmitAsync(OfRealm(new SettingOperation.Put(new Setting(Freeze.KeyOf(Shop), new Freeze("ops", "audit", null).ToJson(), null, [])), "f1"), Cancel);
        var after = authority.PutAsync("a", "2", "r2");

        Assert.IsType<SubmitResult.Committed>(await freeze);
        Assert.Equal(new SubmitResult.Frozen("shop", "ops", "audit"), await after);
        Assert.IsType<SubmitResult.Duplicate>(await authority.PutAsync("a", "1", "r1")); // done before the freeze: its answer stays
        Assert.IsType<SubmitResult.Frozen>(await sequencer.SubmitAsync(new Submission.Alter(Shop, true, null, "ann", "a1"), Cancel));
        Assert.IsType<SubmitResult.Frozen>(await sequencer.PreviewAsync(new Submission.Alter(Shop, true, null, "ann", "a1"), Cancel));
        Assert.IsType<SubmitResult.Committed>(await sequencer.SubmitAsync(
            new Submission.Change(new Changeset(Shop, [new SettingOperation.Put(new Setting(SettingKey.Create("a"), "3", null, []))]), "ops", "r3") { OverridesFreeze = true }, Cancel));
        Assert.IsType<SubmitResult.Committed>(await sequencer.SubmitAsync(OfRealm(new SettingOperation.Delete(Freeze.KeyOf(Shop)), "f2"), Cancel));
        Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "4", "r4"));
    }

    private static Submission.Change OfRealm(SettingOperation operation, string id) => new Submission.Change(new Changeset(NamespaceName.Realm, [operation]), "ops", id) { IsByOrigin = true };

    private static MerkleMap Realm(params (SettingKey Key, string Value)[] settings) =>
        MerkleMap.Empty.Apply([.. settings.Select(setting => MerkleChange.Set(SettingRecord.KeyOf(setting.Key), SettingRecord.ValueOf(new Setting(setting.Key, setting.Value, null, []))))]);
}
