// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;

namespace Heliograph.Core.LastKnownGood;

/// <summary>What the one writer of a namespace knows to be on disk, and to which <c>CURRENT</c> points.</summary>
/// <param name="Generation">The files.</param>
/// <param name="Version">What they hold together.</param>
/// <param name="SnapshotBytes">Length of the snapshot file.</param>
/// <param name="SnapshotDigest">Digest of the snapshot file: where a delta's chain begins.</param>
/// <param name="DeltaBytes">Length of the delta; 0 if there is none.</param>
/// <param name="Digest">Where the chain ends: the last record's digest, or the snapshot file's.</param>
/// <param name="IsAppendable">Whether a record may be appended. Not after damage, a failed write, or a start from another generation than <c>CURRENT</c>'s: then the next change writes a whole file.</param>
public sealed record StoredGeneration(Generation Generation, NamespaceVersion Version, int SnapshotBytes, Hash256 SnapshotDigest, int DeltaBytes, Hash256 Digest, bool IsAppendable)
{
    /// <summary>Smallest size at which a delta is folded, in bytes: 64 KiB. Below it, a small namespace would be rewritten at every few changes.</summary>
    public const int FoldBytesMin = 64 << 10;

    /// <summary>Size that the delta may have before it is folded into a new file: a quarter of the snapshot file, at least <see cref="FoldBytesMin"/>.</summary>
    public int FoldBytes => Math.Max(FoldBytesMin, SnapshotBytes / 4);

    /// <summary>Whether the delta holds changes, not only fresher heads.</summary>
    public bool HasChanges => Version.Revision.IsAfter(Generation.Revision);
}
