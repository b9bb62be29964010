// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Heads;

/// <summary>A root after the first, with its signatures, as bytes that are forwarded verbatim.</summary>
/// <remarks>Parsing checks the form of the envelope only. Nothing may trust a root before <see cref="RootChain.Extend"/> has taken it.</remarks>
public sealed class SignedRoot
{
    /// <summary>Largest signed root, in bytes: the root, and 64 signatures with their key ids.</summary>
    public const int BytesMax = TrustAnchor.BytesMax + (12 << 10);

    private static ReadOnlySpan<byte> Domain => "heliograph:root:v1\0"u8;

    private SignedRoot(ReadOnlyMemory<byte> bytes, Wire.SignedRoot envelope, TrustRoot content) => (Bytes, Envelope, Content) = (bytes, envelope, content);

    /// <summary>Canonical bytes of the envelope.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The root's bytes: what the signatures cover, behind the domain prefix.</summary>
    public ReadOnlyMemory<byte> RootBytes => Envelope.Root.Memory;

    /// <summary>What the root says. Not to be changed. Until the chain has taken it, fields of a later format may be missing here.</summary>
    public TrustRoot Content { get; }

    /// <summary>Which root it is.</summary>
    public uint Version => Content.RootVersion;

    /// <summary>Who has signed, and how.</summary>
    public IReadOnlyList<RoleSignature> Signatures => Envelope.Signatures;

    private Wire.SignedRoot Envelope { get; }

    /// <summary>What a root's signature covers: the domain prefix, then the root's bytes.</summary>
    public static byte[] SignedBytes(ReadOnlySpan<byte> rootBytes) => [.. Domain, .. rootBytes];

    /// <summary>A root that nobody has signed yet.</summary>
    /// <exception cref="ArgumentException">The root breaks a rule; the message says which.</exception>
    public static SignedRoot Propose(TrustRoot root)
    {
        if (TrustRootRules.Fault(root) is { } fault) throw new ArgumentException(fault, nameof(root));
        if (root.CalculateSize() > TrustAnchor.BytesMax) throw new ArgumentException($"TrustRoot: {root.CalculateSize()} bytes, at most {TrustAnchor.BytesMax} are allowed.", nameof(root));
        return Of(new() { Root = root.ToByteString() }, root);
    }

    /// <summary>This root with one signature more. A key that has signed before signs anew.</summary>
    public SignedRoot SignedBy(IHeadSigner signer)
    {
        var envelope = new Wire.SignedRoot { Root = Envelope.Root };
        envelope.Signatures.AddRange(RoleSignatures.With(Envelope.Signatures, signer, SignedBytes(RootBytes.Span)));
        return Of(envelope, Content);
    }

    /// <summary>How many of <paramref name="root"/>'s root keys have signed this one, and how many must.</summary>
    public (int Signed, int Threshold) SignedUnder(TrustRoot root) =>
        (RoleSignatures.Count(TrustRootRules.RootKeys(root), SignedBytes(RootBytes.Span), Signatures), TrustRootRules.RootThreshold(root));

    /// <summary>Reads a signed root from its bytes, which are kept, not copied. Checks form, not truth.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out SignedRoot? root, [NotNullWhen(false)] out string? error)
    {
        root = null;
        if (!CanonicalMessage.TryParse(Wire.SignedRoot.Parser, bytes.Span, BytesMax, out var envelope, out error)) return false;
        error = envelope.Root.Length > TrustAnchor.BytesMax ? $"TrustRoot: {envelope.Root.Length} bytes, at most {TrustAnchor.BytesMax} are allowed." : RoleSignatures.Fault(envelope.Signatures);
        if (error is not null) return false;
        TrustRoot content;
        try
        {
            content = TrustRoot.Parser.WithDiscardUnknownFields(true).ParseFrom(envelope.Root);
        }
        catch (InvalidProtocolBufferException)
        {
            error = "TrustRoot: the bytes are truncated or malformed.";
            return false;
        }
        root = new(bytes, envelope, content);
        return true;
    }

    /// <summary>What is wrong with the root itself, its canonical form included; <see langword="null"/> for nothing.</summary>
    internal string? ContentFault() =>
        CanonicalMessage.TryParse(TrustRoot.Parser, RootBytes.Span, TrustAnchor.BytesMax, out var content, out var error) ? TrustRootRules.Fault(content) : error;

    private static SignedRoot Of(Wire.SignedRoot envelope, TrustRoot content) => new(envelope.ToByteArray(), envelope, content);
}
