// SPDX-License-Identifier: Apache-2.0
using CsCheck;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Tests.Log;
using Heliograph.Core.Wire;
using Heliograph.Testing;
using Xunit;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Core.Tests.Heads;

public sealed class SignedHeadTests
{
    [Fact]
    public void The_golden_head_says_what_another_program_wrote_and_its_signature_holds()
    {
        var golden = GoldenLog.Root.GetProperty("head");
        Assert.True(SignedHead.TryParse(GoldenLog.Bytes(golden, "signed_head"), out var head, out var error), error);

        Assert.Equal(GoldenLog.Text(golden, "bytes"), Convert.ToHexStringLower(head.HeadBytes.Span));
        Assert.Equal(GoldenLog.Text(golden, "signed_bytes"), Convert.ToHexStringLower(HeadVerifier.SignedBytes(head.HeadBytes.Span)));
        Assert.Equal((new Revision(1, 5), GoldenLog.Anchor.LogId), (head.Revision, head.LogId));
        Assert.Equal(GoldenLog.Text(GoldenLog.Root.GetProperty("directory"), "root"), head.DirectoryRoot.ToString());
        Assert.Equal(TimeSpan.FromMinutes(10), head.ExpiresAt - head.IssuedAt);
        using var verifier = new HeadVerifier(GoldenLog.Anchor);
        Assert.True(verifier.IsSigned(head));
    }

    [Fact]
    public void A_head_made_here_has_the_bytes_of_the_golden_vector()
    {
        var golden = GoldenLog.Root.GetProperty("head");
        Assert.True(SignedHead.TryParse(GoldenLog.Bytes(golden, "signed_head"), out var parsed, out _));
        var head = new Head
        {
            LogId = ByteString.CopyFrom(GoldenLog.Anchor.LogId.ToArray()),
            Epoch = 1,
            Sequence = 5,
            EntryHash = ByteString.CopyFrom(parsed.EntryHash.ToArray()),
            DirectoryRoot = ByteString.CopyFrom(parsed.DirectoryRoot.ToArray()),
            IssuedAtMs = 1_767_322_800_000,
            ExpiresAtMs = 1_767_323_400_000,
            HeartbeatSeconds = 10,
            RootVersion = 1,
        };

        var sealedHead = SignedHead.Seal(head, new FixedSignature(parsed.KeyId, parsed.Signature.ToArray()));

        Assert.Equal(GoldenLog.Text(golden, "signed_head"), Convert.ToHexStringLower(sealedHead.Bytes.Span));
    }

    [Fact]
    public void No_flipped_bit_leaves_the_signature_valid()
    {
        var bytes = GoldenLog.Bytes(GoldenLog.Root.GetProperty("head"), "signed_head");
        using var verifier = new HeadVerifier(GoldenLog.Anchor);

        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            byte[] altered = [.. bytes];
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            if (SignedHead.TryParse(altered, out var head, out var error)) Assert.False(verifier.IsSigned(head));
            else Assert.NotEmpty(error);
        }
    }

    [Fact]
    public void A_head_accepted_before_does_not_vouch_for_another()
    {
        using var authority = new TestAuthority(TimeProvider.System);
        using var verifier = new HeadVerifier(authority.Anchor);
        var good = authority.Beat();
        Assert.True(verifier.IsSigned(good));

        var envelope = new Wire.SignedHead { Head = ByteString.CopyFrom(authority.Sign(head => head.Sequence = 9).HeadBytes.Span), KeyId = good.KeyId, Signature = ByteString.CopyFrom(good.Signature.Span) };

        Assert.True(SignedHead.TryParse(envelope.ToByteArray(), out var forged, out _));
        Assert.False(verifier.IsSigned(forged));
        Assert.True(verifier.IsSigned(good));
    }

    [Fact]
    public void A_signature_without_the_domain_prefix_is_worth_nothing()
    {
        using var authority = new TestAuthority(TimeProvider.System);
        using var verifier = new HeadVerifier(authority.Anchor);
        var envelope = new Wire.SignedHead { Head = ByteString.CopyFrom(authority.Head.HeadBytes.Span), KeyId = authority.KeyId, Signature = ByteString.CopyFrom(authority.Sign(authority.Head.HeadBytes.Span)) };

        Assert.True(SignedHead.TryParse(envelope.ToByteArray(), out var head, out _));
        Assert.False(verifier.IsSigned(head));
    }

    [Fact]
    public void Heads_whose_content_cannot_be_are_refused()
    {
        Refused(head => head.LogId = ByteString.CopyFrom(new byte[31]));
        Refused(head => head.EntryHash = ByteString.Empty);
        Refused(head => head.DirectoryRoot = ByteString.CopyFrom(new byte[64]));
        Refused(head => head.Epoch = 0);
        Refused(head => head.Epoch = uint.MaxValue);
        Refused(head => head.Sequence = ulong.MaxValue);
        Refused(head => head.IssuedAtMs = -1);
        Refused(head => head.IssuedAtMs = long.MaxValue);
        Refused(head => head.ExpiresAtMs = head.IssuedAtMs - 1);
        Refused(head => head.ExpiresAtMs = long.MaxValue);
        Refused(head => head.HeartbeatSeconds = 0);
        Refused(head => head.HeartbeatSeconds = 3_601);
    }

    [Fact]
    public void Envelopes_that_cannot_be_are_refused()
    {
        using var authority = new TestAuthority(TimeProvider.System);
        Assert.True(Parses(envelope => { }));
        Assert.False(Parses(envelope => envelope.Signature = ByteString.CopyFrom(new byte[63])));
        Assert.False(Parses(envelope => envelope.Signature = ByteString.CopyFrom(new byte[65])));
        Assert.False(Parses(envelope => envelope.KeyId = ""));
        Assert.False(Parses(envelope => envelope.KeyId = new string('k', 65)));
        Assert.False(Parses(envelope => envelope.KeyId = "a\nb")); // it stands in logs
        Assert.False(Parses(envelope => envelope.Head = ByteString.Empty));
        Assert.False(SignedHead.TryParse(new byte[SignedHead.BytesMax + 1], out _, out var error));
        Assert.Contains("at most", error, StringComparison.Ordinal);

        bool Parses(Action<Wire.SignedHead> alter)
        {
            var envelope = Wire.SignedHead.Parser.ParseFrom(authority.Head.Bytes.Span);
            alter(envelope);
            return SignedHead.TryParse(envelope.ToByteArray(), out _, out _);
        }
    }

    [Fact]
    public void Any_bytes_are_read_or_refused_without_an_exception() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        if (!SignedHead.TryParse(bytes, out _, out var error)) Assert.NotEmpty(error);
    });

    private static void Refused(Action<Head> alter)
    {
        using var authority = new TestAuthority(TimeProvider.System);
        Assert.False(SignedHead.TryParse(authority.Sign(alter).Bytes, out var head, out var error));
        Assert.Null(head);
        Assert.NotEmpty(error);
    }

    private sealed class FixedSignature(string keyId, byte[] signature) : IHeadSigner
    {
        public string KeyId => keyId;

        public byte[] Sign(ReadOnlySpan<byte> data) => signature;
    }
}
