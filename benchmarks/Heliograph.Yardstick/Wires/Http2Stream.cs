// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using Heliograph.Yardstick.Load;

namespace Heliograph.Yardstick.Wires;

/// <summary>Where one subscriber's HTTP/2 connection is: takes frames apart, answers settings and pings.</summary>
internal sealed class Http2Stream
{
    private readonly byte[] _header = new byte[Http2Frames.HeaderBytes];
    private readonly byte[] _ping = new byte[8];
    private int _headerBytes, _left, _pinged;

    /// <summary>Who takes the data of a call, and learns that one has ended.</summary>
    public interface IConsumer
    {
        void OnData(Subscriber subscriber, int stream, ReadOnlySpan<byte> data);

        void OnEnd(Subscriber subscriber, int stream);
    }

    private int Length => BinaryPrimitives.ReadInt32BigEndian(_header) >>> 8;

    private byte Type => _header[3];

    private byte Flags => _header[4];

    private int Stream => BinaryPrimitives.ReadInt32BigEndian(_header.AsSpan(5)) & int.MaxValue;

    public void Take(Subscriber subscriber, ReadOnlySpan<byte> data, IConsumer consumer)
    {
        while (!data.IsEmpty)
        {
            if (_headerBytes < Http2Frames.HeaderBytes)
            {
                var part = Math.Min(Http2Frames.HeaderBytes - _headerBytes, data.Length);
                data[..part].CopyTo(_header.AsSpan(_headerBytes));
                _headerBytes += part;
                data = data[part..];
                if (_headerBytes < Http2Frames.HeaderBytes) return;
                (_left, _pinged) = (Length, 0);
            }
            var take = Math.Min(_left, data.Length);
            if (Type == Http2Frames.Data && take > 0) consumer.OnData(subscriber, Stream, data[..take]);
            else if (Type == Http2Frames.Ping) Keep(data[..take]);
            _left -= take;
            data = data[take..];
            if (_left > 0) return;
            _headerBytes = 0;
            End(subscriber, consumer);
        }
    }

    private void End(Subscriber subscriber, IConsumer consumer)
    {
        if (Type == Http2Frames.Settings && (Flags & Http2Frames.Acknowledge) == 0) subscriber.Send(Http2Frames.Frame(Http2Frames.Settings, Http2Frames.Acknowledge, 0, []));
        else if (Type == Http2Frames.Ping && (Flags & Http2Frames.Acknowledge) == 0) subscriber.Send(Http2Frames.Frame(Http2Frames.Ping, Http2Frames.Acknowledge, 0, _ping));
        else if (Type is Http2Frames.Data or Http2Frames.Headers && (Flags & Http2Frames.EndStream) != 0) consumer.OnEnd(subscriber, Stream);
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        part[..Math.Min(part.Length, _ping.Length - _pinged)].CopyTo(_ping.AsSpan(_pinged));
        _pinged = Math.Min(_ping.Length, _pinged + part.Length);
    }
}
