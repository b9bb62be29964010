// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Xunit;

namespace Heliograph.Replication.Tests.Support;

/// <summary>One end of a connection that speaks the protocol by hand: a subscriber that reads when the test says so, or a parent that says what the test wants.</summary>
internal sealed class RawPeer(IConnection connection)
{
    private readonly FrameDecoder _decoder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask SendAsync(FrameType type, IMessage message) => connection.WriteAsync(Frame.Encode(type, message), Cancel);

    public ValueTask SendBytesAsync(byte[] bytes) => connection.WriteAsync(bytes, Cancel);

    /// <summary>The next frame, or <see langword="null"/> at the end of the stream.</summary>
    public async Task<(FrameType Type, byte[] Message)?> ReadAsync()
    {
        while (true)
        {
            if (_decoder.TryRead(out var type, out var message)) return (type, message.ToArray());
            var count = await connection.ReadAsync(_decoder.GetBuffer(), Cancel);
            if (count == 0) return null;
            _decoder.Advance(count);
        }
    }

    /// <summary>The next frame of a type; others are passed over.</summary>
    public async Task<T> ReadAsync<T>(FrameType wanted, MessageParser<T> parser) where T : IMessage<T>
    {
        while (true)
        {
            var frame = await ReadAsync() ?? throw new IOException($"The stream ended before a {wanted} frame came.");
            if (frame.Type == wanted) return parser.ParseFrom(frame.Message);
        }
    }

    /// <summary>As a follower: says hello and waits for the welcome.</summary>
    public async Task<Welcome> HelloAsync(Hash256 logId, string id = "raw", Role role = Role.Client)
    {
        await SendAsync(FrameType.Hello, HelloOf(logId, id, role));
        return await ReadAsync(FrameType.Welcome, Welcome.Parser);
    }

    public static Hello HelloOf(Hash256 logId, string id = "raw", Role role = Role.Client) => new()
    {
        ProtocolMin = 1,
        ProtocolMax = 1,
        Instance = new Instance { Id = id },
        Role = role,
        LogId = ByteString.CopyFrom(logId.ToArray()),
    };

    public ValueTask SubscribeAsync(NamespaceName name, Revision cursor = default) =>
        SendAsync(FrameType.Subscribe, new Subscribe { Subscriptions = { new Subscription { Namespace = name.Value, Cursor = cursor.ToWire() } } });

    /// <summary>As a parent: reads the hello and welcomes.</summary>
    public async Task<Hello> WelcomeAsync(Hash256 logId)
    {
        var hello = await ReadAsync(FrameType.Hello, Hello.Parser);
        await SendAsync(FrameType.Welcome, new Welcome { Protocol = 1, ServerId = "raw", ServerRole = "relay", LogId = ByteString.CopyFrom(logId.ToArray()), HeartbeatSeconds = 10 });
        return hello;
    }
}
