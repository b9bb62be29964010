// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Xunit;

namespace Heliograph.Conformance.Log;

/// <summary>Lost answers and damaged bytes: every operation must be able to say that it does not know.</summary>
public abstract partial class LogStoreConformance
{
    [Theory]
    [InlineData(Harm.LoseRequest)]
    [InlineData(Harm.LoseAnswer)]
    public async Task An_append_without_an_answer_is_of_unknown_outcome_and_its_request_tells(Harm harm)
    {
        var before = await AppendAsync("before");
        var batch = TestChain.Batch(Fixture.LogId, await TipAsync(), Token, "one", "two");
        Fixture.HarmNext(Store, harm);

        Assert.IsType<AppendAnswer.OutcomeUnknown>(await Store.AppendAsync(batch, Cancel));

        await ReopenAsync();
        await AssertHoldsAsync(harm == Harm.LoseAnswer ? [.. before.Entries, .. batch.Entries] : before.Entries); // all of it or nothing
        Assert.Equal(harm == Harm.LoseAnswer ? 3 : null, Done(await Store.FindRequestAsync("two", Cancel)));
        await AppendAfterAsync("two");
    }

    [Theory]
    [InlineData(Harm.LoseRequest)]
    [InlineData(Harm.LoseAnswer)]
    public async Task A_campaign_without_an_answer_is_of_unknown_outcome_and_is_repeated(Harm harm)
    {
        Fixture.HarmNext(Store, harm);
        Assert.IsType<LeadershipAnswer.OutcomeUnknown>(await Store.CampaignAsync("node-a", Lease, Cancel));

        await ReopenAsync();
        await AppendAsync("after");
    }

    [Fact]
    public async Task A_renewal_without_an_answer_is_of_unknown_outcome()
    {
        Fixture.HarmNext(Store, Harm.LoseRequest);
        Assert.IsType<LeadershipAnswer.OutcomeUnknown>(await Store.RenewAsync(Token, Cancel));
    }

    [Theory]
    [InlineData(Harm.LoseRequest)]
    [InlineData(Harm.LoseAnswer)]
    public async Task A_resignation_without_an_answer_is_of_unknown_outcome(Harm harm)
    {
        Fixture.HarmNext(Store, harm);
        Assert.IsType<LeadershipAnswer.OutcomeUnknown>(await Store.ResignAsync(Token, Cancel));

        await ReopenAsync();
        await AppendAsync("after");
    }

    [Fact]
    public async Task Reads_without_an_answer_are_of_unknown_outcome()
    {
        await AppendAsync("one");

        Fixture.HarmNext(Store, Harm.LoseAnswer);
        Assert.IsType<StoreAnswer<LogTip>.OutcomeUnknown>(await Store.ReadTipAsync(Cancel));
        await ReopenAsync();
        Fixture.HarmNext(Store, Harm.LoseAnswer);
        Assert.IsType<StoreAnswer<EntryPage>.OutcomeUnknown>(await Store.ReadAsync(0, 10, 1 << 20, Cancel));
        await ReopenAsync();
        Fixture.HarmNext(Store, Harm.LoseAnswer);
        Assert.IsType<StoreAnswer<long?>.OutcomeUnknown>(await Store.FindRequestAsync("one", Cancel));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task A_damaged_entry_is_answered_corrupt_and_never_served(long sequence)
    {
        await AppendAsync(TestChain.RequestIds("r", 5));
        await Fixture.DamageAsync(Store, sequence, Cancel);

        var answer = await Store.ReadAsync(0, 10, 1 << 20, Cancel);

        Assert.IsType<StoreAnswer<EntryPage>.Corrupt>(answer);
    }

    /// <summary>Does what an author's retry does: finds the request, or appends it. In the end it is there once.</summary>
    private async Task AppendAfterAsync(string requestId)
    {
        var tip = await TipAsync();
        var answer = await Store.AppendAsync(TestChain.Batch(Fixture.LogId, tip, Token, requestId), Cancel);
        if (answer is AppendAnswer.Moved moved) // an abandoned append may land just now
            answer = await Store.AppendAsync(TestChain.Batch(Fixture.LogId, moved.Current, Token, requestId), Cancel);
        Assert.True(answer is AppendAnswer.Appended or AppendAnswer.Duplicate, $"Got {answer}.");
        Assert.Single((await PageAsync(0)).Entries, entry => entry.Content.RequestId == requestId);
    }
}
