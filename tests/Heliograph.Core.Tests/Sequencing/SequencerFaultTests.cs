// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Xunit;

namespace Heliograph.Core.Tests.Sequencing;

/// <summary>Every answer that a store can give, and what becomes of the author.</summary>
public sealed class SequencerFaultTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_unknown_outcome_that_landed_is_found_and_not_written_twice()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        authority.Store.NextAppends.Enqueue(batch =>
        {
            Assert.IsType<AppendAnswer.Appended>(authority.Store.Land(batch));
            return Answer(new AppendAnswer.OutcomeUnknown("The connection broke."));
        });

        Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "1", "r1"));

        Assert.Single(authority.Store.Entries, entry => entry.Content.RequestId == "r1");
        authority.CheckHead();
    }

    [Fact]
    public async Task An_unknown_outcome_that_did_not_land_is_retried_under_the_same_id()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        authority.Store.NextAppends.Enqueue(_ => Answer(new AppendAnswer.OutcomeUnknown("The connection broke.")));

        Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "1", "r1"));

        Assert.Single(authority.Store.Entries, entry => entry.Content.RequestId == "r1");
    }

    [Fact]
    public async Task An_unknown_outcome_that_lands_late_has_one_effect()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        authority.Store.NextAppends.Enqueue(batch =>
        {
            authority.Store.NextAppends.Enqueue(_ => // the first try arrives while the second is on its way
            {
                Assert.IsType<AppendAnswer.Appended>(authority.Store.Land(batch));
                return Task.FromResult<AppendAnswer?>(null);
            });
            return Answer(new AppendAnswer.OutcomeUnknown("The connection broke."));
        });

        Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "1", "r1"));

        Assert.Single(authority.Store.Entries, entry => entry.Content.RequestId == "r1");
    }

    [Fact]
    public async Task A_full_disk_behind_an_unknown_outcome_is_no_answer_and_the_author_is_told_so_at_the_deadline()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        authority.Store.NextAppends.Enqueue(_ => Answer(new AppendAnswer.OutcomeUnknown("?")));
        var stuck = new TaskCompletionSource();
        authority.Store.NextAppends.Enqueue(async _ => { stuck.SetResult(); await Task.Yield(); return new AppendAnswer.Full("No space."); });
        var change = authority.PutAsync("a", "1", "r1");
        await stuck.Task;

        authority.Time.Advance(authority.Options.SubmitDeadline);

        Assert.IsType<SubmitResult.OutcomeUnknown>(await change);
        await PassAsync(authority, () => authority.Value("a") == "1"); // the sequencer does not give up: the change lands in the end
        Assert.IsType<SubmitResult.Duplicate>(await authority.PutAsync("a", "1", "r1"));
    }

    [Fact]
    public async Task A_full_store_and_an_unavailable_one_refuse_with_nothing_written()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        authority.Store.NextAppends.Enqueue(_ => Answer(new AppendAnswer.Full("No space.")));
        authority.Store.NextAppends.Enqueue(_ => Answer(new AppendAnswer.Unavailable("Compacting.", TimeSpan.FromSeconds(2))));

        Assert.IsType<SubmitResult.StoreFull>(await authority.PutAsync("a", "1", "r1"));
        Assert.Equal(TimeSpan.FromSeconds(2), Assert.IsType<SubmitResult.Unavailable>(await authority.PutAsync("a", "1", "r2")).RetryAfter);
        Assert.Null(authority.Value("a"));
        Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "1", "r3"));
    }

    [Fact]
    public async Task When_the_log_has_moved_the_change_is_decided_again_on_what_it_holds_now()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        var seen = sequencer.Current.State.Find(Authority.Shop)!.Revision;
        authority.Store.NextAppends.Enqueue(batch =>
        {
            // Another origin with the same view commits first
            authority.Store.Land(Foreign(batch, "other", "theirs"));
            return Task.FromResult<AppendAnswer?>(null);
        });

        Assert.IsType<SubmitResult.Conflict>(await authority.PutAsync("a", "mine", "r1", expected: seen));

        Assert.Equal("theirs", authority.Value("a"));
        authority.CheckHead();
        Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "mine", "r2"));
    }

    [Fact]
    public async Task A_request_that_another_origin_committed_is_answered_as_a_duplicate()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        authority.Store.NextAppends.Enqueue(batch =>
        {
            authority.Store.Land(Foreign(batch, "r1", "1")); // the author retried elsewhere, and that origin was faster
            return Task.FromResult<AppendAnswer?>(null);
        });

        var result = await authority.PutAsync("a", "1", "r1");

        Assert.IsType<SubmitResult.Duplicate>(result);
        Assert.Single(authority.Store.Entries, entry => entry.Content.RequestId == "r1");
    }

    [Fact]
    public async Task A_deposed_sequencer_asks_again_and_goes_on_if_it_may()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        authority.Store.Depose();

        Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "1", "r1"));
    }

    [Fact]
    public async Task While_another_origin_leads_changes_are_refused_and_what_it_commits_is_served()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        authority.Store.OtherLeader = "origin-b";
        var theirs = authority.Store.Depose();
        Assert.Contains("origin-b", Assert.IsType<SubmitResult.Unavailable>(await authority.PutAsync("a", "1", "r1")).Reason, StringComparison.Ordinal);
        Assert.NotNull(sequencer.ReadOnlyReason);

        var entry = Next(sequencer.Current.State, "other", "theirs");
        var heard = new Heard(sequencer);
        Assert.IsType<AppendAnswer.Appended>(authority.Store.Land(new(sequencer.Current.State.Tip, theirs, [entry])));
        await heard.NextCommit.Task.WaitAsync(Cancel);

        Assert.Equal("theirs", authority.Value("a"));
        authority.CheckHead();

        // And when the other origin is gone, this one leads again
        authority.Store.OtherLeader = null;
        await PassAsync(authority, () => sequencer.ReadOnlyReason is null);
        Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", "1", "r2"));
    }

    [Fact]
    public async Task Reads_that_fail_after_an_append_are_repeated_before_anything_is_signed()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        authority.Store.NextAppends.Enqueue(batch =>
        {
            var answer = authority.Store.Land(batch);
            authority.Store.NextReads.Enqueue(new StoreAnswer<EntryPage>.Unavailable("Busy.", TimeSpan.FromMilliseconds(100)));
            authority.Store.NextReads.Enqueue(new StoreAnswer<EntryPage>.OutcomeUnknown("?"));
            return Task.FromResult<AppendAnswer?>(answer);
        });
        var change = authority.PutAsync("a", "1", "r1");
        await PassAsync(authority, () => change.IsCompleted);

        Assert.IsType<SubmitResult.Committed>(await change);
    }

    [Fact]
    public async Task A_store_that_says_appended_and_does_not_hold_it_ends_the_origin()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        authority.Store.NextAppends.Enqueue(batch => Answer(new AppendAnswer.Appended(new(batch.Entries[^1].Revision, batch.Entries[^1].Hash, 0))));

        Assert.IsType<SubmitResult.OutcomeUnknown>(await authority.PutAsync("a", "1", "r1"));

        await Assert.ThrowsAsync<LogLostException>(() => sequencer.Completion);
        Assert.IsNotType<SubmitResult.Committed>(await authority.PutAsync("a", "1", "r2"));
    }

    [Fact]
    public async Task A_store_that_failed_ends_the_origin()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();

        authority.Store.Fail("fsync: input/output error");

        var lost = await Assert.ThrowsAsync<LogLostException>(() => sequencer.Completion.WaitAsync(Cancel));
        Assert.Contains("input/output", lost.Message, StringComparison.Ordinal);
        Assert.IsNotType<SubmitResult.Committed>(await authority.PutAsync("a", "1", "r1"));
    }

    [Fact]
    public async Task Damage_ends_the_origin()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        authority.Store.NextAppends.Enqueue(_ => Answer(new AppendAnswer.OutcomeUnknown("?")));
        authority.Store.NextFinds.Enqueue(new StoreAnswer<long?>.Corrupt("A page does not match its checksum."));

        Assert.IsType<SubmitResult.OutcomeUnknown>(await authority.PutAsync("a", "1", "r1"));
        await Assert.ThrowsAsync<LogLostException>(() => sequencer.Completion);
    }

    [Fact]
    public async Task A_mark_that_cannot_be_raised_ends_the_origin_before_a_head_is_signed()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        var head = sequencer.Current.Head;
        authority.Mark.AdvanceFault = new IOException("No space left on device.");

        Assert.IsType<SubmitResult.OutcomeUnknown>(await authority.PutAsync("a", "1", "r1"));

        await Assert.ThrowsAsync<IOException>(() => sequencer.Completion);
        Assert.Same(head, sequencer.Current.Head);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_log_behind_the_mark_is_served_read_only_and_nothing_is_signed(int lost)
    {
        await using var first = new Authority();
        await first.OpenShopAsync();
        await first.PutAsync("a", "1", "r1");
        await first.PutAsync("a", "2", "r2");
        await first.Sequencer.DisposeAsync();
        first.Store.LoseLast(lost);

        await using var again = await Sequencer.StartAsync(first.Store, new NoSigner(), first.Mark, first.Anchor, first.Options, first.Time, Cancel);

        Assert.Contains("entries are missing", again.ReadOnlyReason, StringComparison.Ordinal);
        Assert.Null(again.Current.Head);
        Assert.NotNull(again.Current.State.Find(Authority.Shop));
        Assert.IsType<SubmitResult.ReadOnly>(await again.SubmitAsync(Authority.Put("a", "3", "r3"), Cancel));
    }

    [Fact]
    public async Task A_log_with_another_entry_at_the_mark_is_served_read_only()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        await sequencer.DisposeAsync();
        authority.Mark.Tip = authority.Mark.Tip with { Hash = new Hash256(new byte[32]) };

        await using var again = await Sequencer.StartAsync(authority.Store, new NoSigner(), authority.Mark, authority.Anchor, authority.Options, authority.Time, Cancel);

        Assert.Contains("another entry", again.ReadOnlyReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_mark_is_recovery_too()
    {
        await using var authority = new Authority();
        authority.Mark.ReadFault = new InvalidDataException("Both slots are damaged.");

        var sequencer = await authority.StartAsync();

        Assert.Contains("Both slots", sequencer.ReadOnlyReason, StringComparison.Ordinal);
        Assert.Empty(authority.Store.Entries);
    }

    [Fact]
    public async Task A_heartbeat_signs_a_fresh_head_only_if_the_store_still_holds_the_state()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        var (heard, first) = (new Heard(sequencer), sequencer.Current.Head!);

        authority.Store.TipAnswer = new StoreAnswer<LogTip>.Unavailable("Away.", TimeSpan.FromSeconds(1));
        authority.Time.Advance(authority.Options.Heartbeat);
        Assert.Same(first, sequencer.Current.Head);
        authority.Store.TipAnswer = null;
        await PassAsync(authority, () => heard.Heads > 0);

        var fresh = sequencer.Current.Head!;
        Assert.Equal((first.Revision, first.DirectoryRoot), (fresh.Revision, fresh.DirectoryRoot));
        Assert.True(fresh.IssuedAt > first.IssuedAt);
        Assert.Equal(authority.Options.HeadLifetime, fresh.ExpiresAt - fresh.IssuedAt);
        authority.CheckHead();
    }

    [Fact]
    public async Task A_store_that_went_back_ends_the_origin_at_the_next_heartbeat()
    {
        await using var authority = new Authority();
        var sequencer = await authority.OpenShopAsync();
        authority.Store.LoseLast(1);

        authority.Time.Advance(authority.Options.Heartbeat);

        await Assert.ThrowsAsync<LogLostException>(() => sequencer.Completion.WaitAsync(Cancel));
    }

    [Fact]
    public async Task Committed_at_never_falls_whatever_the_clock_does()
    {
        await using var authority = new Authority();
        await authority.OpenShopAsync();
        authority.Store.NextAppends.Enqueue(batch =>
        {
            var entry = batch.Entries[0].Content.Clone();
            entry.CommittedAtMs += 86_400_000; // the other origin's clock is a day ahead
            entry.RequestId = "other";
            authority.Store.Land(batch with { Entries = [LogEntry.Seal(entry)] });
            return Task.FromResult<AppendAnswer?>(null);
        });
        await authority.PutAsync("a", "1", "r1");
        await authority.PutAsync("a", "2", "r2");

        var times = authority.Store.Entries.Select(entry => entry.Content.CommittedAtMs).ToList();
        Assert.Equal(times.Order(), times);
    }

    private static Task<AppendAnswer?> Answer(AppendAnswer answer) => Task.FromResult<AppendAnswer?>(answer);

    /// <summary>The same place in the log, taken by another origin's entry.</summary>
    private static AppendBatch Foreign(AppendBatch batch, string requestId, string value)
    {
        var entry = batch.Entries[0].Content.Clone();
        entry.RequestId = requestId;
        entry.ChangeSettings.Changes[0].Put.Value = Google.Protobuf.ByteString.CopyFromUtf8(value);
        return batch with { Entries = [LogEntry.Seal(entry)] };
    }

    private static LogEntry Next(RealmState state, string requestId, string value)
    {
        var draft = new Core.Wire.Entry
        {
            LogId = Google.Protobuf.ByteString.CopyFrom(state.LogId.ToArray()),
            Epoch = 1,
            Sequence = (ulong)state.Revision.Sequence + 1,
            PreviousHash = Google.Protobuf.ByteString.CopyFrom(state.Tip.Hash.ToArray()),
            CommittedAtMs = state.Tip.CommittedAtMs,
            RequestId = requestId,
            RequestDigest = Google.Protobuf.ByteString.CopyFrom(new byte[32]),
            Actor = "bob",
            Namespace = "shop",
            ChangeSettings = new(),
        };
        draft.ChangeSettings.Changes.Add(new Core.Wire.SettingChange { Key = "a", Put = new() { Value = Google.Protobuf.ByteString.CopyFromUtf8(value) } });
        return LogEntry.Seal(draft);
    }

    /// <summary>Lets virtual time pass, a little at a time, until something holds.</summary>
    private static async Task PassAsync(Authority authority, Func<bool> holds)
    {
        for (var i = 0; i < 2_000 && !holds(); i++)
        {
            authority.Time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
            if (i % 20 == 19) await Task.Delay(1, Cancel); // the loop runs on the pool: let it
        }
        Assert.True(holds());
    }

    private sealed class Heard : IRealmObserver
    {
        public Heard(Sequencer sequencer) => sequencer.Observe(this);

        public TaskCompletionSource NextCommit { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Heads { get; private set; }

        public void OnCommitted(CommittedRealm before, CommittedRealm now, IReadOnlyList<LogEntry> entries) => NextCommit.TrySetResult();

        public void OnHead(SignedHead head) => Heads++;

        public void OnMode(string? readOnlyReason) { }
    }

    private sealed class NoSigner : IHeadSigner
    {
        public string KeyId => "k1";

        public byte[] Sign(ReadOnlySpan<byte> data) => throw new InvalidOperationException("Nothing may be signed.");
    }
}
