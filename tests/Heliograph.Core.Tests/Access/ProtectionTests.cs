// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Core.Tests.Sequencing;
using Xunit;
using static Heliograph.Core.Tests.Sequencing.Authority;

namespace Heliograph.Core.Tests.Access;

public sealed class ProtectionTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 27, 1, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_narrowest_scope_counts_and_reserved_names_are_never_protected()
    {
        var records = Records(("*", new(1, 72, "ops", null)), ("shop.*", new(2, 24, "ann", null)), ("shop.web.prod", new(3, 1, "bob", null)));

        Assert.Equal("shop.web.prod", Protection.Find(records, NamespaceName.Parse("shop.web.prod"))!.Value.Scope);
        Assert.Equal(("shop.*", new Protection(2, 24, "ann", null)), Protection.Find(records, NamespaceName.Parse("shop.web.test"))!.Value);
        Assert.Equal("*", Protection.Find(records, Shop)!.Value.Scope); // a prefix covers what is under it, not the name itself
        Assert.Equal("*", Protection.Find(records, NamespaceName.Parse("shopping"))!.Value.Scope);
        Assert.Null(Protection.Find(records, NamespaceName.Realm));
        Assert.Null(Protection.Find(Records(("shop.*", new(1, 72, "", null))), NamespaceName.Parse("bank.web")));
        Assert.Null(Protection.Find(null, Shop));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no json")]
    [InlineData("[1]")]
    [InlineData("""{"approvals":0,"expiresInHours":-1,"by":1}""")]
    [InlineData("""{"approvals":"none","by":"\ud800"}""")]
    public void A_value_that_means_nothing_protects_all_the_same(string value) => Assert.Equal(new Protection(1, 72, "", null), Protection.Parse(value));

    [Fact]
    public void What_is_written_is_read()
    {
        var protection = new Protection(5, 720, "ann \"a\"", s_now);
        Assert.Equal(protection, Protection.Parse(protection.ToJson()));
        var request = Request(["bob"]);
        var read = ChangeRequest.Find(Of(ChangeRequest.KeyOf(request.Id), request.ToSetting().Value), request.Id)!.Value.Request;
        Assert.Equal(request.ToSetting().Value, read.ToSetting().Value);
    }

    [Fact]
    public async Task The_sequencer_lets_nothing_pass_but_exactly_what_the_log_says_others_approved()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "1", "r1"));
        foreach (var name in new[] { NamespaceName.Realm, NamespaceName.Requests })
            if (sequencer.Current.State.Find(name) is null) Assert.IsType<SubmitResult.Committed>(await sequencer.SubmitAsync(new Submission.Create(name, "", "origin", name.Value) { IsByOrigin = true }, Cancel));
        var first = sequencer.Current.State.Revision;
        await PutAsync(NamespaceName.Realm, new Setting(Protection.KeyOf("*"), new Protection(2, 72, "ops", null).ToJson(), null, []));
        var was = SettingRecord.ContentHash(SettingRecord.ValueOf(new Setting(SettingKey.Create("a"), "1", null, [])));

        var needed = new SubmitResult.ApprovalRequired("*", 2);
        Assert.Equal(needed, await authority.PutAsync("a", "2", "r2"));
        Assert.Equal(needed, await sequencer.SubmitAsync(new Submission.Rollback(Shop, first, null, "ann", "r3"), Cancel));
        Assert.Equal(needed, await sequencer.SubmitAsync(new Submission.Alter(Shop, true, null, "ann", "r4"), Cancel));
        Assert.Equal(needed, await sequencer.SubmitAsync(new Submission.Delete(Shop, "ann", "r5"), Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => sequencer.SubmitAsync(new Submission.Delete(Shop, "ann", "r5") { IsProposal = true }, Cancel));

        // Each of these claims to carry out a request that the log does not hold so
        var request = Request(["bob", "cyd"], was);
        Assert.True(request.TryToSubmission(out var approved));
        Assert.Equal(needed, await sequencer.SubmitAsync(approved, Cancel)); // unknown
        foreach (var held in new[]
        {
            request with { Status = ChangeRequestStatus.Open },
            request with { Status = ChangeRequestStatus.Rejected },
            request with { Approvals = [new("bob", s_now)] },
            request with { Approvals = [new("bob", s_now), new("bob", s_now)] },
            request with { Approvals = [new("bob", s_now), new("ann", s_now)] }, // its author's own consent is none
            request with { Namespace = "bank" },
            request with { CommitId = "another" },
            request with { Settings = [new("a", null, SettingRecord.ValueOf(new Setting(SettingKey.Create("a"), "666", null, [])), was.ToString())] },
            request with { Settings = null },
            request with { Settings = [new("a", null, [1, 2, 3], "no etag")] },
        })
        {
            await PutAsync(NamespaceName.Requests, held.ToSetting());
            Assert.Equal(needed, await sequencer.SubmitAsync(approved, Cancel));
        }
        await PutAsync(NamespaceName.Requests, request.ToSetting());
        Assert.Equal(needed, await sequencer.SubmitAsync(((Submission.Change)approved) with { Actor = "eve" }, Cancel));

        var done = Assert.IsType<SubmitResult.Committed>(await sequencer.SubmitAsync(approved, Cancel));
        Assert.Equal(("ann", "why [request cr-1, approved by bob, cyd]"), (done.Entry.Content.Actor, done.Entry.Content.Message));
        Assert.IsType<SubmitResult.Duplicate>(await sequencer.SubmitAsync(approved, Cancel)); // once, however often
        async Task PutAsync(NamespaceName name, Setting setting) =>
            Assert.IsNotType<SubmitResult.Invalid>(await sequencer.SubmitAsync(new Submission.Change(new Changeset(name, [new SettingOperation.Put(setting)]), "origin", Guid.NewGuid().ToString("N")) { IsByOrigin = true }, Cancel));
    }

    private static ChangeRequest Request(IEnumerable<string> approvers, Hash256? was = null) => new()
    {
        Id = "cr-1", Namespace = "shop", Author = "ann", Subjects = ["ann"], Message = "why", CreatedAt = s_now, ExpiresAt = s_now.AddHours(72), CommitId = "commit-1", Status = ChangeRequestStatus.Approved,
        Approvals = [.. approvers.Select(by => new Consent(by, s_now))],
        Settings = [new("a", null, SettingRecord.ValueOf(new Setting(SettingKey.Create("a"), "2", null, [])), was?.ToString())],
    };

    private static MerkleMap Records(params (string Scope, Protection Protection)[] protections) =>
        MerkleMap.Empty.Apply([.. protections.Select(one => MerkleChange.Set(SettingRecord.KeyOf(Protection.KeyOf(one.Scope)), SettingRecord.ValueOf(new Setting(Protection.KeyOf(one.Scope), one.Protection.ToJson(), null, []))))]);

    private static MerkleMap Of(SettingKey key, string value) => MerkleMap.Empty.Apply([MerkleChange.Set(SettingRecord.KeyOf(key), SettingRecord.ValueOf(new Setting(key, value, null, [])))]);
}
