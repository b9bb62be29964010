// SPDX-License-Identifier: Apache-2.0
using CsCheck;
using Xunit;

namespace Heliograph.Core.Tests.Words;

public sealed class Hash256Tests
{
    private static readonly Gen<byte[]> Digests = Gen.Byte.Array[Hash256.SizeBytes];

    [Fact]
    public void Bytes_and_text_survive() => Digests.Sample(bytes =>
    {
        var hash = new Hash256(bytes);

        Assert.Equal(bytes, hash.ToArray());
        Assert.Equal(Convert.ToHexStringLower(bytes), hash.ToString());
        Assert.True(Hash256.TryParse(hash.ToString().ToUpperInvariant(), out var read));
        Assert.Equal(hash, read);
        Assert.Equal(hash.GetHashCode(), read.GetHashCode());
    });

    [Fact]
    public void It_compares_as_its_bytes_do() => Gen.Select(Digests, Digests).Sample((left, right) =>
    {
        Assert.Equal(Math.Sign(left.AsSpan().SequenceCompareTo(right)), Math.Sign(new Hash256(left).CompareTo(new Hash256(right))));
        Assert.Equal(left.AsSpan().SequenceEqual(right), new Hash256(left) == new Hash256(right));
    });

    [Fact]
    public void One_bit_of_difference_is_a_difference() => Gen.Select(Digests, Gen.Int[0, 255]).Sample((bytes, bit) =>
    {
        byte[] other = [.. bytes];
        other[bit / 8] ^= (byte)(0x80 >> (bit % 8));

        Assert.NotEqual(new Hash256(bytes), new Hash256(other));
        Assert.NotEqual(new Hash256(bytes).Bit(bit), new Hash256(other).Bit(bit));
        Assert.Equal((bytes[bit / 8] >> (7 - (bit % 8))) & 1, new Hash256(bytes).Bit(bit));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void Other_lengths_are_refused(int length)
    {
        Assert.Throws<ArgumentException>(() => new Hash256(new byte[length]));
        Assert.False(Hash256.TryParse(new string('a', 2 * length), out var hash));
        Assert.True(hash.IsZero);
    }

    [Fact]
    public void Text_that_is_not_hexadecimal_is_refused() => Assert.False(Hash256.TryParse(new string('g', 64), out _));

    [Fact]
    public void Bits_outside_cannot_be_asked_for()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Hash256.Zero.Bit(256));
        Assert.Throws<ArgumentOutOfRangeException>(() => Hash256.Zero.Bit(-1));
    }
}
