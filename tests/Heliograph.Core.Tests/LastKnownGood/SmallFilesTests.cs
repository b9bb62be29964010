// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;
using Xunit;

namespace Heliograph.Core.Tests.LastKnownGood;

/// <summary>Floor, pointer and boot record: read back, or refused whole at every damage.</summary>
public sealed class SmallFilesTests
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop");

    private static readonly Gen<Revision> Revisions = Gen.Select(Gen.Int[0, int.MaxValue], Gen.Long[0, long.MaxValue], (epoch, sequence) => new Revision(epoch, sequence));

    [Fact]
    public void A_floor_is_read_back() => Gen.Select(Revisions, Revisions, Gen.Byte.Array[32], Gen.Long[0, long.MaxValue], (revision, head, root, removed) => new FloorFile(new(revision, head, new(root)), removed)).Sample(floor =>
    {
        Assert.True(FloorFile.TryParse(floor.Encode(Shop), Shop, out var read, out var error), error);
        Assert.Equal(floor, read);
    });

    [Fact]
    public void Every_damage_to_a_floor_is_refused() =>
        RefusesDamage(new FloorFile(new(new(1, 48213), new(1, 48214), new(SHA256.HashData("x"u8)))).Encode(Shop), bytes => FloorFile.TryParse(bytes, Shop, out _, out _));

    [Fact]
    public void The_floor_of_another_namespace_is_refused() =>
        Assert.False(FloorFile.TryParse(new FloorFile(new(new(1, 48213), new(1, 48214), new(SHA256.HashData("x"u8)))).Encode(NamespaceName.Parse("shop.cart")), Shop, out _, out _));

    [Fact]
    public void Every_damage_to_a_pointer_is_refused() =>
        RefusesDamage(new GenerationPointer(new(new(1, 48213)), new(1, 48213)).Encode(), bytes => GenerationPointer.TryParse(bytes, out _, out _));

    [Fact]
    public void Every_damage_to_a_boot_record_is_refused() =>
        RefusesDamage(new BootRecord("checkout", "7d6c", [new(Shop, new(1, 9), 1, true, false)], [new(new string('a', 32), new string('b', 32), Shop, new(1, 9))], [new(Shop, new(1, 8))]).Encode(), bytes => BootRecord.TryParse(bytes, out _, out _));

    [Theory]
    [InlineData("heliograph-pointer/1 1-2.snap 1.1 ")] // before its own file
    [InlineData("heliograph-pointer/1 01-2.snap 1.2 ")]
    [InlineData("heliograph-pointer/1 ../x.snap 1.2 ")]
    [InlineData("heliograph-pointer/1 1-2.snap.delta 1.2 ")]
    [InlineData("heliograph-pointer/2 1-2.snap 1.2 ")]
    [InlineData("heliograph-pointer/1 1-2.snap 1.2  ")]
    public void Pointers_outside_the_format_are_refused_though_the_digest_is_right(string text) =>
        Assert.False(GenerationPointer.TryParse(Sealed(text, ""), out _, out _));

    [Theory]
    [InlineData("trial shop 1.9 1 baked -\ntrial shop 1.9 1 baked -")] // twice
    [InlineData("trial shop 1.9 1 baked -\ntrial aaaa 1.9 1 baked -")] // out of order
    [InlineData("quarantined shop 1.8\ntrial shop 1.9 1 baked -")]
    [InlineData("trial shop 1.9 01 baked -")]
    [InlineData("trial shop 1.9 1 yes -")]
    [InlineData("trial Shop 1.9 1 baked -")]
    [InlineData("trial shop 1.9 1 baked - running")] // an earlier draft's
    [InlineData("run aa bb shop 1.9")]
    [InlineData("run AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb shop 1.9")]
    [InlineData("run aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb shop 1.9\nrun aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb cart 1.9")] // out of order
    [InlineData("something else")]
    [InlineData("")]
    public void Boot_records_outside_the_format_are_refused_though_the_digest_is_right(string lines) =>
        Assert.False(BootRecord.TryParse(Sealed($"heliograph-boot/1\nservice a\nhost-boot b\n{lines}\n", "sha256 "), out _, out _));

    [Fact]
    public void A_service_may_be_called_anything()
    {
        foreach (var service in (string[])["checkout", "Kasse süd/2", "a b\nc", "../../etc/passwd", "%41", "\ud83d\ude00"])
        {
            Assert.True(BootRecord.TryParse(BootRecord.New(service).Encode(), out var read, out var error), error);
            Assert.Equal(service, read.Service);
            Assert.Matches("^[0-9a-f]{32}\\.boot$", BootRecord.FileNameOf(service));
        }
    }

    [Fact]
    public void Four_processes_with_a_thousand_subscriptions_each_fit_into_a_boot_record()
    {
        var names = Enumerable.Range(0, Limits.SubscriptionsMax).Select(i => NamespaceName.Parse($"{new string('n', 124)}{i:D4}")).ToArray();
        var record = new BootRecord(new string('s', 128), "b", [.. names.Select(name => new BootTrial(name, new(int.MaxValue, long.MaxValue), 2, true, true))],
            [.. Enumerable.Range(0, 4).SelectMany(slot => names.Select(name => new BootRun($"{new string('a', 31)}{slot}", new string('f', 32), name, new(int.MaxValue, long.MaxValue))))], [.. names.Select(name => new NamespaceRevision(name, new(int.MaxValue, long.MaxValue)))]);

        Assert.True(BootRecord.TryParse(record.Encode(), out var read, out var error), error);
        Assert.Equal(Limits.SubscriptionsMax, read.Trials.Count);
        Assert.Throws<ArgumentException>(() => (record with { Runs = [.. record.Runs, record.Runs[0]] }).Encode());
        Assert.Throws<ArgumentException>(() => (record with { Trials = [.. record.Trials, record.Trials[0]] }).Encode());
    }

    [Theory]
    [InlineData("1-48213.snap", true)]
    [InlineData("0-0.snap", true)]
    [InlineData("2147483647-9223372036854775807.snap", true)]
    [InlineData("2147483648-1.snap", false)]
    [InlineData("1-048213.snap", false)]
    [InlineData("1-48213.snap.delta", false)]
    [InlineData("1-48213.snap.tmp", false)]
    [InlineData("-1-2.snap", false)]
    [InlineData("1-+2.snap", false)]
    [InlineData(".snap", false)]
    [InlineData("1.2.snap", false)]
    public void Only_one_spelling_names_a_generation(string name, bool isOne)
    {
        Assert.Equal(isOne, Generation.TryParse(name, out var generation));
        if (isOne) Assert.Equal((name, name + ".delta"), (generation.SnapshotName, generation.DeltaName));
        Assert.Equal(isOne, Generation.TryParseDelta(name + ".delta", out _));
    }

    private static void RefusesDamage(byte[] file, Func<byte[], bool> reads)
    {
        Assert.True(reads(file));
        for (var at = 0; at < file.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                file[at] ^= (byte)(1 << bit);
                Assert.False(reads(file), $"bit {bit} of byte {at}");
                file[at] ^= (byte)(1 << bit);
            }
            Assert.False(reads(file[..at]), $"{at} bytes");
        }
        Assert.False(reads([.. file, 0]));
        Assert.False(reads([.. file, (byte)'\n']));
        Assert.False(reads([.. file, .. file]));
    }

    private static byte[] Sealed(string text, string label) =>
        Encoding.ASCII.GetBytes($"{text}{label}{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text + label)))}\n");
}
