// SPDX-License-Identifier: Apache-2.0
using System.Collections;

namespace Heliograph.Core.Merkle;

/// <summary>Walks the entries of a <see cref="MerkleMap"/> in hash order. One small allocation however many entries.</summary>
public struct MerkleEnumerator : IEnumerator<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>>
{
    private readonly MerkleNode? _root;
    private Stack<MerkleNode>? _ahead; // what is still to be walked, the nearest on top; at most one per level
    private MerkleLeaf? _leaf;

    internal MerkleEnumerator(MerkleNode? root) => _root = root;

    /// <summary>The entry last reached.</summary>
    /// <exception cref="InvalidOperationException"><see cref="MoveNext"/> was not called, or has returned false.</exception>
    public readonly KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> Current => new(Leaf.Key, Leaf.Value);

    readonly object IEnumerator.Current => Current;

    internal readonly MerkleLeaf Leaf => _leaf ?? throw new InvalidOperationException("The enumerator does not stand on an entry.");

    /// <summary>Goes to the next entry, or says that there is none.</summary>
    public bool MoveNext()
    {
        if (_ahead is null)
        {
            _ahead = new(capacity: 32);
            if (_root is not null) _ahead.Push(_root);
        }
        if (!_ahead.TryPop(out var node))
        {
            _leaf = null;
            return false;
        }
        while (node is MerkleBranch branch)
        {
            _ahead.Push(branch.Right);
            node = branch.Left;
        }
        _leaf = (MerkleLeaf)node;
        return true;
    }

    /// <summary>Goes back before the first entry.</summary>
    public void Reset() => (_ahead, _leaf) = (null, null);

    /// <summary>Nothing is held.</summary>
    public readonly void Dispose() { }
}
