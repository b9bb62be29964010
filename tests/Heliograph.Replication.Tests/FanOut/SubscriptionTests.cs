// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Merkle;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Tests.Support;
using Xunit;
using Status = Heliograph.Protocol.Wire.Status;

namespace Heliograph.Replication.Tests.FanOut;

/// <summary>What a subscription gives, and what takes it away.</summary>
public sealed class SubscriptionTests : HubScene
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart"), Secret = NamespaceName.Parse("shop.secret");

    [Fact]
    public async Task What_may_not_be_read_is_refused_and_never_sent()
    {
        _realm.Put(Secret, ("a", "1"));
        _hub.Forbidden.Add(Secret);
        await using var subscriber = await JoinAsync();

        await subscriber.Peer.SubscribeAsync(Secret);

        Assert.Equal("not_authorized", (await subscriber.Peer.ReadAsync(FrameType.Refused, Refused.Parser)).Code);
        _realm.Put(Secret, ("a", "2"));
        await Eventually.SettleAsync();
        Assert.Equal(0, subscriber.Link.Downward.Count(FrameType.Update));
    }

    [Fact]
    public async Task The_credentials_are_nobodys_to_subscribe()
    {
        _realm.Put(NamespaceName.Credentials, ("token", "hash"));
        await using var subscriber = await JoinAsync();

        await subscriber.Peer.SubscribeAsync(NamespaceName.Credentials);

        Assert.Equal("not_authorized", (await subscriber.Peer.ReadAsync(FrameType.Refused, Refused.Parser)).Code);
    }

    [Fact]
    public async Task A_policy_that_changes_cuts_the_cursor()
    {
        _realm.Put(Secret, ("a", "1"));
        await using var subscriber = await JoinAsync();
        await subscriber.Peer.SubscribeAsync(NamespaceName.Realm);
        await subscriber.Peer.SubscribeAsync(Secret);
        await Eventually.HoldsAsync(() => subscriber.Link.Downward.Count(FrameType.Update) == 2, "both");

        _hub.Forbidden.Add(Secret);
        _realm.Put(NamespaceName.Realm, ("policy", "2"));

        var refused = await subscriber.Peer.ReadAsync(FrameType.Refused, Refused.Parser);
        Assert.Equal((Secret.Value, "not_authorized"), (refused.Namespace, refused.Code));
        _realm.Put(Secret, ("a", "2"));
        await Eventually.SettleAsync();
        Assert.DoesNotContain(subscriber.Link.Downward.Frames, frame => frame.Type == FrameType.Update && Update.Parser.ParseFrom(frame.Message) is { Base: not null } update && update.Namespace == Secret.Value);
    }

    [Fact]
    public async Task A_change_that_waits_for_a_slow_subscriber_is_not_sent_after_the_policy_has_cut_it()
    {
        // Given a subscriber whose link is full
        _realm.Put(Secret, ("a", "1"));
        await using var subscriber = await JoinAsync(capacityBytes: 2_048);
        await subscriber.Peer.SubscribeAsync(Secret);
        await subscriber.Peer.ReadAsync(FrameType.Update, Update.Parser);
        await subscriber.Peer.SubscribeAsync(Shop);
        _realm.Put(Shop, ("filler", new string('x', 40_000)));
        await Eventually.HoldsAsync(() => subscriber.Link.Downward.WaitingBytes == 2_048, "the link is full");

        // When a change waits, and then the right to see it is taken away
        _realm.Put(Secret, ("a", "secret"));
        _clock.Advance(TimeSpan.FromMilliseconds(10));
        _hub.Forbidden.Add(Secret);
        _realm.Put(NamespaceName.Realm, ("policy", "2"));

        // Then it is not sent when the link is free again
        Refused refused;
        do refused = await subscriber.Peer.ReadAsync(FrameType.Refused, Refused.Parser);
        while (refused.Code == "not_found"); // of the filler, if it was asked for before it was there
        Assert.Equal(Secret.Value, refused.Namespace);
        await Eventually.SettleAsync();
        Assert.Equal(1, subscriber.Link.Downward.Frames.Count(frame => frame.Type == FrameType.Update && Update.Parser.ParseFrom(frame.Message).Namespace == Secret.Value));
    }

    [Fact]
    public async Task A_client_may_have_a_thousand_subscriptions_and_not_one_more()
    {
        await using var subscriber = await JoinAsync();
        var subscribe = new Subscribe();
        for (var i = 0; i < Limits.SubscriptionsMax; i++) subscribe.Subscriptions.Add(new Subscription { Namespace = $"n{i}" });
        await subscriber.Peer.SendAsync(FrameType.Subscribe, subscribe);

        await subscriber.Peer.SubscribeAsync(NamespaceName.Parse("one.more"));
        Refused refused;
        do refused = await subscriber.Peer.ReadAsync(FrameType.Refused, Refused.Parser);
        while (refused.Code == "not_found");
        Assert.Equal(("limit", "one.more"), (refused.Code, refused.Namespace));

        await subscriber.Peer.SendAsync(FrameType.Unsubscribe, new Unsubscribe { Namespaces = { "n0" } });
        _realm.Put(NamespaceName.Parse("one.more"), ("a", "1"));
        await subscriber.Peer.SubscribeAsync(NamespaceName.Parse("one.more"));
        await subscriber.Peer.ReadAsync(FrameType.Update, Update.Parser);
    }

    [Fact]
    public async Task A_complete_source_says_what_is_not_there_and_sends_it_when_it_comes()
    {
        await using var subscriber = await JoinAsync();
        await subscriber.Peer.SubscribeAsync(Shop);
        Assert.Equal("not_found", (await subscriber.Peer.ReadAsync(FrameType.Refused, Refused.Parser)).Code);

        _realm.Put(Shop, ("a", "1"));

        Assert.Equal(Shop.Value, (await subscriber.Peer.ReadAsync(FrameType.Update, Update.Parser)).Namespace);
    }

    [Fact]
    public async Task A_deletion_is_told_with_its_proof_also_to_those_who_come_later_and_a_new_life_begins_with_a_snapshot()
    {
        // Given two subscribers, one of them later
        _realm.Put(Shop, ("a", "1"));
        await using var subscriber = await JoinAsync();
        await subscriber.Peer.SubscribeAsync(Shop);
        await subscriber.Peer.ReadAsync(FrameType.Update, Update.Parser);

        // When the namespace is deleted
        _realm.Delete(Shop);
        await using var late = await JoinAsync("late");
        await late.Peer.SubscribeAsync(Shop, new Revision(1, 2));

        // Then both can see for themselves that it is gone
        foreach (var peer in (RawPeer[])[subscriber.Peer, late.Peer])
        {
            var refused = await peer.ReadAsync(FrameType.Refused, Refused.Parser);
            Assert.Equal("deleted", refused.Code);
            Assert.True(Core.Heads.SignedHead.TryParse(refused.SignedHead.Memory, out var head, out _));
            Assert.True(MerkleProof.Parse(refused.AbsenceProof.Span).VerifiesAbsence(head.DirectoryRoot, System.Text.Encoding.UTF8.GetBytes(Shop.Value)));
        }
        _realm.Put(Shop, ("a", "anew"));
        foreach (var peer in (RawPeer[])[subscriber.Peer, late.Peer]) Assert.Null((await peer.ReadAsync(FrameType.Update, Update.Parser)).Base);
    }

    [Fact]
    public async Task A_subscriber_that_says_anew_where_it_stands_is_believed()
    {
        _realm.Put(Shop, ("a", "1"));
        await using var subscriber = await JoinAsync();
        await subscriber.Peer.SubscribeAsync(Shop);
        await subscriber.Peer.ReadAsync(FrameType.Update, Update.Parser);

        await subscriber.Peer.SubscribeAsync(Shop); // it could not use what it got

        Assert.Null((await subscriber.Peer.ReadAsync(FrameType.Update, Update.Parser)).Base);
    }

    [Fact]
    public async Task A_subscriber_that_speaks_while_a_long_update_is_on_its_way_gets_it_again()
    {
        // Given a long snapshot that has begun
        _realm.Put(Shop, [.. Enumerable.Range(0, 20).Select(i => ($"k{i}", (string?)new string('x', 20_000)))]);
        await using var subscriber = await JoinAsync();
        await subscriber.Peer.SubscribeAsync(Shop);
        await subscriber.Peer.ReadAsync(FrameType.Update, Update.Parser);

        // When the subscriber begins again in the middle of it
        await subscriber.Peer.SubscribeAsync(Shop);

        // Then it gets the whole of it once more
        using var replica = new RawReplica(subscriber.Peer, Shop, _realm.Anchor, _clock);
        Assert.Equal([null], (await TakeAsync(replica)).Bases);
    }

    [Fact]
    public async Task Heads_come_between_the_chunks_of_a_long_update()
    {
        _realm.Put(Shop, [.. Enumerable.Range(0, 40).Select(i => ($"k{i}", (string?)new string('x', 50_000)))]);
        await using var subscriber = await JoinAsync(capacityBytes: 16 << 10);
        await subscriber.Peer.SubscribeAsync(Shop);
        await subscriber.Peer.ReadAsync(FrameType.Update, Update.Parser);

        _clock.Advance(TimeSpan.FromSeconds(10));
        _realm.Beat();
        await Eventually.SettleAsync(); // the head waits for its turn
        var types = new List<FrameType>();
        while (types.Count(type => type == FrameType.UpdateChunk) < 8) types.Add((await subscriber.Peer.ReadAsync())!.Value.Type);

        Assert.Contains(FrameType.Freshness, types);
    }

    [Fact]
    public async Task Proofs_are_sent_when_asked_for()
    {
        _realm.Put(Shop, ("a", "1"));
        await using var subscriber = await JoinAsync();
        using var replica = new RawReplica(subscriber.Peer, Shop, _realm.Anchor, _clock);
        await subscriber.Peer.SubscribeAsync(Shop);
        await replica.NextAsync();

        await subscriber.Peer.SendAsync(FrameType.ProofRequest, new ProofRequest());

        while ((await subscriber.Peer.ReadAsync(FrameType.Freshness, Freshness.Parser)).Proofs.Count == 0) { }
    }

    [Fact]
    public async Task Proofs_come_at_least_every_minute_and_heads_every_heartbeat()
    {
        _realm.Put(Shop, ("a", "1"));
        await using var subscriber = await JoinAsync();
        using var replica = new RawReplica(subscriber.Peer, Shop, _realm.Anchor, _clock);
        await subscriber.Peer.SubscribeAsync(Shop);
        await replica.NextAsync();
        var (lastProof, lastHead) = (_clock.GetUtcNow(), _clock.GetUtcNow());

        for (var beat = 0; beat < 40; beat++)
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            _realm.Beat();
            var seen = false;
            await Eventually.SettleAsync();
            while (!seen)
            {
                var frame = await subscriber.Peer.ReadAsync(FrameType.Freshness, Freshness.Parser);
                if (frame.Proofs.Count > 0) lastProof = _clock.GetUtcNow();
                seen = frame.SignedHead.Span.SequenceEqual(_realm.NewestHead!.Bytes.Span) && frame.Proofs.Count == 0;
            }
            lastHead = _clock.GetUtcNow();
            Assert.InRange(_clock.GetUtcNow() - lastProof, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        }
        Assert.Equal(_clock.GetUtcNow(), lastHead);
    }

    [Fact]
    public async Task Heads_are_not_sent_more_often_than_heartbeats_however_many_are_signed()
    {
        await using var subscriber = await JoinAsync();
        await subscriber.Peer.ReadAsync(FrameType.Freshness, Freshness.Parser);
        for (var i = 0; i < 100; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            _realm.Beat();
            await Eventually.SettleAsync();
        }

        Assert.InRange(subscriber.Link.Downward.Count(FrameType.Freshness), 1, 3);
    }

    [Fact]
    public async Task A_stalled_subscriber_is_cut_off_at_the_write_deadline()
    {
        await using var subscriber = await JoinAsync(capacityBytes: 1_024);
        _realm.Put(Shop, ("a", new string('x', 5_000)));
        await subscriber.Peer.SubscribeAsync(Shop);
        await Eventually.HoldsAsync(() => subscriber.Link.Downward.WaitingBytes == 1_024, "the link is full");

        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(28));
        Assert.False(subscriber.Serving.IsCompleted);
        await _clock.AdvanceUntilAsync(() => subscriber.Serving.IsCompleted, TimeSpan.FromSeconds(5), "the end");

        Assert.Equal(0, _hub.Hub.SubscriberCount);
    }

    [Theory]
    [InlineData("may not read")]
    [InlineData("are not there")]
    [InlineData("are too many")]
    public async Task A_peer_that_asks_for_thousands_of_names_and_reads_nothing_costs_no_more_than_any_other(string names)
    {
        // Given names that it does not get
        string[] asked = [.. Enumerable.Range(0, names == "are not there" ? Limits.SubscriptionsMax : 5 * Limits.SubscriptionsMax).Select(i => $"{new string('n', 100)}{i}")];
        if (names == "may not read") _hub.Forbidden.UnionWith(asked.Select(NamespaceName.Parse));
        await using var subscriber = await JoinAsync(capacityBytes: 256);

        // When it asks for them, and reads nothing
        foreach (var chunk in asked.Chunk(100))
        {
            var subscribe = new Subscribe();
            foreach (var name in chunk) subscribe.Subscriptions.Add(new Subscription { Namespace = name });
            await subscriber.Peer.SendAsync(FrameType.Subscribe, subscribe);
        }
        await Eventually.HoldsAsync(() => subscriber.Link.Upward.WaitingBytes == 0, "all of it was heard");

        // Then it is told once it reads, once for each name that a stream can carry
        Assert.InRange(_hub.Hub.WaitingBytesMax, 1, 64 << 10);
        var told = new HashSet<string>(StringComparer.Ordinal);
        while (told.Count < Limits.SubscriptionsMax) Assert.True(told.Add((await subscriber.Peer.ReadAsync(FrameType.Refused, Refused.Parser)).Namespace));
        Assert.False(subscriber.Serving.IsCompleted);
    }

    [Fact]
    public async Task What_was_refused_and_is_allowed_before_it_could_be_told_is_told_and_then_served()
    {
        // Given a subscriber whose link is full, and a refusal that waits
        _realm.Put(Secret, ("a", "1"));
        _hub.Forbidden.Add(Secret);
        await using var subscriber = await JoinAsync(capacityBytes: 1_024);
        await subscriber.Peer.SubscribeAsync(Shop);
        _realm.Put(Shop, ("filler", new string('x', 40_000)));
        await Eventually.HoldsAsync(() => subscriber.Link.Downward.WaitingBytes == 1_024, "the link is full");
        await subscriber.Peer.SubscribeAsync(Secret);
        await Eventually.SettleAsync();

        // When the policy changes meanwhile
        _hub.Forbidden.Clear();
        _realm.Put(NamespaceName.Realm, ("policy", "2"));

        // Then it hears of both, in this order: what it reported meanwhile counted for nothing, so it must know
        Assert.Equal(Secret.Value, (await subscriber.Peer.ReadAsync(FrameType.Refused, Refused.Parser)).Namespace);
        while ((await subscriber.Peer.ReadAsync(FrameType.Update, Update.Parser)).Namespace != Secret.Value) { }
    }

    [Fact]
    public async Task A_reader_that_crawls_does_not_keep_others_from_their_snapshots()
    {
        // Given one place for snapshots, taken by a reader that takes a little now and then
        var hub = new HubRig(_realm, _realm.Anchor, _clock, new FanOutOptions { ServerId = "h", ServerRole = "relay", SnapshotsAtOnceMax = 1 });
        await using var ending = hub;
        _realm.Put(Shop, [.. Enumerable.Range(0, 20).Select(i => ($"k{i}", (string?)new string('x', 50_000)))]);
        await using var crawling = await RawSubscriber.JoinAsync(hub.Hub, _realm.Anchor.LogId, "crawling", capacityBytes: 4_096);
        await crawling.Peer.SubscribeAsync(Shop);
        await Eventually.HoldsAsync(() => crawling.Link.Downward.WaitingBytes == 4_096, "the link is full");
        await using var waiting = await RawSubscriber.JoinAsync(hub.Hub, _realm.Anchor.LogId, "waiting");
        await waiting.Peer.SubscribeAsync(Shop);
        await Eventually.SettleAsync();
        Assert.Equal(0, waiting.Link.Downward.Count(FrameType.Update));

        // When it goes on like that: 1 MB at 4 KiB in 5 s would take 20 minutes
        for (var i = 0; i < 30 && !crawling.Serving.IsCompleted; i++)
        {
            crawling.Link.Downward.TakeHeld(4_096);
            await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(5));
        }

        // Then it is cut off, and the next gets its turn
        Assert.True(crawling.Serving.IsCompleted);
        using var replica = new RawReplica(waiting.Peer, Shop, _realm.Anchor, _clock);
        await replica.NextAsync();
    }

    private static async Task<RawReplica> TakeAsync(RawReplica replica)
    {
        await replica.NextAsync();
        return replica;
    }
}
