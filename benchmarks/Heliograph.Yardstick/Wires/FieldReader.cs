// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;

namespace Heliograph.Yardstick.Wires;

/// <summary>Walks the fields of a protobuf message in place: the load client looks at every frame, and must not pay for objects.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Field number of the field read last.</summary>
    public int Field { get; private set; }

    /// <summary>Its number, if it is one.</summary>
    public ulong Number { get; private set; }

    /// <summary>Its bytes, if it has a length.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Whether the message broke off, or holds what this protocol has not.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Whether the last field's bytes go on beyond what is here; <see cref="Number"/> says how long it is.</summary>
    public bool IsCutOff { get; private set; }

    /// <summary>Reads the next field.</summary>
    public bool Next()
    {
        if (_rest.IsEmpty || IsBroken || IsCutOff) return false;
        if (!TryVarint(out var tag)) return Break();
        Field = (int)(tag >> 3);
        if (!TryVarint(out var number)) return Break();
        Number = number;
        switch (tag & 7)
        {
            case 0:
                return true;
            case 2:
                IsCutOff = number > (ulong)_rest.Length;
                Bytes = IsCutOff ? _rest : _rest[..(int)number];
                _rest = _rest[Bytes.Length..];
                return true;
            default:
                return Break();
        }
    }

    [SuppressMessage("Performance", "CA1822", Justification = "It changes the reader.")]
    private bool Break() => !(IsBroken = true);

    private bool TryVarint(out ulong number)
    {
        number = 0;
        for (var shift = 0; shift < 64 && !_rest.IsEmpty; shift += 7)
        {
            var next = _rest[0];
            _rest = _rest[1..];
            number |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return true;
        }
        return false;
    }
}
