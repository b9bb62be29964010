// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.FanOut;

/// <summary>Reads what a subscriber sends: subscriptions, reports, requests for proofs.</summary>
internal sealed class SubscriberSession(FanOutHub hub, Subscriber subscriber, FrameDecoder decoder)
{
    /// <summary>Longest frame that a client may send; agents and relays, which report for others, may send the protocol's longest.</summary>
    public const int ClientFrameBytesMax = 64 << 10;

    /// <summary>The first frame, which must be a hello; <see langword="null"/> if the connection ended before it.</summary>
    public static async Task<Hello?> ReadHelloAsync(IConnection connection, FrameDecoder decoder, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (decoder.TryRead(out var type, out var message))
                return type == FrameType.Hello ? Parse(Hello.Parser, message) : throw new ProtocolException($"The first frame was of type {(byte)type}, not a hello.");
            var count = await connection.ReadAsync(decoder.GetBuffer(), cancellationToken);
            if (count == 0) return null;
            decoder.Advance(count);
        }
    }

    /// <summary>Reads until the connection ends.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (decoder.TryRead(out var type, out var message)) Handle(type, message);
            var count = await subscriber.Connection.ReadAsync(decoder.GetBuffer(), cancellationToken);
            if (count == 0) return;
            decoder.Advance(count);
        }
    }

    private void Handle(FrameType type, ReadOnlyMemory<byte> message)
    {
        switch (type)
        {
            case FrameType.Subscribe:
                foreach (var wanted in Parse(Subscribe.Parser, message).Subscriptions) hub.Subscribe(subscriber, Name(wanted.Namespace), wanted.Cursor.ToRevision());
                break;
            case FrameType.Unsubscribe:
                foreach (var name in Parse(Unsubscribe.Parser, message).Namespaces) hub.Unsubscribe(subscriber, Name(name));
                break;
            case FrameType.Status:
                hub.Report(subscriber, Parse(Status.Parser, message));
                break;
            case FrameType.ProofRequest:
                var names = Parse(ProofRequest.Parser, message).Namespaces;
                foreach (var cursor in subscriber.Cursors)
                    if (names.Count == 0 || names.Contains(cursor.Channel.Name.Value)) cursor.MarkProofDue();
                break;
            case FrameType.Follow:
                hub.Follow(subscriber, Parse(Follow.Parser, message));
                break;
            case FrameType.Run:
                hub.Hear(subscriber, Parse(Run.Parser, message));
                break;
            case FrameType.Hello:
                throw new ProtocolException("A second hello came.");
            default:
                break; // a later version's frame: it can be nothing that is needed
        }
    }

    private static NamespaceName Name(string text) =>
        NamespaceName.TryParse(text, out var name, out var error) ? name : throw new ProtocolException(error);

    private static T Parse<T>(MessageParser<T> parser, ReadOnlyMemory<byte> message) where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(message.Span);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new ProtocolException($"A {typeof(T).Name} frame is malformed.", exception);
        }
    }
}
