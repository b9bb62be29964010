// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Heliograph.Chaos.Checker.Histories;

namespace Heliograph.Chaos.Checker.Stores;

/// <summary>A key of a dump, a line of JSON each: key and value in base64, and etcd's revision at which the key was made.</summary>
public sealed record DumpedKey(byte[] Key, byte[] Value, long Created);

/// <summary>Reads the keys of docs/reference/storage-etcd.md from a dump of all of them, taken at one revision of etcd.</summary>
public static class EtcdDump
{
    private const int ReferenceBytes = 81;

    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web);

    public static string Write(DumpedKey key) => JsonSerializer.Serialize(key, s_options);

    public static RawLog Read(string path)
    {
        var keys = new SortedDictionary<string, DumpedKey>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(path))
        {
            var key = JsonSerializer.Deserialize<DumpedKey>(line, s_options)!;
            var name = Encoding.UTF8.GetString(key.Key).Split('/', 4); // "", heliograph, log id, the rest
            keys.Add(name[3], key);
        }
        var (entries, places, requests) = (new List<RawEntry>(), new List<long>(), new Dictionary<string, long>(StringComparer.Ordinal));
        foreach (var (name, key) in keys)
        {
            if (name.StartsWith("e/", StringComparison.Ordinal))
            {
                entries.Add(RawEntry.Parse(BytesOf(key.Value, keys), key.Created));
                places.Add(long.Parse(name.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            }
            else if (name.StartsWith("op/", StringComparison.Ordinal))
            {
                requests.Add(name[3..], BinaryPrimitives.ReadInt64BigEndian(key.Value));
            }
        }
        var head = keys["head"].Value;
        return new(path, entries, places, requests, new(BinaryPrimitives.ReadInt32BigEndian(head), BinaryPrimitives.ReadInt64BigEndian(head.AsSpan(4))), Convert.ToHexStringLower(head.AsSpan(12, 32)));
    }

    /// <summary>An entry's bytes: in its key, or cut out of the chunks of its batch.</summary>
    private static ReadOnlyMemory<byte> BytesOf(byte[] value, SortedDictionary<string, DumpedKey> keys)
    {
        if (value[0] == 0x01) return value.AsMemory(1);
        if (value[0] != 0x02 || value.Length != ReferenceBytes) throw new InvalidDataException("An entry is neither here nor in chunks.");
        var batch = string.Create(CultureInfo.InvariantCulture, $"b/{BinaryPrimitives.ReadInt64BigEndian(value.AsSpan(33)):x16}/{Convert.ToHexStringLower(value.AsSpan(41, 32))}/");
        byte[] whole = [.. keys.Where(it => it.Key.StartsWith(batch, StringComparison.Ordinal)).SelectMany(it => it.Value.Value)];
        return whole.AsMemory(BinaryPrimitives.ReadInt32BigEndian(value.AsSpan(73)), BinaryPrimitives.ReadInt32BigEndian(value.AsSpan(77)));
    }
}
