// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.LastKnownGood;

/// <summary>The steps appended beside a snapshot file, <c>&lt;snap&gt;.delta</c>: as many as are whole, from the first.</summary>
/// <param name="Records">The valid prefix.</param>
/// <param name="ValidBytes">Where it ends.</param>
/// <param name="Damage">Why what follows does not count; <see langword="null"/> if nothing follows.</param>
public sealed record DeltaFile(IReadOnlyList<DeltaRecord> Records, int ValidBytes, string? Damage)
{
    /// <summary>No steps, no file.</summary>
    public static DeltaFile Empty { get; } = new([], 0, null);

    /// <summary>Reads a file that was appended beside <paramref name="snapshot"/>. A torn or damaged tail is cut, logically: the file stays as it is. Never throws, whatever the bytes.</summary>
    /// <param name="bytes">The whole file; the records' changes are slices of it.</param>
    /// <param name="snapshot">The file beside it.</param>
    public static DeltaFile Read(ReadOnlyMemory<byte> bytes, SnapshotFile snapshot)
    {
        var records = new List<DeltaRecord>();
        var (at, revision, digest) = (0, snapshot.Attested.Revision, snapshot.Digest);
        while (at < bytes.Length)
        {
            if (!DeltaRecord.TryRead(bytes[at..], revision, digest, out var record, out var error))
                return new(records, at, $"Record {records.Count + 1} at byte {at} is refused, {bytes.Length - at} bytes do not count: {error}.");
            records.Add(record);
            (at, revision, digest) = (at + record.SizeBytes, record.Attested.Revision, record.Digest);
        }
        return new(records, at, null);
    }
}
