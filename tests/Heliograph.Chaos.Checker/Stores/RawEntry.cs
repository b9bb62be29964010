// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using Heliograph.Chaos.Checker.Histories;

namespace Heliograph.Chaos.Checker.Stores;

/// <summary>A record that an entry puts or removes: key as in docs/reference/log-format.md.</summary>
/// <param name="Key">The setting's key.</param>
/// <param name="Label">Its label, empty for none.</param>
/// <param name="Put">Canonical bytes of its value; <see langword="null"/> removes it.</param>
public sealed record RawChange(string Key, string Label, ReadOnlyMemory<byte>? Put);

/// <summary>An entry as it lies in a store, read by docs/reference/log-format.md alone.</summary>
public sealed class RawEntry
{
    private RawEntry(ReadOnlyMemory<byte> bytes, long storeRevision) => (Bytes, StoreRevision, Hash) = (bytes, storeRevision, HashOf(bytes.Span));

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>SHA-256 of 02 and the bytes, hexadecimal.</summary>
    public string Hash { get; }

    public Position Revision { get; private set; }

    public string PreviousHash { get; private set; } = "";

    public string RequestId { get; private set; } = "";

    public string Namespace { get; private set; } = "";

    public IReadOnlyList<RawChange> Changes { get; private set; } = [];

    /// <summary>Where the store has revisions of its own, that at which the entry was put; else 0.</summary>
    public long StoreRevision { get; }

    public static RawEntry Parse(ReadOnlyMemory<byte> bytes, long storeRevision = 0)
    {
        var (entry, epoch, sequence) = (new RawEntry(bytes, storeRevision), 0, 0L);
        foreach (var (number, value, field) in WireReader.Fields(bytes))
            switch (number)
            {
                case 2: epoch = checked((int)value); break;
                case 3: sequence = checked((long)value); break;
                case 4: entry.PreviousHash = Convert.ToHexStringLower(field.Span); break;
                case 6: entry.RequestId = Encoding.UTF8.GetString(field.Span); break;
                case 10: entry.Namespace = Encoding.UTF8.GetString(field.Span); break;
                case 16: entry.Changes = [.. WireReader.Fields(field).Where(it => it.Number == 1).Select(it => Change(it.Bytes))]; break;
            }
        entry.Revision = new(epoch, sequence);
        return entry;
    }

    private static RawChange Change(ReadOnlyMemory<byte> bytes)
    {
        var (key, label, put) = ("", "", (ReadOnlyMemory<byte>?)null);
        foreach (var (number, _, field) in WireReader.Fields(bytes))
            if (number == 1) key = Encoding.UTF8.GetString(field.Span);
            else if (number == 2) label = Encoding.UTF8.GetString(field.Span);
            else if (number == 3) put = field;
        return new(key, label, put);
    }

    private static string HashOf(ReadOnlySpan<byte> bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0x02]);
        hash.AppendData(bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
