// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Heliograph.Core.Hashing;
using Xunit;

namespace Heliograph.Core.Tests;

/// <summary>Both ways to a digest give what .NET's own gives, whatever the lengths and the pieces.</summary>
public sealed class Sha256Tests
{
    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, 131), 8_191, 8_192, 8_193, 16_384, 16_385, 1_000_000];

    [Fact]
    public void Openssl_is_used_where_dotnet_itself_uses_it() => Assert.Equal(OperatingSystem.IsLinux(), BlockHash.IsSupported);

    [Theory, MemberData(nameof(Lengths))]
    public void The_digest_is_that_of_dotnet(int length)
    {
        var bytes = Bytes(length);
        Assert.Equal(new Hash256(SHA256.HashData(bytes)), Sha256.Of(bytes));
    }

    [Theory, MemberData(nameof(Lengths))]
    public void Pieces_make_the_same_digest_as_the_whole(int length)
    {
        var bytes = Bytes(length);
        foreach (var cut in new[] { 0, 1, 63, 64, 65, length / 2, length })
        {
            var at = Math.Min(cut, length);
            var native = Sha256.Begin();
            var managed = Sha256.BeginManaged();
            native.Append(bytes.AsSpan(0, at));
            native.Append(bytes.AsSpan(at));
            managed.Append(bytes.AsSpan(0, at));
            managed.Append(bytes.AsSpan(at));
            var expected = new Hash256(SHA256.HashData(bytes));
            Assert.Equal(expected, native.End());
            Assert.Equal(expected, managed.End());
        }
    }

    [Fact]
    public void Threads_do_not_disturb_each_other()
    {
        byte[][] inputs = [.. Enumerable.Range(0, 64).Select(index => Bytes(50 + (index * 37)))];
        Hash256[] expected = [.. inputs.Select(bytes => new Hash256(SHA256.HashData(bytes)))];
        Parallel.For(0, 20_000, round => Assert.Equal(expected[round % inputs.Length], Sha256.Of(inputs[round % inputs.Length])));
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
