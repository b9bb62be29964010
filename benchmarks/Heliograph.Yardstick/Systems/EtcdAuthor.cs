// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Wires;

namespace Heliograph.Yardstick.Systems;

/// <summary>An author at etcd, over gRPC on a connection of its own.</summary>
internal sealed class EtcdAuthor : IAuthor
{
    private const int KeysOfAuthor = 100, ValueBytes = 1_024, SmallValueBytes = 100;

    private readonly AuthorSocket _socket;
    private readonly int _author;
    private readonly byte[] _value = Stamp.NewValue(ValueBytes, Stamp.Live, 0), _small = Encoding.ASCII.GetBytes(new string('v', SmallValueBytes));
    private int _stream = -1;

    public EtcdAuthor(int port, int author)
    {
        (_socket, _author) = (new AuthorSocket(port), author);
        _socket.Send(Http2Frames.Preface);
    }

    public void Put(long number) => Call("Put", EtcdApi.PutRequest($"author{_author}/key{number % KeysOfAuthor}", [.. Number(number), .. _value]));

    public void PutMany(long number, int count) => Call("Txn", EtcdApi.TransactionOf(Enumerable.Range(0, count).Select(i => ($"author{_author}/batch{i}", (byte[])[.. Number(number), .. _small]))));

    public void Dispose() => _socket.Dispose();

    private static byte[] Number(long number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture) + " ");

    private void Call(string method, byte[] message)
    {
        _stream += 2;
        _socket.Send(Http2Frames.Call(_stream, $"/etcdserverpb.KV/{method}", message, isLast: true, isTls: false));
        var answered = false;
        while (true)
        {
            var header = _socket.Need(Http2Frames.HeaderBytes);
            var (length, type, flags) = (BinaryPrimitives.ReadInt32BigEndian(header) >>> 8, header[3], header[4]);
            var stream = BinaryPrimitives.ReadInt32BigEndian(header[5..]) & int.MaxValue;
            var body = _socket.Need(Http2Frames.HeaderBytes + length)[Http2Frames.HeaderBytes..];
            if (type == Http2Frames.Settings && (flags & Http2Frames.Acknowledge) == 0) _socket.Send(Http2Frames.Frame(Http2Frames.Settings, Http2Frames.Acknowledge, 0, []));
            else if (type == Http2Frames.Ping && (flags & Http2Frames.Acknowledge) == 0) _socket.Send(Http2Frames.Frame(Http2Frames.Ping, Http2Frames.Acknowledge, 0, body));
            answered |= type == Http2Frames.Data && stream == _stream && length > 0; // only a call that succeeded has a message
            _socket.Take(Http2Frames.HeaderBytes + length);
            if (stream != _stream || (flags & Http2Frames.EndStream) == 0) continue;
            if (!answered) throw new IOException($"etcd answered {method} with an error.");
            return;
        }
    }
}
