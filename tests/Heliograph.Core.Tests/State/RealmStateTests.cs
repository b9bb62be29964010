// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Log;
using Heliograph.Core.State;
using Heliograph.Core.Wire;
using Xunit;

namespace Heliograph.Core.Tests.State;

/// <summary>An entry that breaks a rule is never applied, and the state stands as it was.</summary>
public sealed class RealmStateTests
{
    private static readonly Hash256 s_logId = new([.. Enumerable.Repeat((byte)7, 32)]);

    public static TheoryData<string, Action<Entry>> Broken => new()
    {
        { "another log", entry => entry.LogId = ByteString.CopyFrom(new byte[32]) },
        { "another epoch", entry => entry.Epoch = 2 },
        { "a gap", entry => entry.Sequence++ },
        { "a repetition", entry => entry.Sequence-- },
        { "a broken chain", entry => entry.PreviousHash = ByteString.CopyFrom(new byte[32]) },
        { "time running back", entry => entry.CommittedAtMs = 1 },
        { "no namespace", entry => entry.Namespace = "" },
        { "a name outside the grammar", entry => entry.Namespace = "Shop" },
        { "a namespace that is not there", entry => entry.Namespace = "none" },
        { "a namespace that is there already", entry => entry.CreateNamespace = new() },
        { "a deletion of what is not archived", entry => entry.DeleteNamespace = new() },
        { "a change of nothing", entry => entry.ChangeSettings.Changes.Clear() },
        { "changes out of order", entry => entry.ChangeSettings.Changes.Insert(0, new SettingChange { Key = "z" }) },
        { "a setting twice", entry => entry.ChangeSettings.Changes.Add(new SettingChange { Key = "k" }) },
        { "an empty key", entry => entry.ChangeSettings.Changes[0].Key = "" },
        { "a key with a control character", entry => entry.ChangeSettings.Changes[0].Key = "a\u0001" },
        { "a value that is not UTF-8", entry => entry.ChangeSettings.Changes[0].Put.Value = ByteString.CopyFrom(0xFF) },
        { "tags out of order", entry => entry.ChangeSettings.Changes[0].Put.Tags.Add([new Tag { Name = "b" }, new Tag { Name = "a" }]) },
        { "a value that is too large", entry => entry.ChangeSettings.Changes[0].Put.Value = ByteString.CopyFrom(new byte[Limits.ValueBytesMax + 1]) },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Never_applied(string what, Action<Entry> breaks)
    {
        var state = Begun();
        var entry = Next(state, change => change.ChangeSettings = Put("k", "v"));
        Assert.NotNull(state.Apply(LogEntry.Seal(entry)));
        var root = state.Directory.Root;

        breaks(entry);

        var broken = Assert.Throws<BrokenLogException>(() => state.Apply(LogEntry.Seal(entry)));
        Assert.Equal((long)entry.Sequence, broken.Sequence);
        Assert.DoesNotContain("\u0001", broken.Message, StringComparison.Ordinal);
        Assert.Equal((root, 1L), (state.Directory.Root, state.Revision.Sequence));
        Assert.NotEmpty(what);
    }

    [Fact]
    public void An_archived_namespace_is_changed_by_nothing_but_its_return_or_its_deletion()
    {
        var archived = Begun() is var state ? state.Apply(LogEntry.Seal(Next(state, entry => entry.AlterNamespace = new() { Archived = true, Description = "old" }))) : null!;
        Assert.Throws<BrokenLogException>(() => archived.Apply(LogEntry.Seal(Next(archived, entry => entry.ChangeSettings = Put("k", "v")))));

        var back = archived.Apply(LogEntry.Seal(Next(archived, entry => entry.AlterNamespace = new() { Description = "again" })));
        var gone = archived.Apply(LogEntry.Seal(Next(archived, entry => entry.DeleteNamespace = new())));

        Assert.Equal((false, "again"), (back.Find(NamespaceName.Parse("shop"))!.IsArchived, back.Find(NamespaceName.Parse("shop"))!.Description));
        Assert.Null(gone.Find(NamespaceName.Parse("shop")));
        Assert.Equal(Hash256.Zero, gone.Directory.Root);
        Assert.NotNull(archived.Find(NamespaceName.Parse("shop"))); // states are not changed by those made of them
    }

    [Fact]
    public void A_draft_that_refused_an_entry_goes_on_as_if_it_had_never_come()
    {
        var state = Begun();
        var draft = new RealmDraft(state);
        var wrong = Next(state, entry => entry.ChangeSettings = Put("k", "v"));
        wrong.Namespace = "none";
        Assert.Throws<BrokenLogException>(() => draft.Apply(LogEntry.Seal(wrong)));

        var right = LogEntry.Seal(Next(state, entry => entry.ChangeSettings = Put("k", "v")));
        draft.Apply(right);

        Assert.Equal(state.Apply(right).Directory.Root, draft.ToState().Directory.Root);
        Assert.Equal(1, draft.NamespacesCount);
    }

    private static RealmState Begun()
    {
        var empty = RealmState.Empty(s_logId);
        return empty.Apply(LogEntry.Seal(Next(empty, entry => entry.CreateNamespace = new())));
    }

    private static ChangeSettings Put(string key, string value) =>
        new() { Changes = { new SettingChange { Key = key, Put = new SettingValue { Value = ByteString.CopyFromUtf8(value) } } } };

    private static Entry Next(RealmState state, Action<Entry> body)
    {
        var entry = new Entry
        {
            LogId = ByteString.CopyFrom(s_logId.ToArray()),
            Epoch = 1,
            Sequence = (ulong)state.Revision.Sequence + 1,
            PreviousHash = ByteString.CopyFrom(state.Tip.Hash.ToArray()),
            CommittedAtMs = state.Tip.CommittedAtMs + 1_000,
            RequestId = "r",
            RequestDigest = ByteString.CopyFrom(new byte[32]),
            Actor = "ann",
            Namespace = "shop",
        };
        body(entry);
        return entry;
    }
}
