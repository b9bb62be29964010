// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Merkle;

/// <summary>What stands at one place of a <see cref="MerkleMultiProof"/>'s tree. Encoded as that many one bits, then a zero bit unless it is the last.</summary>
internal enum MerklePlace : byte
{
    /// <summary><c>0</c>: two or more leaves; the places below follow, zero side first.</summary>
    Node = 0,

    /// <summary><c>10</c>: something that no key asked about reaches. Its hash is in <c>siblings</c>.</summary>
    Sibling = 1,

    /// <summary><c>110</c>: the only leaf here, of a key asked about.</summary>
    OwnLeaf = 2,

    /// <summary><c>1110</c>: nothing.</summary>
    Empty = 3,

    /// <summary><c>1111</c>: the only leaf here, of a key not asked about. Its hashes are in <c>other_leaves</c>.</summary>
    OtherLeaf = 4,
}
