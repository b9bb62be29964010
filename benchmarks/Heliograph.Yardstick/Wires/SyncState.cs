// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Buffers.Binary;
using Heliograph.Protocol;

namespace Heliograph.Yardstick.Wires;

/// <summary>How far one subscriber's sync stream is: the frame that is coming, and where it stands in its namespace.</summary>
internal sealed class SyncState
{
    /// <summary>In front of a chunk's records stand a namespace's name and a few numbers: no more than this.</summary>
    private const int ChunkPrefixBytes = Frame.HeaderBytes + 192;

    private byte[]? _carry;
    private int _carried;

    /// <summary>Revision that it holds.</summary>
    public Revision Position { get; set; }

    /// <summary>Revision that the update under way leads to.</summary>
    public Revision Promised { get; set; }

    /// <summary>Bytes of the record stream under way that have not come.</summary>
    public long StreamLeft { get; set; }

    /// <summary>Bytes of the chunk under way that have not come.</summary>
    public int ChunkLeft { get; set; }

    /// <summary>Before when it does not report again, by the stopwatch; 0: at once.</summary>
    public long QuietUntil { get; set; }

    /// <summary>How far the server asked it to spread its reports, in the stopwatch's ticks.</summary>
    public long ReportSpread { get; set; }

    /// <summary>How much of the spread the report that is due waits.</summary>
    public long ReportEarly { get; set; }

    /// <summary>Whether a report waits to be sent.</summary>
    public bool IsReportDue { get; set; }

    /// <summary>How long it was asked to wait before it connects again.</summary>
    public TimeSpan? DrainWait { get; set; }

    /// <summary>What came, if this subscriber is one of those that are verified.</summary>
    public FrameJournal? Journal { get; set; }

    /// <summary>Heartbeats and proofs that came.</summary>
    public int Freshness { get; set; }

    /// <summary>Where an envelope of another transport is.</summary>
    public object? Envelope { get; set; }

    /// <summary>The connection is another one.</summary>
    public void Reset()
    {
        Drop();
        (StreamLeft, ChunkLeft, DrainWait) = (0, 0, null);
    }

    /// <summary>Cuts the next frame, or as much of a chunk as is needed to know where its records begin, from what is kept and what came.</summary>
    /// <returns>Whether there is one; it is valid until the next call.</returns>
    public bool TryCut(ref ReadOnlySpan<byte> data, out ReadOnlySpan<byte> frame)
    {
        frame = default;
        if (_carried == 0 && Need(data) is var whole && whole <= data.Length)
        {
            frame = data[..whole];
            data = data[whole..];
            return true;
        }
        while (!data.IsEmpty)
        {
            var need = Need(_carry.AsSpan(0, _carried));
            if (_carried >= need) break;
            Grow(need);
            var take = Math.Min(need - _carried, data.Length);
            data[..take].CopyTo(_carry.AsSpan(_carried));
            _carried += take;
            data = data[take..];
        }
        if (_carried < Frame.HeaderBytes || _carried < Need(_carry.AsSpan(0, _carried))) return false;
        frame = _carry.AsSpan(0, _carried);
        _carried = 0;
        return true;
    }

    /// <summary>Gives back what the last frame was kept in.</summary>
    public void Drop()
    {
        if (_carry is not null) ArrayPool<byte>.Shared.Return(_carry);
        (_carry, _carried) = (null, 0);
    }

    private static int Need(ReadOnlySpan<byte> begun)
    {
        if (begun.Length < Frame.HeaderBytes) return Frame.HeaderBytes;
        var length = BinaryPrimitives.ReadUInt32BigEndian(begun);
        if (length is 0 or > Limits.FrameBytesMax) throw new InvalidDataException($"A frame of {length} bytes was announced.");
        var whole = sizeof(uint) + (int)length;
        return (FrameType)begun[sizeof(uint)] == FrameType.UpdateChunk ? Math.Min(whole, ChunkPrefixBytes) : whole;
    }

    private void Grow(int bytes)
    {
        if (_carry is not null && _carry.Length >= bytes) return;
        var larger = ArrayPool<byte>.Shared.Rent(bytes);
        if (_carry is not null)
        {
            _carry.AsSpan(0, _carried).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_carry);
        }
        _carry = larger;
    }
}
