// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using CsCheck;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Core.Tests.Log;
using Heliograph.Core.Wire;
using Heliograph.Testing;
using Xunit;

namespace Heliograph.Core.Tests.Heads;

/// <summary>An epoch ends when recovery keys say so, one at a time, behind what was not discarded before.</summary>
public sealed class EpochHistoryTests : IDisposable
{
    private static readonly string[] Rescuers = ["rescue-1", "rescue-2"];

    private readonly TestCeremony _ceremony = new();
    private readonly RootChain _roots;

    public EpochHistoryTests() => _roots = RootChain.From(_ceremony.First());

    [Fact]
    public void The_golden_transitions_that_another_program_signed_are_taken_under_the_roots_of_their_time()
    {
        var golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Heads", "golden-trust-roots.json"))).RootElement;
        Assert.True(TrustAnchor.TryParse(GoldenLog.Bytes(golden, "first"), out var anchor, out _));
        byte[][] roots = [.. golden.GetProperty("roots").EnumerateArray().Select(root => Convert.FromHexString(root.GetString()!))];
        byte[][] transitions = [.. golden.GetProperty("transitions").EnumerateArray().Select(transition => Convert.FromHexString(transition.GetString()!))];
        var second = RootChain.From(anchor).Extend(roots[0]).Value!;
        var third = second.Extend(roots[1]).Value!;

        var history = Taken(EpochHistory.Empty.Extend(second, transitions[0]));
        Assert.Equal(RefusalCode.BadSignature, history.Extend(second, transitions[1]).Refusal!.Code); // its key is only in the third root
        Assert.Equal(RefusalCode.BadSignature, EpochHistory.Empty.Extend(third, transitions[0]).Refusal!.Code); // its keys are not there any more
        Assert.Equal(2, Taken(EpochHistory.Empty.ExtendOfOld(third, transitions[0])).Epoch); // but for what is read back of old, they count
        Assert.Equal(RefusalCode.BadSignature, history.ExtendOfOld(second, transitions[1]).Refusal!.Code);
        history = Taken(history.Extend(third, transitions[1]));

        Assert.Equal(3, history.Epoch);
        Assert.Equal((new Revision(1, 100), "the store was lost", 120UL), (history.Transitions[0].Base, history.Transitions[0].Content.Reason, history.Transitions[0].Content.DiscardedUpTo));
        Assert.Equal(GoldenLog.Text(golden, "transition_2"), Convert.ToHexStringLower(history.Transitions[0].TransitionBytes.Span));
        Assert.Equal(GoldenLog.Text(golden, "signed_bytes_transition_2"), Convert.ToHexStringLower(SignedTransition.SignedBytes(history.Transitions[0].TransitionBytes.Span)));
    }

    [Fact]
    public void Only_recovery_keys_count_as_many_as_the_newest_root_asks_for()
    {
        Refused(RefusalCode.BadSignature, EpochHistory.Empty, To(2, new(1, 5), "rescue-1"));
        Refused(RefusalCode.BadSignature, EpochHistory.Empty, To(2, new(1, 5), "rescue-1", "root-1", "root-2", "head-1"));
        Assert.Equal(2, Taken(EpochHistory.Empty.Extend(_roots, To(2, new(1, 5), "rescue-1", "root-1", "rescue-2").Bytes)).Epoch);
    }

    [Fact]
    public void A_root_without_recovery_keys_lets_no_epoch_end()
    {
        var roots = RootChain.From(GoldenLog.Anchor);

        Assert.Contains("no recovery keys", EpochHistory.Empty.Extend(roots, _ceremony.Transition(roots.LogId, 2, new(1, 5), ["origin-a"]).Bytes).Refusal!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void None_is_skipped_none_replaced_and_the_same_may_come_with_fresher_signatures()
    {
        var second = To(2, new(1, 5), Rescuers);
        var history = Taken(EpochHistory.Empty.Extend(_roots, second.Bytes));

        Refused(RefusalCode.WrongBase, EpochHistory.Empty, To(3, new(2, 9), Rescuers));
        Refused(RefusalCode.WrongBase, history, To(4, new(2, 9), Rescuers));
        Refused(RefusalCode.Equivocation, history, To(2, new(1, 6), Rescuers));
        Assert.Same(history, history.Extend(_roots, second.Bytes).Value);
        var again = Taken(history.Extend(_roots, second.SignedBy(_ceremony.Signer("rescue-1")).Bytes));
        Assert.Equal(2, again.Epoch);
        Assert.NotEqual(second.Bytes.ToArray(), again.Transitions[0].Bytes.ToArray());
    }

    [Theory]
    [InlineData(2, 9, true)] // behind the beginning of epoch 2, which is 2.6
    [InlineData(2, 6, true)]
    [InlineData(2, 5, false)] // there is no 2.5
    [InlineData(1, 5, true)]
    [InlineData(1, 3, true)] // further back than the last time
    [InlineData(1, 6, false)] // discarded by the last transition
    public void The_base_lies_in_the_history_that_was_left(int epoch, long sequence, bool isTaken)
    {
        var history = Taken(EpochHistory.Empty.Extend(_roots, To(2, new(1, 5), Rescuers).Bytes));

        Assert.Equal(isTaken, history.Extend(_roots, To(3, new(epoch, sequence), Rescuers).Bytes).Value is not null);
    }

    [Fact]
    public void Transitions_that_cannot_be_are_refused()
    {
        Unfit(transition => transition.Epoch = 1);
        Unfit(transition => transition.BaseEpoch = 0);
        Unfit(transition => transition.BaseEpoch = 2);
        Unfit(transition => transition.BaseHash = ByteString.Empty);
        Unfit(transition => transition.LogId = ByteString.Empty);
        Unfit(transition => transition.BaseSequence = 0); // with a hash
        Unfit(transition => transition.DiscardedUpTo = 4);
        Unfit(transition => transition.IssuedAtMs = -1);
        Unfit(transition => transition.Reason = "");
        Unfit(transition => transition.Reason = "a\nb");
        Assert.Equal(RefusalCode.WrongLog, EpochHistory.Empty.Extend(_roots, _ceremony.Transition(default, 2, new(1, 5), Rescuers).Bytes).Refusal!.Code);
    }

    [Fact]
    public void No_flipped_bit_and_no_other_bytes_are_taken()
    {
        var bytes = To(2, new(1, 5), Rescuers).Bytes.ToArray();
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            byte[] altered = [.. bytes];
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotNull(EpochHistory.Empty.Extend(_roots, altered).Refusal);
        }
        Gen.Byte.Array[0, 200].Sample(any => Assert.NotEmpty(EpochHistory.Empty.Extend(_roots, any).Refusal!.Detail));
    }

    private SignedTransition To(int epoch, Revision basis, params string[] signers) => _ceremony.Transition(_roots.LogId, epoch, basis, signers);

    private void Unfit(Action<EpochTransition> alter) => Assert.Throws<ArgumentException>(() => _ceremony.Transition(_roots.LogId, 2, new(1, 5), [], alter));

    private void Refused(RefusalCode code, EpochHistory history, SignedTransition transition)
    {
        var verdict = history.Extend(_roots, transition.Bytes);
        Assert.Null(verdict.Value);
        Assert.Equal(code, verdict.Refusal!.Code);
    }

    private static EpochHistory Taken(Verdict<EpochHistory> verdict)
    {
        Assert.Null(verdict.Refusal);
        return verdict.Value!;
    }

    public void Dispose() => _ceremony.Dispose();
}
