// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Google.Protobuf;
using Heliograph.Core.Log;
using Heliograph.Core.State;
using Heliograph.Core.Wire;
using Xunit;

namespace Heliograph.Core.Tests.Log;

public sealed class LogEntryTests
{
    [Fact]
    public void Entries_have_the_bytes_hashes_and_chain_of_the_golden_vectors()
    {
        var previous = Hash256.Zero;
        var golden = GoldenLog.Root.GetProperty("entries").EnumerateArray().ToList();
        var bodies = GoldenBodies();
        Assert.Equal(bodies.Length, golden.Count);
        for (var i = 0; i < bodies.Length; i++)
        {
            bodies[i].LogId = ByteString.CopyFrom(GoldenLog.Anchor.LogId.ToArray());
            bodies[i].PreviousHash = ByteString.CopyFrom(previous.ToArray());

            var entry = LogEntry.Seal(bodies[i]);

            Assert.Equal(GoldenLog.Text(golden[i], "bytes"), Convert.ToHexStringLower(entry.Bytes.Span));
            Assert.Equal(GoldenLog.Text(golden[i], "hash"), entry.Hash.ToString());
            Assert.Equal(previous, entry.PreviousHash);
            Assert.Equal(new Revision(1, i + 1), entry.Revision);
            previous = entry.Hash;
        }
    }

    [Fact]
    public void Golden_entries_are_read_back_as_what_they_say()
    {
        foreach (var golden in GoldenLog.Root.GetProperty("entries").EnumerateArray())
        {
            Assert.True(LogEntry.TryParse(GoldenLog.Bytes(golden, "bytes"), out var entry, out var error), error);
            Assert.Equal(GoldenLog.Text(golden, "hash"), entry.Hash.ToString());
            Assert.Equal(entry.Bytes.ToArray(), entry.Content.ToByteArray());
        }
    }

    [Fact]
    public void A_flipped_bit_is_refused_or_gives_another_hash()
    {
        var bytes = GoldenLog.Bytes(GoldenLog.Root.GetProperty("entries")[1], "bytes");
        var hash = LogEntry.HashOf(bytes);

        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            byte[] altered = [.. bytes];
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            if (LogEntry.TryParse(altered, out var entry, out var error)) Assert.NotEqual(hash, entry.Hash);
            else Assert.NotEmpty(error);
        }
    }

    [Fact]
    public void Any_bytes_are_read_or_refused_without_an_exception() => Gen.Byte.Array[0, 100].Sample(bytes =>
    {
        if (LogEntry.TryParse(bytes, out var entry, out var error)) Assert.Equal(bytes, entry.Content.ToByteArray());
        else Assert.NotEmpty(error);
    });

    [Fact]
    public void Bytes_that_mean_the_same_but_are_written_otherwise_are_refused()
    {
        var bytes = GoldenLog.Bytes(GoldenLog.Root.GetProperty("entries")[0], "bytes");

        Refused([.. bytes, 0x10, 0x01]); // epoch a second time
        Refused([.. bytes, 0xF8, 0x07, 0x01]); // field 127, not known
        Refused([.. bytes[34..36], .. bytes[..34], .. bytes[36..]]); // epoch before log_id
        Refused([.. bytes[..34], 0x10, 0x81, 0x00, .. bytes[36..]]); // epoch as two bytes
        Refused([.. bytes, 0x48, 0x00]); // a default written out, with the wrong wire type
        Refused(bytes[..^1]);
        Refused([]);
    }

    [Fact]
    public void Text_that_is_not_utf8_is_refused()
    {
        var bytes = GoldenLog.Bytes(GoldenLog.Root.GetProperty("entries")[0], "bytes");
        var at = bytes.AsSpan().IndexOf("request-1"u8);

        foreach (var bad in (byte[])[0x80, 0xC0, 0xED, 0xFF])
        {
            bytes[at] = bad;
            Refused(bytes);
        }
    }

    [Fact]
    public void An_entry_must_have_its_fixed_sizes_its_position_and_a_body()
    {
        Unsealable(entry => entry.LogId = ByteString.CopyFrom(new byte[31]));
        Unsealable(entry => entry.PreviousHash = ByteString.Empty);
        Unsealable(entry => entry.RequestDigest = ByteString.CopyFrom(new byte[33]));
        Unsealable(entry => entry.Epoch = 0);
        Unsealable(entry => entry.Epoch = uint.MaxValue);
        Unsealable(entry => entry.Sequence = 0);
        Unsealable(entry => entry.Sequence = ulong.MaxValue);
        Unsealable(entry => entry.ClearBody());
    }

    [Fact]
    public void An_entry_of_the_largest_size_passes_and_one_byte_more_does_not()
    {
        var entry = Whole();
        entry.Message = new string('m', LogEntry.BytesMax - entry.CalculateSize() - 5); // tag and length: 1 and 4 bytes
        Assert.Equal(LogEntry.BytesMax, LogEntry.Seal(entry).Bytes.Length);

        entry.Message += "m";

        Assert.Throws<ArgumentException>(() => LogEntry.Seal(entry));
        Assert.False(LogEntry.TryParse(entry.ToByteArray(), out _, out var error));
        Assert.Contains("at most", error, StringComparison.Ordinal);
    }

    private static void Refused(byte[] bytes)
    {
        Assert.False(LogEntry.TryParse(bytes, out var entry, out var error));
        Assert.Null(entry);
        Assert.NotEmpty(error);
    }

    private static void Unsealable(Action<Entry> alter)
    {
        var entry = Whole();
        alter(entry);

        Assert.Throws<ArgumentException>(() => LogEntry.Seal(entry));
        Refused(entry.ToByteArray());
    }

    private static Entry Whole() => new()
    {
        LogId = ByteString.CopyFrom(new byte[32]),
        Epoch = 1,
        Sequence = 1,
        PreviousHash = ByteString.CopyFrom(new byte[32]),
        RequestDigest = ByteString.CopyFrom(new byte[32]),
        DeleteNamespace = new DeleteNamespace(),
    };

    private static Entry[] GoldenBodies()
    {
        var settings = GoldenSettings.All;
        var put = new ChangeSettings();
        foreach (var setting in settings) put.Changes.Add(new SettingChange { Key = setting.Key.Key, Label = setting.Key.Label ?? "", Put = SettingRecord.WireOf(setting) });
        put.Changes.Add(new SettingChange { Key = "old" });
        var back = new ChangeSettings { RolledBackTo = 2 };
        back.Changes.Add(new SettingChange { Key = settings[0].Key.Key, Put = SettingRecord.WireOf(settings[0]) });
        Entry[] entries =
        [
            new() { Message = "first", CreateNamespace = new CreateNamespace { Description = "The cart" } },
            new() { Message = "Longer waits in the EU", ChangeSettings = put },
            new() { AlterNamespace = new AlterNamespace { Archived = true, Description = "The old cart" } },
            new() { Message = "gone", DeleteNamespace = new DeleteNamespace() },
            new() { Message = "back", ChangeSettings = back },
        ];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i].Epoch = 1;
            entries[i].Sequence = (ulong)i + 1;
            entries[i].CommittedAtMs = 1_767_322_800_000 + (1_000 * (i + 1));
            entries[i].RequestId = $"request-{i + 1}";
            entries[i].RequestDigest = ByteString.CopyFrom(SHA256.HashData(Encoding.UTF8.GetBytes(entries[i].RequestId)));
            entries[i].Actor = "spiffe://golden/people/ada";
            entries[i].Namespace = "shop.cart";
        }
        return entries;
    }
}
