// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Xunit;

namespace Heliograph.Core.Tests.LastKnownGood;

/// <summary>The formats stand still: golden-snapshot-files.json is written by golden-snapshot-files.py, which knows docs/reference/snapshot-files.md and nothing of this code.</summary>
public sealed class GoldenSnapshotFilesTests
{
    private static readonly JsonElement Vectors = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "LastKnownGood", "golden-snapshot-files.json"))).RootElement;

    private readonly NamespaceVersion _first, _second;

    public GoldenSnapshotFilesTests()
    {
        using var realm = new TestRealm(signature: [.. Enumerable.Repeat((byte)0x5A, 64)]);
        _first = realm.Change("shop.prod", ("b", "2"), ("a", "one"));
        _second = realm.Change("shop.prod", ("b", null), ("c", "3"));
    }

    [Fact]
    public void Record_stream() => Assert.Equal(Hex("recordStream"), RecordStream.Encode(MerkleMap.Diff(_first.Records, _second.Records)));

    [Fact]
    public void Snapshot_file()
    {
        Assert.Equal(Hex("snapshot"), SnapshotFile.Encode(_first));

        Assert.True(SnapshotFile.TryOpen(Hex("snapshot"), out var file, out var error), error);
        Assert.True(file.TryLoad(out var version, out error), error);
        SnapshotFileTests.AssertSame(_first, version);
    }

    [Fact]
    public void Delta_file()
    {
        Assert.True(SnapshotFile.TryOpen(Hex("snapshot"), out var file, out _));
        Assert.Equal(Hex("delta"), DeltaRecord.Encode(_first.Revision, _second, RecordStream.Encode(MerkleMap.Diff(_first.Records, _second.Records)), file.Digest));

        var record = Assert.Single(DeltaFile.Read(Hex("delta"), file).Records);
        Assert.Equal(_second.Records.Root, _first.Records.Apply(record.Changes).Root);
    }

    [Fact]
    public void Floor_file()
    {
        var shop = NamespaceName.Parse("shop.prod");
        Assert.Equal(Hex("floor"), new FloorFile(Floor.Of(_second)).Encode(shop));

        Assert.True(FloorFile.TryParse(Hex("floor"), shop, out var floor, out var error), error);
        Assert.Equal(new FloorFile(new(new(1, 2), new(1, 2), _second.StateRoot)), floor);
    }

    [Fact]
    public void Floor_file_of_a_deleted_namespace()
    {
        var shop = NamespaceName.Parse("shop.prod");
        var removed = new FloorFile(Floor.Of(_second) with { HeadRevision = new(1, 9) }, RemovedAtMs: 1_700_000_000_123);
        Assert.Equal(Hex("floorOfDeleted"), removed.Encode(shop));

        Assert.True(FloorFile.TryParse(Hex("floorOfDeleted"), shop, out var floor, out var error), error);
        Assert.Equal(removed, floor);
        Assert.True(floor.IsRemoved);
    }

    [Fact]
    public void Pointer_file()
    {
        var bytes = Encoding.ASCII.GetBytes(Vectors.GetProperty("pointer").GetString()!);
        var pointer = new GenerationPointer(new(new(1, 1)), new(1, 2));
        Assert.Equal(bytes, pointer.Encode());

        Assert.True(GenerationPointer.TryParse(bytes, out var read, out var error), error);
        Assert.Equal(pointer, read);
    }

    [Fact]
    public void Boot_record()
    {
        var bytes = Encoding.ASCII.GetBytes(Vectors.GetProperty("boot").GetString()!);
        var shop = NamespaceName.Parse("shop.prod");
        var record = new BootRecord("checkout api", "7d6c", [new(shop, new(1, 2), 1, IsBaked: true, IsReadBack: false)],
            [new(BootRun.SlotOf("checkout-1"), "000102030405060708090a0b0c0d0e0f", shop, new(1, 2))], [new(shop, new(1, 1))]);
        Assert.Equal(bytes, record.Encode());

        Assert.True(BootRecord.TryParse(bytes, out var read, out var error), error);
        Assert.Equal(record.Encode(), read.Encode());
        Assert.Equal(Vectors.GetProperty("bootFileName").GetString(), BootRecord.FileNameOf("checkout api"));
    }

    private static byte[] Hex(string name) => Convert.FromHexString(Vectors.GetProperty(name).GetString()!);
}
