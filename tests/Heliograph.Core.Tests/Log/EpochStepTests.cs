// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.LogFiles;
using Heliograph.Core.State;
using Heliograph.Core.Wire;
using Xunit;

namespace Heliograph.Core.Tests.Log;

/// <summary>How a log goes from one epoch to the next, and how it does not.</summary>
public sealed class EpochStepTests
{
    private static readonly Hash256 s_logId = new([.. Enumerable.Repeat((byte)7, 32)]);

    public static TheoryData<string, Action<EpochTransition>, Action<Entry>> Broken => new()
    {
        { "a transition of another log", transition => transition.LogId = ByteString.CopyFrom(new byte[32]), _ => { } },
        { "a base of another revision", transition => transition.BaseSequence++, _ => { } },
        { "a base with another hash", transition => transition.BaseHash = ByteString.CopyFrom([.. Enumerable.Repeat((byte)9, 32)]), _ => { } },
        { "an epoch that is not its transition's", _ => { }, entry => entry.Epoch++ },
        { "an epoch that is not later", _ => { }, entry => entry.Epoch = 1 },
        { "a gap", _ => { }, entry => entry.Sequence++ },
        { "another entry before it", _ => { }, entry => entry.PreviousHash = ByteString.CopyFrom(new byte[32]) },
        { "a namespace", _ => { }, entry => entry.Namespace = "shop" },
        { "no transition", _ => { }, entry => entry.EpochBegun.Transition = ByteString.CopyFromUtf8("none") },
    };

    [Fact]
    public void Every_namespace_is_touched_what_it_holds_stays_and_the_next_entry_goes_on_in_the_epoch()
    {
        var state = Realm("shop", "bank");
        var began = EpochStep.Seal(Transition(state.Tip), state.Tip);
        var after = state.Apply(began);

        Assert.Equal((new Revision(2, 3), began.Hash), (after.Revision, after.Tip.Hash));
        Assert.NotEqual(state.Directory.Root, after.Directory.Root);
        foreach (var name in state.Namespaces.Keys)
        {
            Assert.Equal(new Revision(2, 3), after.Find(name)!.Revision);
            Assert.Equal(state.Find(name)!.StateRoot, after.Find(name)!.StateRoot);
        }
        Assert.Equal(new Revision(2, 4), after.Apply(Create(after, "new")).Revision);
        Assert.Equal(after.Directory.Root, Realm("shop", "bank").Apply([began]).Directory.Root); // the same everywhere
    }

    [Fact]
    public void A_namespace_touched_in_the_same_batch_is_touched_again()
    {
        var state = Realm("shop");
        var bank = Create(state, "bank");
        var tip = new LogTip(bank.Revision, bank.Hash, bank.Content.CommittedAtMs);
        var after = state.Apply([bank, EpochStep.Seal(Transition(tip), tip)]);
        Assert.All(after.Namespaces.Values, touched => Assert.Equal(new Revision(2, 3), touched.Revision));
    }

    [Fact]
    public void An_entry_that_begins_an_epoch_is_a_batch_of_its_own()
    {
        var state = Realm("shop", "bank");
        LogEntry[] some = [Create(state, "a"), EpochStep.Seal(Transition(state.Tip), state.Tip), Create(state, "b"), Create(state, "c")];
        Assert.Equal([some[0]], EpochStep.BatchOf(some));
        Assert.Equal([some[1]], EpochStep.BatchOf(some[1..]));
        Assert.Equal(some[2..], EpochStep.BatchOf(some[2..]));
    }

    [Fact]
    public void Without_an_entry_an_epoch_begins_all_the_same()
    {
        var empty = RealmState.Empty(s_logId);
        Assert.Equal(new Revision(2, 1), empty.Apply(EpochStep.Seal(Transition(empty.Tip), empty.Tip)).Revision);
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void Never_applied_stored_or_taken(string what, Action<EpochTransition> breaksTransition, Action<Entry> breaks)
    {
        var state = Realm("shop", "bank");
        var transition = Content(state.Tip);
        breaksTransition(transition);
        var content = EpochStep.Seal(SignedTransition.Propose(transition), state.Tip).Content.Clone();
        if (what.StartsWith("a base", StringComparison.Ordinal)) content.PreviousHash = ByteString.CopyFrom(state.Tip.Hash.ToArray()); // the chain itself is whole
        if (what.StartsWith("a transition", StringComparison.Ordinal)) content.LogId = ByteString.CopyFrom(s_logId.ToArray());
        breaks(content);
        var entry = LogEntry.Seal(content);

        Assert.Throws<BrokenLogException>(() => state.Apply(entry));
        Assert.NotEmpty(what);
        Assert.NotNull(BatchRules.Fault(new(state.Tip, new(1), [entry]), s_logId));
        Assert.False(new EntryChain(s_logId, state.Tip).TryTake(entry.Bytes, out _, out _));
    }

    [Fact]
    public void It_is_alone_in_its_batch()
    {
        var state = Realm("shop");
        var began = EpochStep.Seal(Transition(state.Tip), state.Tip);
        Assert.Null(BatchRules.Fault(new(state.Tip, new(1), [began]), s_logId));
        Assert.Contains("not alone", BatchRules.Fault(new(state.Tip, new(1), [began, Create(state.Apply(began), "bank")]), s_logId), StringComparison.Ordinal);
    }

    private static RealmState Realm(params string[] names)
    {
        var state = RealmState.Empty(s_logId);
        foreach (var name in names) state = state.Apply(Create(state, name));
        return state;
    }

    private static LogEntry Create(RealmState state, string name) => LogEntry.Seal(new Entry
    {
        LogId = ByteString.CopyFrom(s_logId.ToArray()),
        Epoch = (uint)state.Revision.Epoch,
        Sequence = (ulong)state.Revision.Sequence + 1,
        PreviousHash = ByteString.CopyFrom(state.Tip.Hash.ToArray()),
        CommittedAtMs = Math.Max(1_000, state.Tip.CommittedAtMs),
        RequestId = name,
        RequestDigest = ByteString.CopyFrom(new byte[32]),
        Actor = "author",
        Namespace = name,
        CreateNamespace = new(),
    });

    private static SignedTransition Transition(LogTip tip) => SignedTransition.Propose(Content(tip));

    private static EpochTransition Content(LogTip tip) => new()
    {
        LogId = ByteString.CopyFrom(s_logId.ToArray()),
        Epoch = 2,
        BaseEpoch = (uint)tip.Revision.Epoch,
        BaseSequence = (ulong)tip.Revision.Sequence,
        BaseHash = ByteString.CopyFrom(tip.Hash.ToArray()),
        IssuedAtMs = 2_000,
        Reason = "the disk was lost",
    };
}
