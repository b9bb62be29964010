// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;

namespace Heliograph.Core.LastKnownGood;

/// <summary>How a version gets onto the disk.</summary>
public enum PersistStep
{
    /// <summary>Not at all: it is there, or it is only fresher and that was written not long ago.</summary>
    Nothing,

    /// <summary>As a whole new snapshot file.</summary>
    WriteSnapshot,

    /// <summary>As a record at the end of the delta.</summary>
    AppendDelta,

    /// <summary>As the only record of the delta, which held nothing but an older head: an idle namespace's files do not grow.</summary>
    ReplaceDelta,
}

/// <summary>The decision how to persist a version, with the bytes to write.</summary>
/// <param name="Step">What to do.</param>
/// <param name="Bytes">The file or the record.</param>
/// <param name="Then">What is on disk when it is done.</param>
public sealed record PersistPlan(PersistStep Step, ReadOnlyMemory<byte> Bytes, StoredGeneration? Then)
{
    /// <summary>Decides. The version is at or above the floor; what is stored is not above the floor.</summary>
    /// <param name="stored">What is on disk; <see langword="null"/>: nothing.</param>
    /// <param name="version">What is to be on disk.</param>
    /// <param name="isFreshnessDue">Whether it is time to write down a fresher head of an unchanged namespace.</param>
    public static PersistPlan For(StoredGeneration? stored, NamespaceVersion version, bool isFreshnessDue)
    {
        if (stored is null) return Whole(version);
        var isChange = version.Revision != stored.Version.Revision;
        if (!isChange && !(isFreshnessDue && version.Head.Revision.IsAfter(stored.Version.Head.Revision))) return new(PersistStep.Nothing, default, stored);
        if (!stored.IsAppendable)
            return isChange || stored.HasChanges ? Whole(version) : new(PersistStep.Nothing, default, stored); // a published file is never written again
        return isChange || stored.HasChanges ? Appended(stored, version) : Replaced(stored, version);
    }

    private static PersistPlan Whole(NamespaceVersion version)
    {
        var file = SnapshotFile.Encode(version);
        var digest = new Hash256(file.AsSpan(file.Length - Hash256.SizeBytes));
        return new(PersistStep.WriteSnapshot, file, new(new(version.Revision), version, file.Length, digest, DeltaBytes: 0, digest, IsAppendable: true));
    }

    private static PersistPlan Appended(StoredGeneration stored, NamespaceVersion version)
    {
        var stream = RecordStream.Encode(MerkleMap.Diff(stored.Version.Records, version.Records));
        if ((long)stored.DeltaBytes + DeltaRecord.SizeOf(version, stream.Length) > stored.FoldBytes) return Whole(version);
        var record = DeltaRecord.Encode(stored.Version.Revision, version, stream, stored.Digest);
        return new(PersistStep.AppendDelta, record, stored with { Version = version, DeltaBytes = stored.DeltaBytes + record.Length, Digest = DigestOf(record) });
    }

    private static PersistPlan Replaced(StoredGeneration stored, NamespaceVersion version)
    {
        var record = DeltaRecord.Encode(stored.Generation.Revision, version, [], stored.SnapshotDigest);
        return new(PersistStep.ReplaceDelta, record, stored with { Version = version, DeltaBytes = record.Length, Digest = DigestOf(record) });
    }

    private static Hash256 DigestOf(byte[] record) => new(record.AsSpan(record.Length - Hash256.SizeBytes));
}
