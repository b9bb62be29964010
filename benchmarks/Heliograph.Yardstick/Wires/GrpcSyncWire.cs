// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Yardstick.Load;

namespace Heliograph.Yardstick.Wires;

/// <summary>The gRPC envelope: the same frames, each in a message of one bidirectional call over HTTP/2.</summary>
internal sealed class GrpcSyncWire(SyncPlan plan, bool isTls) : SyncWire(plan), Http2Stream.IConsumer
{
    private const int CallStream = 1, MessageHeaderBytes = 5;

    private readonly byte[] _open = [.. Http2Frames.Preface, .. Http2Frames.OpenCall(CallStream, "/heliograph.sync.v1.Sync/Connect", isTls)];

    /// <summary>One subscriber's call: its HTTP/2 connection, and the message that is coming.</summary>
    private sealed class Call
    {
        public Http2Stream Http2 { get; } = new();

        public byte[] Header { get; } = new byte[MessageHeaderBytes];

        public byte[]? Message { get; set; }

        public int HeaderBytes { get; set; }

        public int Filled { get; set; }

        public int Length => BinaryPrimitives.ReadInt32BigEndian(Header.AsSpan(1));
    }

    public override void OnConnected(Subscriber subscriber)
    {
        StateOf(subscriber).Envelope = new Call();
        subscriber.Send(_open);
        base.OnConnected(subscriber);
    }

    public override void OnData(Subscriber subscriber, ReadOnlySpan<byte> data) => CallOf(subscriber).Http2.Take(subscriber, data, this);

    protected override void SendFrame(Subscriber subscriber, ReadOnlySpan<byte> frame) =>
        subscriber.Send(Http2Frames.Message(CallStream, new Envelope { Type = frame[sizeof(uint)], Message = ByteString.CopyFrom(frame[Frame.HeaderBytes..]) }.ToByteArray(), isLast: false));

    void Http2Stream.IConsumer.OnData(Subscriber subscriber, int stream, ReadOnlySpan<byte> data)
    {
        var call = CallOf(subscriber);
        while (!data.IsEmpty)
        {
            if (call.Message is null)
            {
                var part = Math.Min(MessageHeaderBytes - call.HeaderBytes, data.Length);
                data[..part].CopyTo(call.Header.AsSpan(call.HeaderBytes));
                call.HeaderBytes += part;
                data = data[part..];
                if (call.HeaderBytes < MessageHeaderBytes) return;
                if (call.Length is < 0 or > Limits.FrameBytesMax + 64) throw new InvalidDataException($"A message of {call.Length} bytes was announced.");
                (call.Message, call.Filled) = (ArrayPool<byte>.Shared.Rent(call.Length), 0);
            }
            var take = Math.Min(call.Length - call.Filled, data.Length);
            data[..take].CopyTo(call.Message.AsSpan(call.Filled));
            call.Filled += take;
            data = data[take..];
            if (call.Filled < call.Length) return;
            OnEnvelope(subscriber, call.Message.AsSpan(0, call.Length));
            ArrayPool<byte>.Shared.Return(call.Message);
            (call.Message, call.HeaderBytes) = (null, 0);
        }
    }

    void Http2Stream.IConsumer.OnEnd(Subscriber subscriber, int stream)
    {
        if (StateOf(subscriber).DrainWait is null) subscriber.Recorder.Fault($"subscriber {subscriber.Index}: the call ended");
    }

    private void OnEnvelope(Subscriber subscriber, ReadOnlySpan<byte> envelope)
    {
        var type = 0UL;
        var message = ReadOnlySpan<byte>.Empty;
        var fields = new FieldReader(envelope);
        while (fields.Next())
        {
            if (fields.Field == 1) type = fields.Number;
            else if (fields.Field == 2) message = fields.Bytes;
        }
        var state = StateOf(subscriber);
        if (state.Journal is { } journal)
        {
            Span<byte> header = stackalloc byte[Frame.HeaderBytes];
            BinaryPrimitives.WriteInt32BigEndian(header, message.Length + 1);
            header[sizeof(uint)] = (byte)type;
            journal.Append(header);
            journal.Append(message);
        }
        OnFrame(subscriber, state, (FrameType)type, message);
    }

    private Call CallOf(Subscriber subscriber) => (Call)StateOf(subscriber).Envelope!;
}
