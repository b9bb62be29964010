// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Heliograph.Core.Log;

namespace Heliograph.Core.Heads;

/// <summary>The statement of what the log and every namespace contain at a revision, with its signature, as bytes that are forwarded verbatim.</summary>
/// <remarks>Parsing checks form only. Nothing may act on a head before <see cref="HeadVerifier"/> has accepted it.</remarks>
public sealed class SignedHead
{
    /// <summary>Largest signed head, in bytes.</summary>
    public const int BytesMax = 1_024;

    private SignedHead(ReadOnlyMemory<byte> bytes, Wire.SignedHead envelope, Wire.Head content) =>
        (Bytes, Envelope, Content) = (bytes, envelope, content);

    /// <summary>Canonical bytes of the envelope: head, key id and signature.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The bytes that the signature covers (behind the domain prefix).</summary>
    public ReadOnlyMemory<byte> HeadBytes => Envelope.Head.Memory;

    /// <summary>Which key signed.</summary>
    public string KeyId => Envelope.KeyId;

    /// <summary>64 bytes, IEEE P1363.</summary>
    public ReadOnlyMemory<byte> Signature => Envelope.Signature.Memory;

    /// <summary>What the head says. Not to be changed.</summary>
    public Wire.Head Content { get; }

    /// <summary>The revision of the log that it speaks of.</summary>
    public Revision Revision => new(checked((int)Content.Epoch), checked((long)Content.Sequence));

    /// <summary>Identity of the log.</summary>
    public Hash256 LogId => new(Content.LogId.Span);

    /// <summary>Hash of the newest entry.</summary>
    public Hash256 EntryHash => new(Content.EntryHash.Span);

    /// <summary>Root over all namespaces.</summary>
    public Hash256 DirectoryRoot => new(Content.DirectoryRoot.Span);

    /// <summary>When it was signed, by the origin's clock.</summary>
    public DateTimeOffset IssuedAt => DateTimeOffset.FromUnixTimeMilliseconds(Content.IssuedAtMs);

    /// <summary>Until when a follower may advance under it.</summary>
    public DateTimeOffset ExpiresAt => DateTimeOffset.FromUnixTimeMilliseconds(Content.ExpiresAtMs);

    /// <summary>How often the origin issues a head when nothing changes.</summary>
    public TimeSpan Heartbeat => TimeSpan.FromSeconds(Content.HeartbeatSeconds);

    private Wire.SignedHead Envelope { get; }

    /// <summary>Puts a signature to a head.</summary>
    public static SignedHead Seal(Wire.Head head, IHeadSigner signer)
    {
        var headBytes = head.ToByteArray();
        var envelope = new Wire.SignedHead
        {
            Head = ByteString.CopyFrom(headBytes),
            KeyId = signer.KeyId,
            Signature = ByteString.CopyFrom(signer.Sign(HeadVerifier.SignedBytes(headBytes))),
        };
        return new(envelope.ToByteArray(), envelope, head);
    }

    /// <summary>Reads a signed head from its bytes, which are kept, not copied. Checks form, not truth.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out SignedHead? head, [NotNullWhen(false)] out string? error)
    {
        head = null;
        if (!CanonicalMessage.TryParse(Wire.SignedHead.Parser, bytes.Span, BytesMax, out var envelope, out error)) return false;
        if (!TryParseContent(envelope.Head.Span, out var content, out error)) return false;
        if (envelope.Signature.Length != HeadVerifier.SignatureBytes)
        {
            error = $"SignedHead: a signature is {HeadVerifier.SignatureBytes} bytes.";
            return false;
        }
        error = TrustAnchor.KeyIdFault(envelope.KeyId);
        if (error is not null) return false;
        head = new(bytes, envelope, content);
        return true;
    }

    private static bool TryParseContent(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Wire.Head? content, [NotNullWhen(false)] out string? error)
    {
        if (!CanonicalMessage.TryParse(Wire.Head.Parser, bytes, BytesMax, out content, out error)) return false;
        error = content.LogId.Length != Hash256.SizeBytes || content.EntryHash.Length != Hash256.SizeBytes || content.DirectoryRoot.Length != Hash256.SizeBytes
                ? $"Head: log_id, entry_hash and directory_root are {Hash256.SizeBytes} bytes each."
            : content.Epoch is 0 or > int.MaxValue || content.Sequence > long.MaxValue ? "Head: the epoch begins at 1."
            : content.IssuedAtMs is < 0 or > LatestMs || content.ExpiresAtMs < content.IssuedAtMs || content.ExpiresAtMs > LatestMs ? "Head: its times are out of range or out of order."
            : content.HeartbeatSeconds is 0 or > 3_600 ? "Head: the heartbeat is 1 to 3,600 seconds."
            : null;
        return error is null;
    }

    private const long LatestMs = 253_402_300_799_999; // 9999-12-31, the last that a DateTimeOffset holds
}
