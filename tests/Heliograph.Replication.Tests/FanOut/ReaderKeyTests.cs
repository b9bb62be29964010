// SPDX-License-Identifier: Apache-2.0
using System.Collections.Frozen;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Access;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.FanOut;

/// <summary>Who is given reader keys: relays and agents that have proven to be, and nobody for saying so.</summary>
public sealed class ReaderKeyTests : IAsyncDisposable
{
    private static readonly NamespaceName s_shop = NamespaceName.Parse("shop.cart"), s_secret = NamespaceName.Parse("shop.secret");
    private static readonly byte[] s_key = [.. Enumerable.Range(0, 32).Select(value => (byte)value)];

    private readonly TestRealm _realm;
    private readonly HubRig _hub;

    public ReaderKeyTests()
    {
        var clock = new FakeTimeProvider();
        _realm = new TestRealm(clock);
        _realm.Put(s_shop, ("a", "1"));
        _realm.Put(s_secret, ("a", "1"));
        _hub = new HubRig(_realm, _realm.Anchor, clock, new FanOutOptions
        {
            ServerId = "relay-7", ServerRole = "relay", ReaderKeys = new EveryKey(), ReaderKeySubjects = FrozenSet.Create("local:uid=1000"),
        });
        _hub.Forbidden.Add(s_secret);
    }

    [Theory]
    [InlineData("spiffe://shop/relay/eu-1", PeerKind.Certificate, Role.Relay)]
    [InlineData("spiffe://shop/agent/host-1", PeerKind.Certificate, Role.Agent)]
    [InlineData("local:uid=1000", PeerKind.Local, Role.Agent)]
    [InlineData("local:uid=1000", PeerKind.Local, Role.Relay)]
    public async Task A_relay_or_an_agent_that_has_proven_to_be_one_gets_the_key_of_what_it_may_read(string subject, PeerKind kind, Role role)
    {
        var keys = await AskAsync(new(subject, kind), role, wantsKeys: true);

        var key = Assert.Single(keys);
        Assert.Equal((s_shop.Value, Convert.ToHexString(s_key)), (key.Namespace, Convert.ToHexString(key.Key.Span)));
    }

    [Theory]
    [InlineData("local", PeerKind.Local, Role.Agent, "whoever is on loopback")]
    [InlineData("local", PeerKind.Local, Role.Relay, "whoever is on loopback")]
    [InlineData("local:uid=1001", PeerKind.Local, Role.Agent, "another user of the host")]
    [InlineData("local:uid=0", PeerKind.Local, Role.Agent, "another user of the host, be it the first")]
    [InlineData("local:uid=10000", PeerKind.Local, Role.Agent, "a user whose number begins alike")]
    [InlineData("local:uid=1000", PeerKind.Local, Role.Client, "an application of the own user")]
    [InlineData("local:uid=1000", PeerKind.Token, Role.Agent, "a token whose subject reads like a user")]
    [InlineData("token:ci", PeerKind.Token, Role.Agent, "a token")]
    [InlineData("spiffe://shop/agent/host-1", PeerKind.Token, Role.Agent, "a token whose subject reads like an agent's")]
    [InlineData("spiffe://shop/app/cart", PeerKind.Certificate, Role.Agent, "an application's certificate")]
    [InlineData("spiffe://shop/agent/host-1", PeerKind.Certificate, Role.Client, "an agent's certificate in a client")]
    public async Task Whoever_only_says_to_be_one_gets_none(string subject, PeerKind kind, Role role, string who) =>
        Assert.True((await AskAsync(new(subject, kind), role, wantsKeys: true)).Count == 0, $"A reader key was given to {who}.");

    [Fact]
    public async Task An_agent_that_does_not_ask_for_keys_gets_none() =>
        Assert.Empty(await AskAsync(new("spiffe://shop/agent/host-1", PeerKind.Certificate), Role.Agent, wantsKeys: false));

    [Fact]
    public async Task Without_being_told_whom_to_trust_a_tier_gives_keys_to_certificates_only()
    {
        await using var hub = new HubRig(_realm, _realm.Anchor, TimeProvider.System, new FanOutOptions { ServerId = "r", ServerRole = "relay", ReaderKeys = new EveryKey() });
        hub.Forbidden.Add(s_secret);

        Assert.Empty(await AskAsync(hub.Hub, new("local:uid=1000", PeerKind.Local), Role.Agent, wantsKeys: true));
        Assert.Single(await AskAsync(hub.Hub, new("spiffe://shop/agent/host-1", PeerKind.Certificate), Role.Agent, wantsKeys: true));
    }

    [Fact]
    public async Task A_relay_with_a_thousand_namespaces_gets_all_keys_though_it_reads_slowly()
    {
        // Given a relay whose link takes little, and more keys than may wait for it
        var names = Enumerable.Range(0, 1_000).Select(i => NamespaceName.Parse($"team-{i:D4}.{new string('n', 60)}")).ToList();
        foreach (var name in names) _realm.Put(name, ("a", "1"));
        await using var subscriber = RawSubscriber.Connect(_hub.Hub, peer: new("spiffe://shop/relay/eu-1", PeerKind.Certificate), capacityBytes: 1_024);
        var hello = RawPeer.HelloOf(_realm.Anchor.LogId, role: Role.Relay);
        hello.WantsReaderKeys = true;
        await subscriber.Peer.SendAsync(FrameType.Hello, hello);

        // When it subscribes to all of them and begins to read
        foreach (var name in names) await subscriber.Peer.SubscribeAsync(name);
        var keys = new HashSet<string>();
        while (keys.Count < names.Count && await subscriber.Peer.ReadAsync() is { } frame)
            if (frame.Type == FrameType.ReaderKeys) keys.UnionWith(ReaderKeys.Parser.ParseFrom(frame.Message).Keys.Select(key => key.Namespace));

        // Then it gets every one of them
        Assert.Equal(names.Select(name => name.Value).Order(StringComparer.Ordinal), keys.Order(StringComparer.Ordinal));
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    private Task<List<ReaderKey>> AskAsync(PeerIdentity peer, Role role, bool wantsKeys) => AskAsync(_hub.Hub, peer, role, wantsKeys);

    /// <summary>Subscribes to what may not be read and to what may, and asks for a proof when that has come: a key is written before it, if one is given.</summary>
    private async Task<List<ReaderKey>> AskAsync(FanOutHub hub, PeerIdentity peer, Role role, bool wantsKeys)
    {
        await using var subscriber = RawSubscriber.Connect(hub, peer: peer);
        var hello = RawPeer.HelloOf(_realm.Anchor.LogId, role: role);
        hello.WantsReaderKeys = wantsKeys;
        await subscriber.Peer.SendAsync(FrameType.Hello, hello);
        await subscriber.Peer.SubscribeAsync(s_secret);
        await subscriber.Peer.SubscribeAsync(s_shop);
        var keys = new List<ReaderKey>();
        while (await subscriber.Peer.ReadAsync() is { } frame)
        {
            if (frame.Type == FrameType.ReaderKeys) keys.AddRange(ReaderKeys.Parser.ParseFrom(frame.Message).Keys);
            if (frame.Type == FrameType.Update) await subscriber.Peer.SendAsync(FrameType.ProofRequest, new ProofRequest());
            if (frame.Type == FrameType.Freshness && Freshness.Parser.ParseFrom(frame.Message).Proofs.Count > 0) break;
        }
        return keys;
    }

    private sealed class EveryKey : IReaderKeySource
    {
        public ReadOnlyMemory<byte>? Find(NamespaceName name) => s_key;
    }
}
