// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Merkle;
using Wire = Heliograph.Core.Wire;
using Google.Protobuf;

namespace Heliograph.Core.State;

/// <summary>Which entry wrote a setting last, and when: a record beside the setting's own, in namespaces that are stamped.</summary>
/// <remarks>Written by whoever applies the log, never by an author, so it is the same on every machine. The setting's own record stays content only.</remarks>
/// <param name="Revision">Of the entry.</param>
/// <param name="CommittedAt">When the entry was committed, to the millisecond.</param>
public readonly record struct SettingStamp(Revision Revision, DateTimeOffset CommittedAt)
{
    /// <summary>Largest record value of a stamp: three varints with their tags.</summary>
    public const int ValueBytesMax = 32;

    /// <summary>The record key of the stamp that belongs to the setting's record key.</summary>
    public static byte[] KeyOf(ReadOnlySpan<byte> settingRecordKey)
    {
        var key = settingRecordKey.ToArray();
        key[0] = (byte)RecordKind.Stamp;
        return key;
    }

    /// <summary>The record value.</summary>
    public byte[] ToBytes() => new Wire.SettingStamp
    {
        Epoch = (uint)Revision.Epoch,
        Sequence = (ulong)Revision.Sequence,
        CommittedAtMs = CommittedAt.ToUnixTimeMilliseconds(),
    }.ToByteArray();

    /// <summary>The stamp of the setting under a record key; <see langword="false"/> where there is none.</summary>
    public static bool TryFind(MerkleMap records, ReadOnlySpan<byte> settingRecordKey, out SettingStamp stamp)
    {
        stamp = default;
        return records.TryGet(KeyOf(settingRecordKey), out var value) && TryParse(value.Span, out stamp);
    }

    /// <summary>Reads a record value.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out SettingStamp stamp)
    {
        stamp = default;
        if (!CanonicalMessage.TryParse(Wire.SettingStamp.Parser, value, ValueBytesMax, out var wire, out _)) return false;
        if (wire.Epoch > int.MaxValue || wire.Sequence > long.MaxValue || wire.CommittedAtMs is < 0 or > 253_402_300_799_999) return false;
        stamp = new(new((int)wire.Epoch, (long)wire.Sequence), DateTimeOffset.FromUnixTimeMilliseconds(wire.CommittedAtMs));
        return true;
    }
}
