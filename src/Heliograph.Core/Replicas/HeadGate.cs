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

    /// <summary>The epochs that are proven to have begun.</summary>
    public EpochHistory Epochs => verifier.Trust.Current.Epochs;

    /// <summary>The newest head accepted, or <see langword="null"/>. The realm's clock.</summary>
    public SignedHead? Newest { get; private set; }

    private RealmTrust? _newestUnder; // what was trusted when the newest was judged

    /// <summary>Judges a head. An accepted one is remembered if it is the newest, and may raise the trusted time.</summary>
    /// <param name="signedHeadBytes">As it came.</param>
    /// <param name="isStart">Whether this host's own agent sends it to a replica that holds nothing: that may start under an earlier root, or one that has expired, as it would from a file of its own.</param>
    public Verdict<SignedHead> Admit(ReadOnlyMemory<byte> signedHeadBytes, bool isStart = false)
    {
        var trust = verifier.Trust.Current;
        if (Newest is { } newest && ReferenceEquals(_newestUnder, trust) && newest.Bytes.Span.SequenceEqual(signedHeadBytes.Span)) return newest;
        if (!SignedHead.TryParse(signedHeadBytes, out var head, out var error)) return new Refusal(RefusalCode.Malformed, error);
        if (head.LogId != verifier.Anchor.LogId && !Planted.AcceptOtherLog)
            return new Refusal(RefusalCode.WrongLog, $"The head is of log {Short(head.LogId)}; this replica is pinned to {Short(verifier.Anchor.LogId)}.");
        if ((CheckRoot(head, trust.Roots, isStart) ?? CheckFeatures(head) ?? CheckEpoch(head, trust.Epochs) ?? Compare(head)) is { } refusal) return refusal;
        return Remember(head, isStart ? null : trust);
    }

    /// <summary>Takes note of a head that this host took before and kept. It need not be right under the newest root, for it limits only what may follow.</summary>
    public void Restore(SignedHead head)
    {
        if (Newest is null || head.Revision.IsAfter(Newest.Revision) || (head.Revision == Newest.Revision && head.EntryHash == Newest.EntryHash)) Remember(head, under: null);
    }

    private Refusal? CheckRoot(SignedHead head, RootChain roots, bool isStart)
    {
        if (head.Content.RootVersion > roots.Version)
            return new Refusal(RefusalCode.Unsupported, $"The head is under root version {head.Content.RootVersion}; this replica holds version {roots.Version}.");
        if (!verifier.IsSigned(head))
        {
            if (!verifier.IsSignedOnce(head))
                return new Refusal(RefusalCode.BadSignature, $"The head at {head.Revision} is not signed by a head key of the trust root (key id '{head.KeyId}').");
            if (!isStart)
                return new Refusal(RefusalCode.BelowFloor, $"The head at {head.Revision} is signed with key '{head.KeyId}' under root version {head.Content.RootVersion}; version {roots.Version}, which is held, names it no more.");
        }
        return isStart || roots.ExpiresAt is not { } expires || expires > Clock.Now ? null
            : new Refusal(RefusalCode.Expired, $"Root version {roots.Version} expired at {expires:O}: nothing is advanced under it. Its owners sign version {roots.Version + 1}.");
    }

    /// <summary>Asked after the signature: only the realm may call for an update of the software.</summary>
    private static Refusal? CheckFeatures(SignedHead head) => (head.Content.Features & ~FeaturesKnown) == 0 ? null
        : new Refusal(RefusalCode.Unsupported, $"The head needs features 0x{head.Content.Features:x}; this version knows 0x{FeaturesKnown:x}. Update it.");

    private static Refusal? CheckEpoch(SignedHead head, EpochHistory epochs)
    {
        var revision = head.Revision;
        if (revision.Epoch < epochs.Epoch) return new Refusal(RefusalCode.BelowFloor, $"The head is of epoch {revision.Epoch}, which ended; the realm is at {epochs.Epoch}.");
        if (epochs.Find(revision.Epoch) is { } began && revision.Sequence <= began.Base.Sequence)
            return new Refusal(RefusalCode.EpochUnproven, $"The head at {revision} lies before the beginning of its epoch, which is behind {began.Base}.");
        return null;
    }

    private Refusal? Compare(SignedHead head)
    {
        if (Newest is not { } newest) return null;
        if (head.Revision.Epoch > newest.Revision.Epoch && head.Revision.Epoch > Epochs.Epoch)
            return new Refusal(RefusalCode.EpochUnproven, $"The head is of epoch {head.Content.Epoch}; no transition from epoch {newest.Content.Epoch} has been proven.");
        if (head.Content.Epoch < newest.Content.Epoch)
            return new Refusal(RefusalCode.BelowFloor, $"The head is of epoch {head.Content.Epoch}, which ended; the realm is at {newest.Content.Epoch}.");
        if (head.Revision == newest.Revision && (head.EntryHash != newest.EntryHash || head.DirectoryRoot != newest.DirectoryRoot))
            return new Refusal(RefusalCode.Equivocation, $"Two heads are signed for {head.Revision} that say different things (keys '{head.KeyId}' and '{newest.KeyId}').");
        return null;
    }

    private SignedHead Remember(SignedHead head, RealmTrust? under)
    {
        var isNewer = Newest is null || head.Revision.IsAfter(Newest.Revision);
        if (!isNewer && head.Revision != Newest!.Revision) return head; // it may still vouch for a namespace; of the time it tells nothing
        Clock.Observe(head.IssuedAt, isNewer);
        if (isNewer || head.IssuedAt > Newest!.IssuedAt || head.Bytes.Span.SequenceEqual(Newest.Bytes.Span)) (Newest, _newestUnder) = (head, under);
        return head;
    }

    private static string Short(Hash256 hash) => hash.ToString()[..12];
}
