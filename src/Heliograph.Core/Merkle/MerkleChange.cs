// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Merkle;

/// <summary>One change to a <see cref="MerkleMap"/>: a key set, or a key removed.</summary>
public readonly struct MerkleChange
{
    private MerkleChange(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte>? value) => (Key, Value) = (key, value);

    /// <summary>The key, any bytes.</summary>
    public ReadOnlyMemory<byte> Key { get; }

    /// <summary>The key's new value; <see langword="null"/> if it is removed. An empty value is a value.</summary>
    public ReadOnlyMemory<byte>? Value { get; }

    /// <summary>Whether the key is removed.</summary>
    public bool IsRemoval => Value is null;

    /// <summary>Sets a key, whether or not it was there. The bytes are not copied and must never change.</summary>
    public static MerkleChange Set(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) => new(key, value);

    /// <summary>Removes a key, whether or not it was there.</summary>
    public static MerkleChange Remove(ReadOnlyMemory<byte> key) => new(key, null);
}
