// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Heads;

/// <summary>The end of an epoch, with its signatures, as bytes that are forwarded verbatim: what follows the base is discarded, and a new epoch goes on from there.</summary>
/// <remarks>Parsing checks form only. Nothing may act on a transition before <see cref="EpochHistory.Extend"/> has taken it.</remarks>
public sealed class SignedTransition
{
    /// <summary>Largest signed transition, in bytes.</summary>
    public const int BytesMax = 16 << 10;

    /// <summary>Longest reason, in characters.</summary>
    public const int ReasonCharsMax = 512;

    private const long LatestMs = 253_402_300_799_999; // 9999-12-31, the last that a DateTimeOffset holds

    private static ReadOnlySpan<byte> Domain => "heliograph:epoch:v1\0"u8;

    private SignedTransition(ReadOnlyMemory<byte> bytes, SignedEpochTransition envelope, EpochTransition content) => (Bytes, Envelope, Content) = (bytes, envelope, content);

    /// <summary>Canonical bytes of the envelope.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Canonical bytes of the transition: what the signatures cover, behind the domain prefix, and what the log's entry repeats.</summary>
    public ReadOnlyMemory<byte> TransitionBytes => Envelope.Transition.Memory;

    /// <summary>What it says. Not to be changed.</summary>
    public EpochTransition Content { get; }

    /// <summary>The epoch that begins.</summary>
    public int Epoch => (int)Content.Epoch;

    /// <summary>Revision of the last entry that stays; its sequence is 0 if none does.</summary>
    public Revision Base => new((int)Content.BaseEpoch, (long)Content.BaseSequence);

    /// <summary>Hash of that entry; zero if none stays.</summary>
    public Hash256 BaseHash => new(Content.BaseHash.Span);

    /// <summary>Who has signed, and how.</summary>
    public IReadOnlyList<RoleSignature> Signatures => Envelope.Signatures;

    private SignedEpochTransition Envelope { get; }

    /// <summary>What a signature covers: the domain prefix, then the transition's bytes.</summary>
    public static byte[] SignedBytes(ReadOnlySpan<byte> transitionBytes) => [.. Domain, .. transitionBytes];

    /// <summary>A transition that nobody has signed yet.</summary>
    /// <exception cref="ArgumentException">A field is out of range; the message says which.</exception>
    public static SignedTransition Propose(EpochTransition transition)
    {
        if (Fault(transition) is { } fault) throw new ArgumentException(fault, nameof(transition));
        return Of(new() { Transition = transition.ToByteString() }, transition);
    }

    /// <summary>This transition with one signature more. A key that has signed before signs anew.</summary>
    public SignedTransition SignedBy(IHeadSigner signer)
    {
        var envelope = new SignedEpochTransition { Transition = Envelope.Transition };
        envelope.Signatures.AddRange(RoleSignatures.With(Envelope.Signatures, signer, SignedBytes(TransitionBytes.Span)));
        return Of(envelope, Content);
    }

    /// <summary>How many of <paramref name="root"/>'s recovery keys have signed, and how many must; 0 must where there are none, and then it is worth nothing.</summary>
    public (int Signed, int Threshold) SignedUnder(TrustRoot root) =>
        (RoleSignatures.Count(root.RecoveryKeys, SignedBytes(TransitionBytes.Span), Signatures), (int)root.RecoveryThreshold);

    /// <summary>Reads a signed transition from its bytes, which are kept, not copied. Checks form, not truth.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out SignedTransition? transition, [NotNullWhen(false)] out string? error)
    {
        transition = null;
        if (!CanonicalMessage.TryParse(SignedEpochTransition.Parser, bytes.Span, BytesMax, out var envelope, out error)) return false;
        if (!CanonicalMessage.TryParse(EpochTransition.Parser, envelope.Transition.Span, BytesMax, out var content, out error)) return false;
        error = Fault(content) ?? RoleSignatures.Fault(envelope.Signatures);
        if (error is not null) return false;
        transition = new(bytes, envelope, content);
        return true;
    }

    private static string? Fault(EpochTransition transition) =>
        transition.LogId.Length != Hash256.SizeBytes || transition.BaseHash.Length != Hash256.SizeBytes ? $"EpochTransition: log_id and base_hash are {Hash256.SizeBytes} bytes each."
        : transition.Epoch is < 2 or > int.MaxValue ? "EpochTransition: the epoch that begins is 2 or more."
        : transition.BaseEpoch == 0 || transition.BaseEpoch >= transition.Epoch ? "EpochTransition: the epoch of its base is 1 or more, and before the one that begins."
        : transition.BaseSequence >= long.MaxValue || transition.DiscardedUpTo > long.MaxValue ? "EpochTransition: a sequence is out of range."
        : transition.BaseSequence == 0 && (transition.BaseEpoch != 1 || new Hash256(transition.BaseHash.Span) != default)
            ? "EpochTransition: where nothing stays, the base is 1.0, and its hash 32 zero bytes."
        : transition.DiscardedUpTo != 0 && transition.DiscardedUpTo < transition.BaseSequence ? "EpochTransition: discarded_up_to lies before the base."
        : transition.IssuedAtMs is < 0 or > LatestMs ? "EpochTransition: its time is out of range."
        : transition.Reason.Length == 0 ? "EpochTransition: it must say why."
        : TextRules.Fault("reason", transition.Reason, ReasonCharsMax);

    private static SignedTransition Of(SignedEpochTransition envelope, EpochTransition content) => new(envelope.ToByteArray(), envelope, content);
}
