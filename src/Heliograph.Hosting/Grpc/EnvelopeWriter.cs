// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Heliograph.Protocol;

namespace Heliograph.Hosting.Grpc;

/// <summary>Turns a stream of native frames into the messages of a gRPC stream: each frame gets another beginning, its message goes through as it is.</summary>
/// <remarks>Not thread-safe. Keeps nothing but where in a frame it is: a frame may come in pieces cut anywhere, and no piece waits for the next.</remarks>
internal sealed class EnvelopeWriter(PipeWriter output)
{
    private readonly byte[] _header = new byte[Frame.HeaderBytes];
    private int _headerBytes, _messageLeft;

    /// <summary>Puts the next bytes of the native stream into the pipe, which still has to be flushed: the one copy that is made.</summary>
    /// <exception cref="ProtocolException">What should be a frame is none: a mistake on this side.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_messageLeft == 0 && !TryBegin(ref bytes)) return;
            var part = bytes[..Math.Min(_messageLeft, bytes.Length)];
            output.Write(part);
            _messageLeft -= part.Length;
            bytes = bytes[part.Length..];
        }
    }

    private bool TryBegin(ref ReadOnlySpan<byte> bytes)
    {
        var part = bytes[..Math.Min(_header.Length - _headerBytes, bytes.Length)];
        part.CopyTo(_header.AsSpan(_headerBytes));
        bytes = bytes[part.Length..];
        _headerBytes += part.Length;
        if (_headerBytes < _header.Length) return false;
        _headerBytes = 0;
        var length = BinaryPrimitives.ReadUInt32BigEndian(_header);
        if (length is 0 or > Limits.FrameBytesMax) throw new ProtocolException($"A frame of {length} bytes was to be sent; a frame has 1 to {Limits.FrameBytesMax}.");
        _messageLeft = (int)length - sizeof(byte);
        var beginning = output.GetSpan(EnvelopeFormat.PrefixBytes + EnvelopeFormat.HeaderBytesMax);
        output.Advance(EnvelopeFormat.WriteBeginning(beginning, _header[sizeof(uint)], _messageLeft));
        return true;
    }
}
