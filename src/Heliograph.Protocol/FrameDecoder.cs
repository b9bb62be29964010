// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace Heliograph.Protocol;

/// <summary>Cuts a byte stream into frames. Bounded: it never holds more than one frame and one read.</summary>
/// <param name="frameBytesMax">Longest frame that the other side may send, after its length field. A server gives followers less than the protocol's limit, for they only send small ones.</param>
/// <remarks>Not thread-safe. Usage: fill <see cref="GetBuffer"/>, tell <see cref="Advance"/>, take frames with <see cref="TryRead"/> until it says no. The buffer shrinks again when a large frame is done, so that an idle stream holds little.</remarks>
public sealed class FrameDecoder(int frameBytesMax = Limits.FrameBytesMax)
{
    private const int IdleBytes = 256;

    /// <summary>Longest frame accepted from here on.</summary>
    public int FrameBytesMax { get; set; } = frameBytesMax;

    private byte[] _buffer = new byte[IdleBytes];
    private int _start, _end;

    /// <summary>Where the next bytes of the stream belong. Never empty.</summary>
    public Memory<byte> GetBuffer()
    {
        var wanted = Wanted();
        if (_start > 0 && (_start == _end || _buffer.Length - _start < wanted))
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_buffer.Length < wanted) Array.Resize(ref _buffer, wanted);
        else if (_end == 0 && _buffer.Length > IdleBytes) _buffer = new byte[IdleBytes];
        if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        return _buffer.AsMemory(_end);
    }

    /// <summary>Takes note of <paramref name="count"/> bytes written to <see cref="GetBuffer"/>.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_buffer.Length - _end), nameof(count));
        _end += count;
    }

    /// <summary>The next whole frame, if it has come. Its memory is valid until the next call of <see cref="GetBuffer"/>.</summary>
    /// <exception cref="ProtocolException">The length is 0 or over the limit: the stream is not to be read further.</exception>
    public bool TryRead(out FrameType type, out ReadOnlyMemory<byte> message)
    {
        (type, message) = (default, default);
        if (_end - _start < sizeof(uint)) return false;
        var length = Length();
        if (_end - _start - sizeof(uint) < length) return false;
        type = (FrameType)_buffer[_start + sizeof(uint)];
        message = _buffer.AsMemory(_start + Frame.HeaderBytes, length - sizeof(byte));
        _start += sizeof(uint) + length;
        return true;
    }

    private int Wanted() => _end - _start < sizeof(uint) ? sizeof(uint) : sizeof(uint) + Length();

    private int Length()
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start));
        return length is >= sizeof(byte) && length <= (uint)FrameBytesMax ? (int)length
            : throw new ProtocolException($"A frame of {length} bytes was announced; a frame has 1 to {FrameBytesMax} here.");
    }
}
