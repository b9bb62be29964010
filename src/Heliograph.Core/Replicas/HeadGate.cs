// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;

namespace Heliograph.Core.Replicas;

/// <summary>The one door through which heads come in: form, log, root version, signature, features, epoch, equivocation. Relay, agent and client share it.</summary>
/// <remarks>
/// Steps 1 to 7 of the acceptance algorithm (docs/reference/acceptance.md). Whether a head may
/// advance a namespace (its floor, its expiry) is that namespace's question: <see cref="NamespaceReplica"/>. Not thread-safe.
/// </remarks>
public sealed class HeadGate(HeadVerifier verifier, TrustedClock clock)
{
    /// <summary>The feature bits that this version understands.</summary>
    public const ulong FeaturesKnown = 0;

    /// <summary>By what time heads expire.</summary>
    public TrustedClock Clock { get; } = clock;

    /// <summary>The newest head accepted, or <see langword="null"/>. The realm's clock.</summary>
    public SignedHead? Newest { get; private set; }

    /// <summary>Judges a head. An accepted one is remembered if it is the newest, and may raise the trusted time.</summary>
    public Verdict<SignedHead> Admit(ReadOnlyMemory<byte> signedHeadBytes)
    {
        if (Newest is { } newest && newest.Bytes.Span.SequenceEqual(signedHeadBytes.Span)) return newest;
        if (!SignedHead.TryParse(signedHeadBytes, out var head, out var error)) return new Refusal(RefusalCode.Malformed, error);
        if (head.LogId != verifier.Anchor.LogId && !Planted.AcceptOtherLog)
            return new Refusal(RefusalCode.WrongLog, $"The head is of log {Short(head.LogId)}; this replica is pinned to {Short(verifier.Anchor.LogId)}.");
        if (head.Content.RootVersion != verifier.Anchor.Root.RootVersion)
            return new Refusal(RefusalCode.Unsupported, $"The head is under root version {head.Content.RootVersion}; this replica holds version {verifier.Anchor.Root.RootVersion}.");
        if (!verifier.IsSigned(head))
            return new Refusal(RefusalCode.BadSignature, $"The head at {head.Revision} is not signed by a head key of the trust root (key id '{head.KeyId}').");
        if ((head.Content.Features & ~FeaturesKnown) != 0) // only a signed head may call for an update of the software
            return new Refusal(RefusalCode.Unsupported, $"The head needs features 0x{head.Content.Features:x}; this version knows 0x{FeaturesKnown:x}. Update it.");
        return Compare(head) is { } refusal ? refusal : Remember(head);
    }

    private Refusal? Compare(SignedHead head)
    {
        if (Newest is not { } newest) return null;
        if (head.Content.Epoch > newest.Content.Epoch)
            return new Refusal(RefusalCode.EpochUnproven, $"The head is of epoch {head.Content.Epoch}; no transition from epoch {newest.Content.Epoch} has been proven.");
        if (head.Content.Epoch < newest.Content.Epoch)
            return new Refusal(RefusalCode.BelowFloor, $"The head is of epoch {head.Content.Epoch}, which ended; the realm is at {newest.Content.Epoch}.");
        if (head.Revision == newest.Revision && (head.EntryHash != newest.EntryHash || head.DirectoryRoot != newest.DirectoryRoot))
            return new Refusal(RefusalCode.Equivocation, $"Two heads are signed for {head.Revision} that say different things (keys '{head.KeyId}' and '{newest.KeyId}').");
        return null;
    }

    private SignedHead Remember(SignedHead head)
    {
        var isNewer = Newest is null || head.Revision.IsAfter(Newest.Revision);
        if (!isNewer && head.Revision != Newest!.Revision) return head; // it may still vouch for a namespace; of the time it tells nothing
        Clock.Observe(head.IssuedAt, isNewer);
        if (isNewer || head.IssuedAt > Newest!.IssuedAt) Newest = head;
        return head;
    }

    private static string Short(Hash256 hash) => hash.ToString()[..12];
}
