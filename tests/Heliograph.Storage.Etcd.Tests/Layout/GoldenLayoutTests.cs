// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Google.Protobuf;
using Heliograph.Core.Log;
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Reading;
using Xunit;

namespace Heliograph.Storage.Etcd.Tests.Layout;

/// <summary>Every key and value is, byte for byte, what docs/reference/storage-etcd.md says. The vectors are made by golden-etcd.py, which knows that page and nothing of the code.</summary>
public sealed class GoldenLayoutTests
{
    private static readonly JsonElement s_golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Layout", "golden-etcd.json"))).RootElement;

    private static readonly StoreKeys s_keys = new(Hash("log_id"));

    [Fact]
    public void Keys_are_the_golden_ones_and_are_read_again()
    {
        var batch = new BatchName(48_215, Hash("entry_chunked", "last_hash"));
        var chunk = s_keys.Chunk(batch, 3);

        Assert.Equal(Text("keys", "format"), s_keys.Format.ToStringUtf8());
        Assert.Equal(Text("keys", "epoch"), s_keys.Epoch.ToStringUtf8());
        Assert.Equal(Text("keys", "head"), s_keys.Head.ToStringUtf8());
        Assert.Equal(Text("keys", "leader"), s_keys.Leader.ToStringUtf8());
        Assert.Equal(Text("keys", "entry_48213"), s_keys.Entry(48_213).ToStringUtf8());
        Assert.Equal(Text("keys", "operation"), s_keys.Operation("deploy-17/ü").ToStringUtf8());
        Assert.Equal(Text("keys", "chunk_3_of_48215"), chunk.ToStringUtf8());
        Assert.Equal(48_213, s_keys.SequenceOf(s_keys.Entry(48_213)));
        Assert.Equal(batch, s_keys.BatchOf(chunk));
        Assert.Null(s_keys.SequenceOf(chunk));
        Assert.Null(s_keys.BatchOf(s_keys.Entry(1)));
    }

    [Fact]
    public void Values_are_the_golden_ones_and_are_read_again()
    {
        var head = new LogTip(new(2, 48_213), Hash("head", "hash"), 1_790_000_000_123);
        var epoch = new EpochRecord(2, 40_000, Hash("epoch", "base_hash"));
        var leader = new LeaderRecord("origin-1", "https://origin-1.example:7443/");
        var chunked = new EntryRecord.Chunked(Hash("entry_chunked", "hash"), new(48_215, Hash("entry_chunked", "last_hash")), 524_288, 300_000);

        Assert.Equal(Text("head_empty"), Hex(HeadRecord.Encode(LogTip.Empty)));
        Assert.Equal(Text("head", "bytes"), Hex(HeadRecord.Encode(head)));
        Assert.Equal(Text("epoch_first"), Hex(EpochRecord.First.Encode()));
        Assert.Equal(Text("epoch", "bytes"), Hex(epoch.Encode()));
        Assert.Equal(Text("leader", "bytes"), Hex(leader.Encode()));
        Assert.Equal(Text("entry_inline", "bytes"), Hex(new EntryRecord.Inline(Convert.FromHexString(Text("entry_inline", "entry"))).Encode()));
        Assert.Equal(Text("entry_chunked", "bytes"), Hex(chunked.Encode()));
        Assert.Equal(Text("operation_value"), Hex(LogReader.SequenceValue(48_213)));

        Assert.True(HeadRecord.TryDecode(head.Encoded(), out var headRead));
        Assert.True(EpochRecord.TryDecode(epoch.Encode().Span, out var epochRead));
        Assert.Equal((head, epoch, leader), (headRead, epochRead, LeaderRecord.Decode(leader.Encode().Span)));
        Assert.Equal(chunked, EntryRecord.Decode(chunked.Encode().Memory));
        Assert.Equal(Text("entry_inline", "entry"), Convert.ToHexStringLower(Assert.IsType<EntryRecord.Inline>(EntryRecord.Decode(Convert.FromHexString(Text("entry_inline", "bytes")))).Bytes.Span));
    }

    [Fact]
    public void No_flipped_bit_of_a_summed_record_goes_unnoticed()
    {
        foreach (var name in new[] { "head", "epoch", "leader" })
        {
            var bytes = Convert.FromHexString(Text(name, "bytes"));
            for (var bit = 0; bit < 8 * bytes.Length; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.False(name switch { "head" => HeadRecord.TryDecode(bytes, out _), "epoch" => EpochRecord.TryDecode(bytes, out _), _ => LeaderRecord.Decode(bytes) is not null }, $"{name}, bit {bit}");
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    private static string Text(params string[] path) => path.Aggregate(s_golden, (at, name) => at.GetProperty(name)).GetString()!;

    private static Hash256 Hash(params string[] path) => new(Convert.FromHexString(Text(path)));

    private static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);
}

file static class Encoding
{
    public static byte[] Encoded(this LogTip tip) => HeadRecord.Encode(tip).ToByteArray();
}
