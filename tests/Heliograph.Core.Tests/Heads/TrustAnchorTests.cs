// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using CsCheck;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Tests.Log;
using Heliograph.Core.Wire;
using Xunit;

namespace Heliograph.Core.Tests.Heads;

public sealed class TrustAnchorTests
{
    [Fact]
    public void The_golden_root_has_the_log_id_that_another_program_computed()
    {
        var golden = GoldenLog.Root.GetProperty("trust_root");
        Assert.True(TrustAnchor.TryParse(GoldenLog.Bytes(golden, "bytes"), out var anchor, out var error), error);

        Assert.Equal(GoldenLog.Text(golden, "log_id"), anchor.LogId.ToString());
        Assert.Equal("golden", anchor.Root.Realm);
        Assert.NotNull(anchor.FindHeadKey("origin-a"));
        Assert.Null(anchor.FindHeadKey("origin-b"));
        Assert.Equal(golden.GetProperty("bytes").GetString(), Convert.ToHexStringLower(TrustAnchor.Seal(anchor.Root).Bytes.Span));
    }

    [Fact]
    public void Roots_that_break_a_rule_are_refused_with_the_reason()
    {
        Refused("format 3", root => root.Format = 3);
        Refused("version 2", root => root.RootVersion = 2);
        Refused("nonce", root => root.Nonce = ByteString.CopyFrom(new byte[15]));
        Refused("1 to 32", root => root.HeadKeys.Clear());
        Refused("1 to 32", root => root.HeadKeys.Add(Enumerable.Range(0, 32).Select(i => new HeadKey(root.HeadKeys[0]) { KeyId = $"k{i}" })));
        Refused("two head keys", root => root.HeadKeys.Add(root.HeadKeys[0].Clone()));
        Refused("must not be empty", root => root.HeadKeys[0].KeyId = "");
        Refused("at most 64", root => root.HeadKeys[0].KeyId = new string('k', 65));
        Refused("control", root => root.HeadKeys[0].KeyId = "a\rb");
        Refused("algorithm 2", root => root.HeadKeys[0].Algorithm = 2);
        Refused("not a P-256 key", root => root.HeadKeys[0].PublicKey = ByteString.CopyFromUtf8("no key"));
        Refused("not a P-256 key", root => root.HeadKeys[0].PublicKey = ByteString.CopyFrom([.. root.HeadKeys[0].PublicKey.Span, 0]));
    }

    [Theory]
    [InlineData("1.3.132.0.34")] // P-384
    [InlineData("1.3.132.0.10")] // secp256k1: 256 bits, and not P-256
    public void Keys_on_other_curves_are_refused(string curve)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromValue(curve));

        Refused("not a P-256 key", root => root.HeadKeys[0].PublicKey = ByteString.CopyFrom(key.ExportSubjectPublicKeyInfo()));
    }

    [Fact]
    public void A_point_that_is_not_on_the_curve_is_refused() => Refused("not a P-256 key", root =>
    {
        var key = root.HeadKeys[0].PublicKey.ToByteArray();
        key[^1] ^= 1;
        root.HeadKeys[0].PublicKey = ByteString.CopyFrom(key);
    });

    [Fact]
    public void Bytes_that_are_not_canonical_are_refused()
    {
        var bytes = GoldenLog.Anchor.Bytes.ToArray();

        Assert.False(TrustAnchor.TryParse(bytes.AsMemory(0, bytes.Length - 1), out _, out _));
        Assert.False(TrustAnchor.TryParse((byte[])[.. bytes, 0x08, 0x01], out _, out _));
        Assert.False(TrustAnchor.TryParse(new byte[TrustAnchor.BytesMax + 1], out _, out _));
        Assert.False(TrustAnchor.TryParse(ReadOnlyMemory<byte>.Empty, out _, out _));
    }

    [Fact]
    public void Any_bytes_are_refused_without_an_exception() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        Assert.False(TrustAnchor.TryParse(bytes, out _, out var error));
        Assert.NotEmpty(error);
    });

    private static void Refused(string reason, Action<TrustRoot> alter)
    {
        var root = GoldenLog.Anchor.Root.Clone();
        alter(root);

        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => TrustAnchor.Seal(root)).Message, StringComparison.Ordinal);
        Assert.False(TrustAnchor.TryParse(root.ToByteArray(), out _, out _));
    }
}
