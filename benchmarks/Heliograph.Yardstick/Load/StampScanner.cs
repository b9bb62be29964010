// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Yardstick.Load;

/// <summary>Finds stamps in the payload bytes of one connection, also across reads.</summary>
internal sealed class StampScanner
{
    private readonly byte[] _carry = new byte[Stamp.Bytes];
    private int _carried;

    /// <summary>Forgets a stamp that was cut off: the connection begins anew.</summary>
    public void Reset() => _carried = 0;

    public void Scan(ReadOnlySpan<byte> bytes, Subscriber subscriber)
    {
        if (_carried > 0) bytes = Finish(bytes, subscriber);
        while (true)
        {
            var at = bytes.IndexOf(Stamp.Marker);
            if (at < 0)
            {
                var from = Math.Max(0, bytes.Length - (Stamp.Marker.Length - 1));
                var begin = bytes[from..].IndexOf(Stamp.Marker[0]);
                if (begin >= 0) Keep(bytes[(from + begin)..]);
                return;
            }
            if (bytes.Length - at < Stamp.Bytes)
            {
                Keep(bytes[at..]);
                return;
            }
            subscriber.OnStamp(bytes.Slice(at, Stamp.Bytes));
            bytes = bytes[(at + Stamp.Bytes)..];
        }
    }

    /// <summary>Joins what was kept of the read before with this one. A lone <c>@</c> does not occur in values, so that nothing is lost when it was none.</summary>
    private ReadOnlySpan<byte> Finish(ReadOnlySpan<byte> bytes, Subscriber subscriber)
    {
        var take = Math.Min(Stamp.Bytes - _carried, bytes.Length);
        bytes[..take].CopyTo(_carry.AsSpan(_carried));
        var have = _carried + take;
        var known = Math.Min(have, Stamp.Marker.Length);
        if (!_carry.AsSpan(0, known).SequenceEqual(Stamp.Marker[..known]))
        {
            _carried = 0;
            return bytes;
        }
        _carried = have < Stamp.Bytes ? have : 0;
        if (_carried == 0) subscriber.OnStamp(_carry);
        return bytes[take..];
    }

    private void Keep(ReadOnlySpan<byte> tail)
    {
        tail.CopyTo(_carry);
        _carried = tail.Length;
    }
}
