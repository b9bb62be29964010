// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Counting;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.FanOut;

// A connection from its hello to its end: who may enter, what it is greeted with, and what it leaves behind.
public sealed partial class FanOutHub
{
    /// <inheritdoc/>
    public async Task AcceptAsync(IConnection connection, PeerIdentity peer, CancellationToken renewal, CancellationToken cancellationToken)
    {
        var reason = "the connection ended";
        Subscriber? subscriber = null;
        try
        {
            var decoder = new FrameDecoder(SubscriberSession.ClientFrameBytesMax);
            subscriber = await GreetAsync(connection, peer, decoder, cancellationToken);
            if (subscriber is null) return;
            _logger.SubscriberConnected(subscriber.Name, subscriber.Hello.Role.ToString(), subscriber.Peer.Subject, connection.Peer);
            await ServeAsync(subscriber, decoder, renewal, cancellationToken);
        }
        catch (ProtocolException exception)
        {
            reason = exception.Message;
            _options.Counts.Refused(PeerRefusal.Protocol);
            _logger.PeerRefused(connection.Peer, "protocol", exception.Message);
            connection.Abort();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            reason = exception.Message;
        }
        finally
        {
            if (subscriber is not null) Leave(subscriber, reason);
        }
    }

    private async Task ServeAsync(Subscriber subscriber, FrameDecoder decoder, CancellationToken renewal, CancellationToken cancellationToken)
    {
        using var renewing = renewal.Register(() => subscriber.Send(Frame.Encode(FrameType.Drain, new Drain { Reason = "the connection has reached its age", Here = true })));
        var pumping = subscriber.PumpAsync(cancellationToken);
        try
        {
            await new SubscriberSession(this, subscriber, decoder).ReadAsync(cancellationToken);
        }
        finally
        {
            subscriber.End();
            subscriber.Connection.Abort();
            await pumping; // the connection is the listener's again when this returns: nobody writes to it any more
        }
    }

    private async Task<Subscriber?> GreetAsync(IConnection connection, PeerIdentity peer, FrameDecoder decoder, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_options.HelloDeadline, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var hello = await SubscriberSession.ReadHelloAsync(connection, decoder, either.Token);
        if (hello is null) return null;
        if (ProtocolVersion.Negotiate(hello.ProtocolMin, hello.ProtocolMax) is not { } protocol)
            return await RefuseAsync(connection, "protocol", $"This server speaks versions {ProtocolVersion.Min} to {ProtocolVersion.Max} of the protocol, the peer {hello.ProtocolMin} to {hello.ProtocolMax}.", either.Token);
        if (!hello.LogId.Span.SequenceEqual(_trust.Anchor.LogId.ToArray()))
            return await RefuseAsync(connection, "wrong_log", "The peer is pinned to another log. Give it this realm's trust file.", either.Token);
        if (_authorizer.Identify(peer, hello) is not { } identity)
        {
            _authorizer.OnDenied(peer, null);
            return await RefuseAsync(connection, "not_authorized", "The peer proved no identity of this realm. Give it a certificate or a token.", either.Token);
        }
        if (await ServesEntriesAsync(connection, decoder, identity, hello, protocol, cancellationToken)) return null; // that was all that it wanted
        if (hello.Role != Role.Client) decoder.FrameBytesMax = Limits.FrameBytesMax;
        if (Enter(connection, identity, hello) is not { } subscriber)
        {
            _options.Counts.Refused(PeerRefusal.Shed);
            await connection.WriteAsync(DrainFrame("this server takes no more subscribers now", TimeSpan.FromSeconds(10)), either.Token);
            return null;
        }
        subscriber.Send(Frame.Encode(FrameType.Welcome, WelcomeTo(hello, protocol)));
        subscriber.OfferTrust();
        if (Runs?.Greet(hello) is { Length: > 0 } greeting) subscriber.Send(greeting);
        if (_source.NewestHead is { } head)
            subscriber.SendHead(HeadFrame(head));
        return subscriber;
    }

    private Subscriber? Enter(IConnection connection, PeerIdentity identity, Hello hello)
    {
        lock (_sync)
        {
            if (_isDraining || _subscribers.Count >= _options.SubscribersMax) return null;
            var id = ++_lastId;
            var subscriber = new Subscriber(id, (int)(id % _shards.Length), connection, identity, hello, _trust, _options, _time, _snapshots);
            _shards[subscriber.Shard].Add(subscriber);
            _options.Counts.Entered();
            return _subscribers[id] = subscriber;
        }
    }

    private async Task<Subscriber?> RefuseAsync(IConnection connection, string code, string detail, CancellationToken cancellationToken)
    {
        _options.Counts.Refused(code);
        _logger.PeerRefused(connection.Peer, code, detail);
        await connection.WriteAsync(Frame.Encode(FrameType.Refused, new Refused { Code = code, Detail = detail }), cancellationToken);
        return null;
    }

    private void Leave(Subscriber subscriber, string reason)
    {
        subscriber.End();
        foreach (var cursor in subscriber.Cursors) Unsubscribe(subscriber, cursor.Channel.Name);
        _shards[subscriber.Shard].Remove(subscriber);
        lock (_sync) _subscribers.Remove(subscriber.Id);
        _names.Leave(subscriber);
        _reports.Remove(subscriber.Id);
        _logger.SubscriberGone(subscriber.Name, subscriber.Connection.Peer, reason);
    }
}
