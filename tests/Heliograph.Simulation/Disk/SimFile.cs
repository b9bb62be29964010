// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Simulation.Disk;

/// <summary>A file's bytes: as programs see them, as the platter has them, and the writes in between.</summary>
internal sealed class SimFile
{
    /// <summary>What a disk writes at once.</summary>
    public const int SectorBytes = 512;

    private readonly List<(long Offset, byte[] Bytes)> _pending = [];
    private bool _isForgetful;

    /// <summary>As programs see it.</summary>
    public byte[] Bytes { get; private set; } = [];

    /// <summary>As it is on the platter.</summary>
    public byte[] Durable { get; private set; } = [];

    /// <summary>As it was on the platter before the last flush.</summary>
    public byte[] Older { get; private set; } = [];

    /// <summary>Whether the platter has something else than programs see.</summary>
    public bool IsDirty => _pending.Count > 0 || !ReferenceEquals(Bytes, Durable);

    /// <summary>Whether writes wait to be flushed: not those that a failed flush has forgotten.</summary>
    public bool HasPending => _pending.Count > 0;

    public SimFile Clone()
    {
        var clone = new SimFile { Bytes = Bytes, Durable = Durable, Older = Older, _isForgetful = _isForgetful };
        clone._pending.AddRange(_pending);
        return clone;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        var written = bytes.ToArray();
        _pending.Add((offset, written));
        Bytes = Apply(Bytes, offset, written);
    }

    /// <summary>What is pending is on the platter. What an earlier flush forgot is not.</summary>
    public void Flush()
    {
        Older = Durable;
        if (_isForgetful) foreach (var (offset, bytes) in _pending) Durable = Apply(Durable, offset, bytes);
        else Durable = Bytes;
        _pending.Clear();
    }

    /// <summary>The flush failed, and the system holds the writes for done: programs see them until the power goes.</summary>
    public void ForgetToFlush()
    {
        _pending.Clear();
        _isForgetful = true;
    }

    /// <summary>A bit flips, on the platter and so in what programs see.</summary>
    public void FlipBit(Random random)
    {
        var at = random.Next(Bytes.Length);
        var mask = (byte)(1 << random.Next(8));
        Bytes = Flipped(Bytes, at, mask);
        if (at < Durable.Length) Durable = Flipped(Durable, at, mask);
    }

    /// <summary>A sector that was flushed is in another file, at the same place or where that ends; here is what was there before.</summary>
    public void LoseSectorTo(SimFile other, Random random)
    {
        var at = SectorBytes * random.Next((Durable.Length + SectorBytes - 1) / SectorBytes);
        var sector = Durable[at..Math.Min(at + SectorBytes, Durable.Length)];
        var before = new byte[sector.Length];
        if (at < Older.Length) Older.AsSpan(at, Math.Min(sector.Length, Older.Length - at)).CopyTo(before);
        Bytes = Durable = Apply(Durable, at, before);
        var place = Math.Min(at, SectorBytes * (other.Bytes.Length / SectorBytes));
        (other.Bytes, other.Durable) = (Apply(other.Bytes, place, sector), Apply(other.Durable, Math.Min(place, other.Durable.Length), sector));
    }

    /// <summary>The power is gone: none of the pending writes is on the platter.</summary>
    public void LosePending() => Survive([]);

    /// <summary>The power is gone: a random part of the pending writes is on the platter, sector by sector, in no order.</summary>
    public void KeepSomePending(Random random) => Survive(_pending.SelectMany(Sectors).Where(_ => random.Next(2) == 0).ToArray());

    /// <summary>The power is gone: all pending writes are on the platter, the last one only up to a sector's edge.</summary>
    public void TearLastPending(Random random)
    {
        var sectors = _pending is [.., var last] ? Sectors(last).ToArray() : [];
        Survive([.. _pending.SkipLast(1), .. sectors[..random.Next(sectors.Length)]]);
    }

    /// <summary>The power is gone, but everything had been written just before.</summary>
    public void KeepPending() => Survive(_pending);

    private void Survive(IReadOnlyList<(long Offset, byte[] Bytes)> writes)
    {
        foreach (var (offset, bytes) in writes) Durable = Apply(Durable, offset, bytes);
        Bytes = Durable;
        _pending.Clear();
        _isForgetful = false;
    }

    private static IEnumerable<(long Offset, byte[] Bytes)> Sectors((long Offset, byte[] Bytes) write)
    {
        for (var at = 0; at < write.Bytes.Length;)
        {
            var count = (int)Math.Min(SectorBytes - (write.Offset + at) % SectorBytes, write.Bytes.Length - at);
            yield return (write.Offset + at, write.Bytes[at..(at + count)]);
            at += count;
        }
    }

    private static byte[] Apply(byte[] content, long offset, ReadOnlySpan<byte> bytes)
    {
        var result = new byte[Math.Max(content.Length, offset + bytes.Length)];
        content.CopyTo(result, 0);
        bytes.CopyTo(result.AsSpan((int)offset));
        return result;
    }

    private static byte[] Flipped(byte[] content, int at, byte mask)
    {
        var copy = content.ToArray();
        copy[at] ^= mask;
        return copy;
    }
}
