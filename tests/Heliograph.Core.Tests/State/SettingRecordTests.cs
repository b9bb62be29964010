// SPDX-License-Identifier: Apache-2.0
using CsCheck;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;
using Heliograph.Core.Tests.Log;
using Heliograph.Core.Tests.Words;
using Heliograph.Core.Wire;
using Google.Protobuf;
using Xunit;

namespace Heliograph.Core.Tests.State;

public sealed class SettingRecordTests
{
    [Fact]
    public void Records_are_those_of_the_golden_vectors()
    {
        var golden = GoldenLog.Root.GetProperty("settings").EnumerateArray().ToList();
        Assert.Equal(GoldenSettings.All.Count, golden.Count);
        foreach (var (setting, expected) in GoldenSettings.All.Zip(golden))
        {
            var (key, value) = (SettingRecord.KeyOf(setting.Key), SettingRecord.ValueOf(setting));

            Assert.Equal(GoldenLog.Text(expected, "record_key"), Convert.ToHexStringLower(key));
            Assert.Equal(GoldenLog.Text(expected, "record_value"), Convert.ToHexStringLower(value));
            Assert.Equal(GoldenLog.Text(expected, "etag"), SettingRecord.ContentHash(value).ToString());
            Assert.True(SettingRecord.TryParse(key, value, out var read));
            Assert.Equal(setting, read);
        }
    }

    [Fact]
    public void State_roots_states_directory_and_path_are_those_of_the_golden_vectors()
    {
        var records = MerkleMap.Build(GoldenSettings.All.Select(setting => KeyValuePair.Create<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(SettingRecord.KeyOf(setting.Key), SettingRecord.ValueOf(setting))));
        var states = GoldenLog.Root.GetProperty("namespace_states");
        var cart = State("shop.cart", 2, records);
        var empty = State("shop.empty", 1, MerkleMap.Empty);
        var directory = MerkleMap.Empty.Set("shop.cart"u8.ToArray(), cart).Set("shop.empty"u8.ToArray(), empty);

        Assert.Equal(GoldenLog.Text(states[0], "state_root"), records.Root.ToString());
        Assert.Equal(GoldenLog.Text(states[0], "bytes"), Convert.ToHexStringLower(cart));
        Assert.Equal(GoldenLog.Text(states[1], "bytes"), Convert.ToHexStringLower(empty));
        Assert.Equal(GoldenLog.Text(GoldenLog.Root.GetProperty("directory"), "root"), directory.Root.ToString());
        Assert.Equal(GoldenLog.Text(GoldenLog.Root.GetProperty("directory"), "proof"), Convert.ToHexStringLower(directory.Prove("shop.cart"u8).ToBytes()));
    }

    [Fact]
    public void Any_key_and_label_survive_the_way_to_a_record_and_back() => TextGen.Keys.Sample(key =>
    {
        var record = SettingRecord.KeyOf(key);

        Assert.True(record.Length <= SettingRecord.KeyBytesMax);
        Assert.True(SettingRecord.TryParseKey(record, out var read));
        Assert.Equal(key, read);
    });

    [Fact]
    public void Two_keys_never_share_a_record() => Gen.Select(TextGen.Keys, TextGen.Keys).Sample((left, right) =>
        Assert.Equal(left == right, SettingRecord.KeyOf(left).AsSpan().SequenceEqual(SettingRecord.KeyOf(right))));

    [Fact]
    public void The_largest_key_fills_the_limit()
    {
        var key = SettingKey.Create(new string('\u20AC', Limits.KeyCharsMax), new string('\u20AC', Limits.LabelCharsMax));

        Assert.Equal(SettingRecord.KeyBytesMax, SettingRecord.KeyOf(key).Length);
    }

    [Fact]
    public void The_largest_setting_fits_into_a_record()
    {
        var text = new string('\u20AC', Limits.TagCharsMax);
        var tags = Enumerable.Range(0, Limits.TagsMax).Select(i => KeyValuePair.Create($"{i:D3}{text[3..]}", text)).ToList();
        var setting = new Setting(SettingKey.Create("k"), new string('v', Limits.ValueBytesMax), text, tags);

        var value = SettingRecord.ValueOf(setting);

        Assert.True(value.Length <= SettingRecord.ValueBytesMax);
        Assert.True(SettingRecord.TryParse(SettingRecord.KeyOf(setting.Key), value, out var read));
        Assert.Equal(setting, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("0100")] // an empty key
    [InlineData("016B")] // no separator
    [InlineData("026B00")] // another kind
    [InlineData("010A00")] // a control character
    [InlineData("016B000A")]
    [InlineData("016B0000")] // a zero byte in the label
    [InlineData("012E00")] // "."
    [InlineData("01FF00")] // not UTF-8
    [InlineData("01EDA08000")] // half a surrogate pair
    public void Record_keys_outside_the_grammar_are_refused(string hex) => Assert.False(SettingRecord.TryParseKey(Convert.FromHexString(hex), out _));

    [Fact]
    public void Values_that_are_not_canonical_or_not_utf8_are_refused()
    {
        var key = SettingRecord.KeyOf(SettingKey.Create("k"));

        Assert.False(SettingRecord.TryParse(key, Convert.FromHexString("0A0100" + "0A0100"), out _)); // the value twice
        Assert.False(SettingRecord.TryParse(key, Convert.FromHexString("0A01"), out _)); // cut off
        Assert.False(SettingRecord.TryParse(key, new SettingValue { Value = ByteString.CopyFrom(0xFF) }.ToByteArray(), out _));
        Assert.False(SettingRecord.TryParse(key, Convert.FromHexString("1201FF"), out _)); // a content type that is not UTF-8
    }

    [Fact]
    public void Any_bytes_are_read_or_refused_without_an_exception() => Gen.Select(Gen.Byte.Array[0, 20], Gen.Byte.Array[0, 40]).Sample((key, value) =>
    {
        if (SettingRecord.TryParse([1, .. key], value, out var setting)) Assert.Equal(value, SettingRecord.ValueOf(setting));
    });

    private static byte[] State(string name, ulong sequence, MerkleMap records) => new NamespaceState
    {
        Name = name,
        LastEpoch = 1,
        LastSequence = sequence,
        StateRoot = ByteString.CopyFrom(records.Root.ToArray()),
        Records = (ulong)records.Count,
        Bytes = (ulong)records.Bytes,
    }.ToByteArray();
}
