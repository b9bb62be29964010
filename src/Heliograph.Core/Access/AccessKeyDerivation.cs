// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Heliograph.Core.Access;

/// <summary>How the secrets of access keys come from one master key: HMAC-SHA256 (FIPS 198-1), in two steps, so that a replica can be given what opens one namespace for reading and nothing else.</summary>
/// <remarks>
/// <para><c>reader key = HMAC(master, "heliograph:access-key:read:v1" ‖ 00 ‖ namespace)</c>, likewise with <c>write</c>;
/// <c>secret n = HMAC(reader or writer key, id ‖ 00 ‖ n as u32 big-endian)</c>.</para>
/// <para>Only the origin has the master key and writer keys. A reader key goes down to relays and agents that may read its namespace.</para>
/// </remarks>
public static class AccessKeyDerivation
{
    /// <summary>Bytes of the master key, of reader and writer keys, and of secrets.</summary>
    public const int KeyBytes = 32;

    /// <summary>What the secrets of a namespace's read-only keys come from.</summary>
    public static byte[] ReaderKey(ReadOnlySpan<byte> master, NamespaceName name) => Of(master, "read", name);

    /// <summary>What the secrets of a namespace's writing keys come from.</summary>
    public static byte[] WriterKey(ReadOnlySpan<byte> master, NamespaceName name) => Of(master, "write", name);

    /// <summary>What the realm says of a reader key, so that a replica can tell whether a parent gave it the true one: SHA-256 of <c>"heliograph:reader-key:v1" ‖ 00 ‖ namespace ‖ 00 ‖ key</c>. The key has 256 random bits, so its hash may be known to all.</summary>
    public static Hash256 Commitment(NamespaceName name, ReadOnlySpan<byte> readerKey)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"heliograph:reader-key:v1\0{name.Value}\0"));
        hash.AppendData(readerKey);
        return new(hash.GetHashAndReset());
    }

    /// <summary>The key with its secrets.</summary>
    /// <param name="readerOrWriterKey">Of the namespace, as fits the record's access.</param>
    /// <param name="id">Which key.</param>
    /// <param name="record">What the log says of it.</param>
    /// <param name="opens">Its namespace.</param>
    public static AccessKey Key(ReadOnlySpan<byte> readerOrWriterKey, string id, AccessKeyRecord record, NamespaceName opens)
    {
        ReadOnlyMemory<byte> primary = Secret(readerOrWriterKey, id, record.Primary);
        return new(id, opens, record.MayWrite, record.Secondary == record.Primary ? [primary] : [primary, Secret(readerOrWriterKey, id, record.Secondary)]);
    }

    private static byte[] Secret(ReadOnlySpan<byte> key, string id, int number)
    {
        var name = Encoding.UTF8.GetBytes(id);
        var text = new byte[name.Length + 5];
        name.CopyTo(text, 0);
        BinaryPrimitives.WriteInt32BigEndian(text.AsSpan(name.Length + 1), number);
        return HMACSHA256.HashData(key, text);
    }

    private static byte[] Of(ReadOnlySpan<byte> master, string access, NamespaceName name) =>
        master.Length == KeyBytes
            ? HMACSHA256.HashData(master, Encoding.UTF8.GetBytes($"heliograph:access-key:{access}:v1\0{name.Value}"))
            : throw new ArgumentException($"A master key has {KeyBytes} bytes.", nameof(master));
}
