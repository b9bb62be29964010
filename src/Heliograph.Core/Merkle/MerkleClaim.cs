// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Merkle;

/// <summary>What someone says that a <see cref="MerkleMap"/> holds at a key; a <see cref="MerkleMultiProof"/> shows whether it is so.</summary>
/// <remarks>Made by name only: a null array converts to an empty value without a word, and empty is not absent.</remarks>
public readonly struct MerkleClaim
{
    private MerkleClaim(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte>? value) => (Key, Value) = (key, value);

    /// <summary>The key, any bytes.</summary>
    public ReadOnlyMemory<byte> Key { get; }

    /// <summary>The value that the map is said to have; <see langword="null"/> if it is said not to have the key.</summary>
    public ReadOnlyMemory<byte>? Value { get; }

    /// <summary>The map has <paramref name="key"/>, with exactly this value.</summary>
    public static MerkleClaim Present(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) => new(key, value);

    /// <summary>The map does not have <paramref name="key"/>.</summary>
    public static MerkleClaim Absent(ReadOnlyMemory<byte> key) => new(key, null);

    internal bool Contradicts(MerkleClaim other) =>
        Value is { } mine && other.Value is { } theirs ? !mine.Span.SequenceEqual(theirs.Span) : Value is null != other.Value is null;
}
