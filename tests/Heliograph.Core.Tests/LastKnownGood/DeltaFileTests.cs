// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Security.Cryptography;
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Xunit;

namespace Heliograph.Core.Tests.LastKnownGood;

public sealed class DeltaFileTests : IDisposable
{
    private readonly TestRealm _realm = new();

    public void Dispose() => _realm.Dispose();

    [Fact]
    public void Steps_are_read_back_in_order()
    {
        var versions = Steps();
        var (snapshot, delta, _) = Write(versions);

        var read = DeltaFile.Read(delta, snapshot);

        Assert.Null(read.Damage);
        Assert.Equal(delta.Length, read.ValidBytes);
        Assert.Equal(versions[1..].Select(version => version.Revision), read.Records.Select(record => record.Attested.Revision));
        var records = versions[0].Records;
        foreach (var (record, version) in read.Records.Zip(versions[1..]))
        {
            records = records.Apply(record.Changes);
            Assert.Null(record.Attested.Mismatch(records));
            SnapshotFileTests.AssertSame(version, record.Attested.With(version.Name, records));
        }
    }

    [Fact]
    public void A_file_torn_anywhere_counts_up_to_its_last_whole_record()
    {
        var (snapshot, delta, ends) = Write(Steps());
        for (var length = 0; length < delta.Length; length++)
        {
            var read = DeltaFile.Read(delta.AsMemory(0, length), snapshot);

            Assert.Equal(ends.Count(end => end <= length), read.Records.Count);
            Assert.Equal(length == read.ValidBytes, read.Damage is null);
            Assert.Equal(ends.Where(end => end <= length).DefaultIfEmpty(0).Max(), read.ValidBytes);
        }
    }

    [Fact]
    public void Every_flipped_byte_ends_what_counts_before_its_record()
    {
        var (snapshot, delta, ends) = Write(Steps());
        for (var at = 0; at < delta.Length; at++)
        {
            foreach (var mask in (byte[])[0x01, 0x80, 0xFF])
            {
                delta[at] ^= mask;
                var read = DeltaFile.Read(delta, snapshot);
                delta[at] ^= mask;

                Assert.Equal(ends.Count(end => end <= at), read.Records.Count);
                Assert.NotNull(read.Damage);
            }
        }
    }

    [Fact]
    public void A_record_counts_only_behind_the_bytes_it_was_written_behind()
    {
        var versions = Steps();
        var (snapshot, delta, ends) = Write(versions);
        Assert.True(SnapshotFile.TryOpen(SnapshotFile.Encode(versions[0] with { Head = versions[1].Head, Proof = versions[1].Proof }), out var other, out _));

        Assert.Empty(DeltaFile.Read(delta, other).Records); // same content and revision, other file
        Assert.Empty(DeltaFile.Read(delta.AsMemory(ends[0]), snapshot).Records); // its first record is missing
        Assert.Single(DeltaFile.Read((byte[])[.. delta[..ends[0]], .. delta[..ends[0]]], snapshot).Records); // or comes twice
    }

    [Fact]
    public void A_record_on_another_base_or_without_progress_is_refused_though_its_digest_is_right()
    {
        var versions = Steps();
        Assert.True(SnapshotFile.TryOpen(SnapshotFile.Encode(versions[1]), out var snapshot, out _));
        var stream = RecordStream.Encode(MerkleMap.Diff(versions[0].Records, versions[1].Records));

        var wrongBase = DeltaFile.Read(DeltaRecord.Encode(versions[0].Revision, versions[2], stream, snapshot.Digest), snapshot);
        var noProgress = DeltaFile.Read(DeltaRecord.Encode(versions[1].Revision, versions[1], stream, snapshot.Digest), snapshot);
        var backwards = DeltaFile.Read(DeltaRecord.Encode(versions[1].Revision, versions[0], [], snapshot.Digest), snapshot);

        Assert.Contains("was not written on", wrongBase.Damage!, StringComparison.Ordinal);
        Assert.Contains("does not come after", noProgress.Damage!, StringComparison.Ordinal);
        Assert.Contains("does not come after", backwards.Damage!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, int.MaxValue)]
    [InlineData(0, -1)]
    [InlineData(16, -1)]
    [InlineData(28, int.MaxValue)]
    public void Lengths_that_lie_allocate_nothing(int at, int value)
    {
        var (snapshot, delta, _) = Write(Steps());
        BinaryPrimitives.WriteInt32BigEndian(delta.AsSpan(at), value);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = DeltaFile.Read(delta, snapshot);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 10);
        Assert.Empty(read.Records);
    }

    [Fact]
    public void Parts_that_run_over_each_other_are_refused_though_the_digest_is_right()
    {
        var versions = Steps();
        var (snapshot, delta, ends) = Write(versions);
        var record = delta[..ends[0]];
        var head = BinaryPrimitives.ReadInt32BigEndian(record.AsSpan(16));
        BinaryPrimitives.WriteInt32BigEndian(record.AsSpan(16), head + 1);
        BinaryPrimitives.WriteInt32BigEndian(record.AsSpan(20), BinaryPrimitives.ReadInt32BigEndian(record.AsSpan(20)) - 1);
        SHA256.HashData([.. snapshot.Digest.ToArray(), .. record[..^32]], record.AsSpan(record.Length - 32));

        var read = DeltaFile.Read(record, snapshot);

        Assert.Empty(read.Records);
        Assert.Contains("SignedHead", read.Damage!, StringComparison.Ordinal);
    }

    private NamespaceVersion[] Steps() =>
        [_realm.Change("shop", ("a", "1"), ("b", "2")), _realm.Change("shop", ("a", "11"), ("c", "3")), _realm.Refresh("shop"), _realm.Change("shop", ("b", null))];

    private static (SnapshotFile Snapshot, byte[] Delta, int[] Ends) Write(params NamespaceVersion[] versions)
    {
        Assert.True(SnapshotFile.TryOpen(SnapshotFile.Encode(versions[0]), out var snapshot, out var error), error);
        var (delta, ends, digest) = (new List<byte>(), new List<int>(), snapshot.Digest);
        for (var i = 1; i < versions.Length; i++)
        {
            var record = DeltaRecord.Encode(versions[i - 1].Revision, versions[i], RecordStream.Encode(MerkleMap.Diff(versions[i - 1].Records, versions[i].Records)), digest);
            digest = new(record.AsSpan(record.Length - 32));
            delta.AddRange(record);
            ends.Add(delta.Count);
        }
        return (snapshot, [.. delta], [.. ends]);
    }
}
