// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Merkle;
using Heliograph.Core.Wire;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Core.Replicas;

/// <summary>A namespace at a revision, with everything that proves it: what one tier holds, persists, serves and hands on.</summary>
/// <remarks>Immutable. Made by the sequencer at the origin and by <c>NamespaceReplica</c> everywhere else, which has verified it.</remarks>
/// <param name="Name">Which namespace.</param>
/// <param name="StateBytes">Canonical bytes of <paramref name="State"/>, as they stand in the directory.</param>
/// <param name="State">Last revision, state root, and the signed caps.</param>
/// <param name="Records">All records; their root is the state's.</param>
/// <param name="Head">The head under which this was last verified. Grows fresher without a change of the namespace.</param>
/// <param name="Proof">Path of <paramref name="StateBytes"/> in the directory of <paramref name="Head"/>.</param>
public sealed record NamespaceVersion(
    NamespaceName Name,
    ReadOnlyMemory<byte> StateBytes,
    NamespaceState State,
    MerkleMap Records,
    SignedHead Head,
    ReadOnlyMemory<byte> Proof)
{
    /// <summary>Revision of the last entry that touched the namespace: a follower's cursor.</summary>
    public Revision Revision { get; } = new(checked((int)State.LastEpoch), checked((long)State.LastSequence));

    /// <summary>Root over the records.</summary>
    public Hash256 StateRoot { get; } = new(State.StateRoot.Span);
}
