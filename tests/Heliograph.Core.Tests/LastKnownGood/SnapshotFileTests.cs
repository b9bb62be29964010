// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Security.Cryptography;
using CsCheck;
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;
using Xunit;

namespace Heliograph.Core.Tests.LastKnownGood;

public sealed class SnapshotFileTests : IDisposable
{
    private readonly TestRealm _realm = new();

    public void Dispose() => _realm.Dispose();

    [Fact]
    public void What_is_written_is_read_back() => Gen.Dictionary(Gen.String[Gen.Char.AlphaNumeric, 1, 12], Gen.String[0, 300])[0, 60].Sample(settings =>
    {
        using var realm = new TestRealm();
        var version = realm.Change("shop", [.. settings.Select(setting => (setting.Key, (string?)setting.Value))]);

        Assert.True(SnapshotFile.TryOpen(SnapshotFile.Encode(version), out var file, out var error), error);
        Assert.True(file.TryLoad(out var loaded, out error), error);

        AssertSame(version, loaded);
        Assert.Equal(settings.Count, file.Count);
        foreach (var (key, value) in version.Records)
        {
            Assert.True(file.TryGet(key.Span, out var found));
            Assert.Equal(value.Span, found.Span);
        }
        Assert.False(file.TryGet("\u0001~\0"u8, out _));
    }, iter: 50);

    [Fact]
    public void Values_are_read_where_they_lie()
    {
        ReadOnlyMemory<byte> bytes = SnapshotFile.Encode(_realm.Change("shop", ("a", "1"), ("b", "2")));
        Assert.True(SnapshotFile.TryOpen(bytes, out var file, out _));

        Assert.True(file.TryGet(TestRealm.Key("b"), out var value));
        Assert.True(bytes.Span.Overlaps(value.Span));
    }

    [Fact]
    public void Every_flipped_bit_is_refused()
    {
        var file = SnapshotFile.Encode(_realm.Change("shop", ("a", "1"), ("b", "22"), ("c", "")));
        for (var at = 0; at < file.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                file[at] ^= (byte)(1 << bit);
                Assert.False(SnapshotFile.TryOpen(file, out var opened, out var error), $"bit {bit} of byte {at}");
                Assert.Null(opened);
                Assert.NotEmpty(error);
                file[at] ^= (byte)(1 << bit);
            }
        }
    }

    [Fact]
    public void Every_truncation_and_extension_is_refused()
    {
        var file = SnapshotFile.Encode(_realm.Change("shop", ("a", "1"), ("b", "22")));
        for (var length = 0; length < file.Length; length++) Assert.False(SnapshotFile.TryOpen(file.AsMemory(0, length), out _, out _), $"{length} bytes");
        for (var more = 1; more <= 64; more++) Assert.False(SnapshotFile.TryOpen((byte[])[.. file, .. new byte[more]], out _, out _), $"{more} bytes more");
        Assert.True(SnapshotFile.TryOpen(file, out _, out _));
    }

    [Theory]
    [InlineData(8, 2, "format 2")] // a later format
    [InlineData(12, 1, "flags")]
    [InlineData(24, int.MaxValue, "larger than allowed")]
    [InlineData(28, 257, "larger than allowed")]
    [InlineData(32, -1, "larger than allowed")]
    [InlineData(36, Limits.NamespaceRecordsMax + 1, "more records")]
    [InlineData(36, 3, "add up")]
    [InlineData(40, 1, "more records or bytes")] // the upper half of the key bytes
    [InlineData(52, 4, "add up")]
    public void Lengths_that_lie_are_refused_before_anything_is_allocated(int at, int value, string reason)
    {
        var file = SnapshotFile.Encode(_realm.Change("shop", ("a", "1"), ("b", "22")));
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(at), value);
        Reseal(file);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(SnapshotFile.TryOpen(file, out _, out var error));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 10);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1, "does not lie behind")] // first key offset
    [InlineData(4, 2, "does not lie behind")] // first key length: the second key begins elsewhere
    [InlineData(4, 0, "outside its limits")]
    [InlineData(4, -1, "outside its limits")]
    [InlineData(8, 1, "does not lie behind")] // first value offset
    [InlineData(28, 99, "ends outside")] // last value length
    [InlineData(28, 1, "belong to no record")]
    public void An_index_that_lies_is_refused_though_the_digest_is_right(int at, int value, string reason)
    {
        var file = SnapshotFile.Encode(_realm.Change("shop", ("a", "1"), ("b", "22")));
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(IndexAt(file) + at), value);
        Reseal(file);

        Assert.False(SnapshotFile.TryOpen(file, out _, out var error));

        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_out_of_order_are_refused_though_the_digest_is_right()
    {
        var file = SnapshotFile.Encode(_realm.Change("shop", ("a", "1"), ("b", "2")));
        var keys = file.AsSpan(IndexAt(file) + 32, 6);
        (keys[1], keys[4]) = (keys[4], keys[1]);
        Reseal(file);

        Assert.False(SnapshotFile.TryOpen(file, out _, out var error));

        Assert.Contains("does not come after", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_value_is_refused_by_the_root_though_the_digest_is_right()
    {
        var file = SnapshotFile.Encode(_realm.Change("shop", ("a", "1"), ("b", "2")));
        file[^33] ^= 1; // the last value
        Reseal(file);

        Assert.True(SnapshotFile.TryOpen(file, out var opened, out _));
        Assert.False(opened.TryLoad(out var version, out var error));

        Assert.Null(version);
        Assert.Contains("root", error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_namespace_has_a_file_too()
    {
        var version = _realm.Change("shop");

        Assert.True(SnapshotFile.TryOpen(SnapshotFile.Encode(version), out var file, out _));
        Assert.True(file.TryLoad(out var loaded, out _));
        Assert.False(file.TryGet(TestRealm.Key("a"), out _));
        AssertSame(version, loaded);
    }

    internal static void AssertSame(NamespaceVersion expected, NamespaceVersion actual)
    {
        Assert.Equal((expected.Name, expected.Revision, expected.Records.Root), (actual.Name, actual.Revision, actual.Records.Root));
        Assert.Equal(expected.StateBytes.Span, actual.StateBytes.Span);
        Assert.Equal(expected.Head.Bytes.Span, actual.Head.Bytes.Span);
        Assert.Equal(expected.Proof.Span, actual.Proof.Span);
    }

    private static int IndexAt(byte[] file)
    {
        var at = 56;
        for (var part = 24; part < 36; part += 4) at += BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(part));
        return at;
    }

    private static void Reseal(byte[] file) => SHA256.HashData(file.AsSpan(0, file.Length - 32), file.AsSpan(file.Length - 32));
}
