// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Heliograph.Core.Replicas;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Heads;

/// <summary>The roots of a realm that have been taken, from the first, which is pinned, to the newest, which counts. Grows by one proven version at a time and never shrinks.</summary>
/// <remarks>Immutable and thread-safe. docs/reference/trust.md says what each step asks.</remarks>
public sealed class RootChain
{
    /// <summary>Most versions of a root: one a month for twenty years.</summary>
    public const int VersionsMax = 256;

    private readonly ImmutableArray<SignedRoot> _later;

    private RootChain(TrustAnchor anchor, ImmutableArray<SignedRoot> later) => (Anchor, _later) = (anchor, later);

    /// <summary>Version 1, pinned by the trust file.</summary>
    public TrustAnchor Anchor { get; }

    /// <summary>The log's identity.</summary>
    public Hash256 LogId => Anchor.LogId;

    /// <summary>Versions 2 and later, in order.</summary>
    public IReadOnlyList<SignedRoot> Later => _later;

    /// <summary>The newest root. Not to be changed.</summary>
    public TrustRoot Latest => _later.IsEmpty ? Anchor.Root : _later[^1].Content;

    /// <summary>Version of <see cref="Latest"/>.</summary>
    public uint Version => (uint)_later.Length + 1;

    /// <summary>When nothing may be advanced under <see cref="Latest"/> any more; <see langword="null"/>: it does not expire.</summary>
    public DateTimeOffset? ExpiresAt => Latest.ExpiresAtMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(Latest.ExpiresAtMs);

    /// <summary>A chain of the pinned root alone.</summary>
    public static RootChain From(TrustAnchor anchor) => new(anchor, []);

    /// <summary>The root of that version, or <see langword="null"/> if it has not been taken.</summary>
    public TrustRoot? Find(uint version) =>
        version == 1 ? Anchor.Root : version is 0 || version > Version ? null : _later[(int)version - 2].Content;

    /// <summary>Bytes of the root of that version; empty if it has not been taken.</summary>
    public ReadOnlyMemory<byte> BytesOf(uint version) =>
        version == 1 ? Anchor.Bytes : version is 0 || version > Version ? default : _later[(int)version - 2].RootBytes;

    /// <summary>The chain with the next root, if as many keys as must have signed it: of the newest root, and of its own.</summary>
    /// <returns>The longer chain; this one, if it holds exactly this root already; or why not. The caller makes it durable before it uses it.</returns>
    public Verdict<RootChain> Extend(ReadOnlyMemory<byte> signedRootBytes)
    {
        if (!SignedRoot.TryParse(signedRootBytes, out var next, out var error)) return new Refusal(RefusalCode.Malformed, error);
        if (next.Version == 0) return new Refusal(RefusalCode.Malformed, "TrustRoot: versions begin at 1.");
        if (next.Version <= Version) return Known(next);
        if (next.Version != Version + 1)
            return new Refusal(RefusalCode.WrongBase, $"The root is version {next.Version}; version {Version} is held, and none may be skipped.");
        if (next.SignedUnder(Latest) is var (signed, threshold) && signed < threshold && !Planted.OldRootNotAsked)
            return new Refusal(RefusalCode.BadSignature, $"Root version {next.Version} is signed by {signed} root keys of version {Version}; {threshold} must sign.");
        // From here on the holders of the trusted root speak: they may call for an update of the software.
        if (next.Content.Format > TrustRootRules.Format || next.Content.MinFormat > TrustRootRules.Format)
            return new Refusal(RefusalCode.Unsupported, $"Root version {next.Version} asks for format {Math.Max(next.Content.Format, next.Content.MinFormat)}; this version reads up to {TrustRootRules.Format}. Update it.");
        if (next.ContentFault() is { } fault) return new Refusal(RefusalCode.Malformed, fault);
        if (new Hash256(next.Content.LogId.Span) != LogId) return new Refusal(RefusalCode.WrongLog, $"Root version {next.Version} is of another log.");
        if (next.Content.Realm != Latest.Realm) return new Refusal(RefusalCode.Malformed, $"Root version {next.Version} is of realm '{next.Content.Realm}', not '{Latest.Realm}'.");
        if (next.SignedUnder(next.Content) is var (own, ownThreshold) && own < ownThreshold)
            return new Refusal(RefusalCode.BadSignature, $"Root version {next.Version} is signed by {own} of its own root keys; {ownThreshold} must sign.");
        return new RootChain(Anchor, _later.Add(next));
    }

    private Verdict<RootChain> Known(SignedRoot root) =>
        BytesOf(root.Version).Span.SequenceEqual(root.RootBytes.Span) ? this
        : root.Version < Version ? new Refusal(RefusalCode.BelowFloor, $"The root is version {root.Version}, and not the one that was taken; version {Version} is held.")
        : new Refusal(RefusalCode.Equivocation, $"Two different roots of version {root.Version} were signed, or one is forged; the one that is held stays.");
}
