// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Heliograph.Core.State;

namespace Heliograph.AppConfiguration.Stores;

/// <summary>A setting with the entry that wrote it: what the contract calls a key-value. Immutable; its content is parsed when it is first asked for.</summary>
internal sealed class KeyValue(SettingKey key, ReadOnlyMemory<byte> recordKey, ReadOnlyMemory<byte> recordValue, SettingStamp stamp)
{
    private const int ETagBytes = 18; // 24 characters, no padding

    private Setting? _setting;
    private string? _etag;

    /// <summary>Key and label.</summary>
    public SettingKey Key { get; } = key;

    /// <summary>The record's key in the state.</summary>
    public ReadOnlyMemory<byte> RecordKey { get; } = recordKey;

    /// <summary>The record's value.</summary>
    public ReadOnlyMemory<byte> RecordValue { get; } = recordValue;

    /// <summary>The entry that wrote it.</summary>
    public SettingStamp Stamp { get; } = stamp;

    /// <summary>The content.</summary>
    public Setting Setting => _setting ??= SettingRecord.TryParse(RecordKey.Span, RecordValue.Span, out var parsed) ? parsed : throw new InvalidDataException($"A setting's record does not parse: {Key}.");

    /// <summary>Digest of content and stamp: new at every accepted change, the same at every tier.</summary>
    public string ETag => _etag ??= ETagOf(RecordValue.Span, Stamp.Revision);

    /// <summary>When it was last changed, in whole seconds: what is printed is what is compared.</summary>
    public DateTimeOffset LastModified => DateTimeOffset.FromUnixTimeSeconds(Stamp.CommittedAt.ToUnixTimeSeconds());

    /// <summary>The setting in the records of a namespace, or <see langword="null"/>.</summary>
    /// <param name="records">The records.</param>
    /// <param name="key">Which.</param>
    /// <param name="unstamped">What stands for a stamp where there is none: in what a namespace held before it was stamped.</param>
    public static KeyValue? Find(Heliograph.Core.Merkle.MerkleMap records, SettingKey key, SettingStamp unstamped)
    {
        var recordKey = SettingRecord.KeyOf(key);
        if (!records.TryGet(recordKey, out var value)) return null;
        return new(key, recordKey, value, SettingStamp.TryFind(records, recordKey, out var stamp) ? stamp : unstamped);
    }

    private static string ETagOf(ReadOnlySpan<byte> recordValue, Revision revision)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes + 12];
        SHA256.HashData(recordValue, bytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes[32..], revision.Epoch);
        BinaryPrimitives.WriteInt64BigEndian(bytes[36..], revision.Sequence);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, digest);
        return Base64Url.EncodeToString(digest[..ETagBytes]);
    }
}
