// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Xunit;

namespace Heliograph.Conformance.Log;

/// <summary>The right to append, and what it keeps out.</summary>
public abstract partial class LogStoreConformance
{
    [Fact]
    public async Task While_a_lease_runs_no_other_node_gets_the_right()
    {
        await Fixture.PassAsync(Lease / 3);
        var other = Assert.IsType<LeadershipAnswer.HeldByOther>(await Store.CampaignAsync("node-b", Lease, Cancel));
        Assert.Equal("node-a", other.NodeId);
        Assert.InRange(other.RetryAfter, TimeSpan.Zero, Lease);

        Assert.Equal(Token, Assert.IsType<LeadershipAnswer.Held>(await Store.RenewAsync(Token, Cancel)).Token);
        await Fixture.PassAsync(Lease * 0.8); // beyond the first lease, within the renewed one
        Assert.IsType<LeadershipAnswer.HeldByOther>(await Store.CampaignAsync("node-b", Lease, Cancel));
        await AppendAsync("still-allowed");
    }

    [Fact]
    public async Task After_a_hand_over_a_late_write_of_the_old_leader_is_refused()
    {
        var late = TestChain.Batch(Fixture.LogId, LogTip.Empty, Token, "late");
        var successor = await Fixture.ConnectAsync(Store, Cancel);
        await Fixture.PassAsync(Lease + Lease);

        var token = await CampaignAsync(successor, "node-b");
        Assert.True(token.Value > Token.Value);
        Assert.IsType<AppendAnswer.Deposed>(await Store.AppendAsync(late, Cancel));
        Assert.IsType<LeadershipAnswer.HeldByOther>(await Store.RenewAsync(Token, Cancel));
        Assert.IsType<LeadershipAnswer.HeldByOther>(await Store.ResignAsync(Token, Cancel));

        var batch = TestChain.Batch(Fixture.LogId, LogTip.Empty, token, "timely");
        Assert.IsType<AppendAnswer.Appended>(await successor.AppendAsync(batch, Cancel));
        Assert.IsType<AppendAnswer.Deposed>(await Store.AppendAsync(late, Cancel)); // though the tip has moved as well: its next step is not to retry
        await AssertHoldsAsync(batch.Entries);
    }

    [Fact]
    public async Task A_node_that_campaigns_again_voids_its_own_old_token()
    {
        var again = await CampaignAsync(Store, "node-a");
        Assert.True(again.Value > Token.Value);

        Assert.IsType<AppendAnswer.Deposed>(await Store.AppendAsync(TestChain.Batch(Fixture.LogId, LogTip.Empty, Token, "old"), Cancel));
        Assert.IsType<AppendAnswer.Appended>(await Store.AppendAsync(TestChain.Batch(Fixture.LogId, LogTip.Empty, again, "new"), Cancel));
    }

    [Fact]
    public async Task Who_resigns_makes_room_at_once_and_can_append_no_more()
    {
        Assert.IsType<LeadershipAnswer.Held>(await Store.ResignAsync(Token, Cancel));
        Assert.IsType<AppendAnswer.Deposed>(await Store.AppendAsync(TestChain.Batch(Fixture.LogId, LogTip.Empty, Token, "resigned"), Cancel));
        Assert.IsType<LeadershipAnswer.HeldByOther>(await Store.RenewAsync(Token, Cancel));

        Assert.True((await CampaignAsync(Store, "node-b")).Value > Token.Value);
    }

    [Fact]
    public async Task A_token_that_was_never_given_holds_nothing()
    {
        var invented = new LeaderToken(Token.Value + 1_000);

        Assert.IsType<AppendAnswer.Deposed>(await Store.AppendAsync(TestChain.Batch(Fixture.LogId, LogTip.Empty, invented, "invented"), Cancel));
        Assert.IsType<LeadershipAnswer.HeldByOther>(await Store.RenewAsync(invented, Cancel));
        await AppendAsync("given");
    }

    [Fact]
    public async Task Tokens_grow_across_a_restart()
    {
        var before = Token;
        await ReopenAsync();
        Assert.True(Token.Value > before.Value);
        Assert.IsType<AppendAnswer.Deposed>(await Store.AppendAsync(TestChain.Batch(Fixture.LogId, LogTip.Empty, before, "before"), Cancel));
    }
}
