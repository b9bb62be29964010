// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text;
using CsCheck;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Core.State;
using Xunit;

namespace Heliograph.Core.Tests.Replicas;

public sealed class RecordStreamTests
{
    private static readonly Gen<MerkleChange[]> Changes =
        Gen.Select(Gen.Byte.Array[1, 6], Gen.Byte.Array[0, 200], Gen.Bool, (key, value, isPut) => isPut ? MerkleChange.Set(key, value) : MerkleChange.Remove(key))
            .Array[0, 40].Select(all => all.DistinctBy(change => Convert.ToHexString(change.Key.Span)).ToArray());

    [Fact]
    public void The_bytes_are_those_of_the_golden_vector()
    {
        var stream = RecordStream.Encode([Set("\u0001b\0", "2"), MerkleChange.Remove(Bytes("\u0001a\0")), Set("\u0001a\0x", "")]);

        Assert.Equal("02" + "03" + "016100" + "01" + "04" + "01610078" + "00" + "01" + "03" + "016200" + "01" + "32", Convert.ToHexString(stream));
    }

    [Fact]
    public void Lengths_of_200_bytes_take_two_bytes()
    {
        var stream = RecordStream.Encode([Set("k", new string('v', 200))]);

        Assert.Equal("01016BC801", Convert.ToHexString(stream.AsSpan(0, 5)));
        Assert.Equal(205, stream.Length);
    }

    [Fact]
    public void What_is_written_is_read_back_in_key_order() => Changes.Sample(changes =>
    {
        Assert.True(RecordStream.TryReadChanges(RecordStream.Encode(changes), out var read, out var error), error);

        Assert.Equal(changes.OrderBy(Key, StringComparer.Ordinal).Select(Text), read.Select(Text));
    });

    [Fact]
    public void Written_one_by_one_gives_the_same_bytes() => Changes.Sample(changes =>
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var change in changes.OrderBy(Key, StringComparer.Ordinal)) RecordStream.Write(output, change);

        Assert.Equal(RecordStream.Encode(changes), output.WrittenSpan);
    });

    [Fact]
    public void Whatever_is_accepted_is_the_one_encoding_of_what_it_says() => Gen.Select(Changes, Gen.Int[0, int.MaxValue], Gen.Byte, (changes, at, to) => (changes, at, to)).Sample(sample =>
    {
        var stream = RecordStream.Encode(sample.changes);
        if (stream.Length == 0) return;
        stream[sample.at % stream.Length] = sample.to; // perhaps harmless inside a key or value; never two encodings for one meaning

        if (RecordStream.TryReadChanges(stream, out var read, out var error)) Assert.Equal(stream, RecordStream.Encode(read));
        else Assert.NotEmpty(error);
    });

    [Fact]
    public void Any_bytes_are_read_or_refused_without_an_exception() => Gen.Byte.Array[0, 64].Sample(bytes =>
    {
        if (RecordStream.TryReadChanges(bytes, out var read, out var error)) Assert.Equal(bytes, RecordStream.Encode(read));
        else Assert.NotEmpty(error);
    });

    [Theory]
    [InlineData("00016B", "operation 0")]
    [InlineData("03016B", "operation 3")]
    [InlineData("0200", "key is empty")]
    [InlineData("02", "key is cut off")]
    [InlineData("0202AA", "key is cut off")]
    [InlineData("0281006B", "key is cut off or longer")] // 1 in two bytes: not the shortest form
    [InlineData("02FFFFFFFF7F", "key is cut off or longer")] // more than 32 bits
    [InlineData("02831E", "key is cut off or longer")] // 3843, one more than allowed
    [InlineData("01016B", "value is cut off")]
    [InlineData("01016B0500", "value is cut off")]
    [InlineData("01016B81804800", "value is cut off or longer")] // 1,179,649, one more than allowed
    [InlineData("02016B02016B", "does not come after")]
    [InlineData("02016B02016A", "does not come after")]
    [InlineData("02016B00", "operation 0")] // trailing bytes
    public void Malformed_streams_are_refused_with_the_reason(string hex, string reason)
    {
        Assert.False(RecordStream.TryReadChanges(Convert.FromHexString(hex), out var changes, out var error));

        Assert.Null(changes);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_largest_key_and_value_pass_and_one_byte_more_does_not()
    {
        var (key, value) = (new byte[SettingRecord.KeyBytesMax], new byte[SettingRecord.ValueBytesMax]);

        Assert.True(RecordStream.TryReadSnapshot(RecordStream.Encode([MerkleChange.Set(key, value)]), out _, out var error), error);
        Assert.Throws<ArgumentException>(() => RecordStream.Encode([MerkleChange.Set(new byte[key.Length + 1], value)]));
        Assert.Throws<ArgumentException>(() => RecordStream.Encode([MerkleChange.Set(key, new byte[value.Length + 1])]));
        Assert.Throws<ArgumentException>(() => RecordStream.Encode([MerkleChange.Remove(default)]));
    }

    [Fact]
    public void A_key_that_comes_twice_is_not_written() =>
        Assert.Throws<ArgumentException>(() => RecordStream.Encode([Set("k", "1"), MerkleChange.Remove(Bytes("k"))]));

    [Fact]
    public void A_snapshot_holds_no_deletes()
    {
        Assert.False(RecordStream.TryReadSnapshot(RecordStream.Encode([MerkleChange.Remove(Bytes("k"))]), out _, out var error));

        Assert.Contains("no deletes", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_holds_no_more_records_than_a_namespace()
    {
        var records = Enumerable.Range(0, Limits.NamespaceRecordsMax + 1).Select(i => Set($"{i:D6}", "")).ToArray();

        Assert.True(RecordStream.TryReadSnapshot(RecordStream.Encode(records[1..]), out _, out _));
        Assert.False(RecordStream.TryReadSnapshot(RecordStream.Encode(records), out _, out var error));
        Assert.Contains("more than 100000 records", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_stream_of_a_map_puts_all_of_it()
    {
        var map = MerkleMap.Empty.Set(Bytes("b"), Bytes("2")).Set(Bytes("a"), Bytes("1"));

        Assert.True(RecordStream.TryReadSnapshot(RecordStream.Encode(map), out var read, out _));
        Assert.Equal(map.Root, MerkleMap.Empty.Apply(read).Root);
    }

    private static MerkleChange Set(string key, string value) => MerkleChange.Set(Bytes(key), Bytes(value));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Key(MerkleChange change) => Convert.ToHexString(change.Key.Span);

    private static string Text(MerkleChange change) => Key(change) + (change.Value is { } value ? "=" + Convert.ToHexString(value.Span) : "-");
}
