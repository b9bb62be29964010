// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Merkle;

/// <summary>The tree of a <see cref="MerkleMultiProof"/> as bits: its places depth first, zero side first, most significant bit first, then zeros to a whole byte.</summary>
internal static class MerkleShape
{
    public static byte[] Write(ReadOnlySpan<MerklePlace> places)
    {
        var bits = 0;
        foreach (var place in places) bits += CodeBits(place);
        var shape = new byte[(bits + 7) / 8];
        var at = 0;
        foreach (var place in places)
        {
            for (var one = at; one < at + (int)place; one++) shape[one >> 3] |= (byte)(0x80 >> (one & 7));
            at += CodeBits(place);
        }
        return shape;
    }

    /// <summary>Reads exactly one tree that fills the bytes; no places at all if they are anything else.</summary>
    public static MerklePlace[] Read(ReadOnlySpan<byte> shape)
    {
        var reader = new Reader(shape);
        return reader.TryNext(0, out var root) && root != MerklePlace.Sibling && reader.IsAtEnd ? reader.Places : [];
    }

    private static int CodeBits(MerklePlace place) => place == MerklePlace.OtherLeaf ? (int)place : (int)place + 1;

    private ref struct Reader(ReadOnlySpan<byte> shape)
    {
        private readonly ReadOnlySpan<byte> _shape = shape;
        private readonly List<MerklePlace> _places = [];
        private int _at;

        public readonly MerklePlace[] Places => [.. _places];

        public readonly bool IsAtEnd =>
            _shape.Length == (_at + 7) / 8 && (_at % 8 == 0 || (_shape[^1] & (0xFF >> (_at % 8))) == 0);

        /// <summary>Reads a place and all that is below it, at most 256 deep.</summary>
        public bool TryNext(int depth, out MerklePlace place)
        {
            if (!TryReadCode(out place)) return false;
            _places.Add(place);
            if (place != MerklePlace.Node) return true;
            return depth < MerkleHash.Bits && TryNext(depth + 1, out var left) && TryNext(depth + 1, out var right) && CanBeNode(left, right);
        }

        private bool TryReadCode(out MerklePlace place)
        {
            var ones = 0;
            for (; ones < (int)MerklePlace.OtherLeaf; ones++)
            {
                if (_at == 8 * _shape.Length) break;
                var bit = _shape[_at >> 3] & (0x80 >> (_at & 7));
                _at++;
                if (bit != 0) continue;
                place = (MerklePlace)ones;
                return true;
            }
            place = MerklePlace.OtherLeaf;
            return ones == (int)MerklePlace.OtherLeaf;
        }

        /// <summary>A node has two leaves or more, so beside emptiness there is no lone leaf; and it is only opened for a key, so not both sides are siblings.</summary>
        private static bool CanBeNode(MerklePlace left, MerklePlace right) => (left, right) switch
        {
            (MerklePlace.Sibling, MerklePlace.Sibling) => false,
            (MerklePlace.Empty, not (MerklePlace.Node or MerklePlace.Sibling)) => false,
            (not (MerklePlace.Node or MerklePlace.Sibling), MerklePlace.Empty) => false,
            _ => true,
        };
    }
}
