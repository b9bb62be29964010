// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;

namespace Heliograph.Core.Sequencing;

/// <summary>With which key an origin signs heads, and under which root: always a pair, for a head under a root that does not name its key is believed by nobody.</summary>
/// <remarks>Thread-safe. Whoever switches sees to it that the root names the key, and lets go of the old signer only after the next head.</remarks>
public sealed class HeadIssuer(TrustAnchor anchor, uint rootVersion, IHeadSigner signer)
{
    private volatile Identity _current = new(rootVersion, signer);

    /// <summary>Signs under the pinned root.</summary>
    public HeadIssuer(TrustAnchor anchor, IHeadSigner signer) : this(anchor, anchor.Root.RootVersion, signer)
    {
    }

    /// <summary>The realm's pinned root: identity of the log.</summary>
    public TrustAnchor Anchor { get; } = anchor;

    /// <summary>The epochs that are proven to have begun. No head is signed over a log that is of another: whoever holds the proof would not believe it. Default: the first.</summary>
    public EpochHistory Epochs { get; init; } = EpochHistory.Empty;

    /// <summary>Under which root the next head is signed.</summary>
    public uint RootVersion => _current.RootVersion;

    /// <summary>Id of the key that signs the next head.</summary>
    public string KeyId => _current.Signer.KeyId;

    /// <summary>From the next head on, another key or another root.</summary>
    public void Switch(uint rootVersion, IHeadSigner signer) => _current = new(rootVersion, signer);

    /// <summary>Signs a head, which says under which root.</summary>
    internal SignedHead Sign(Wire.Head head)
    {
        var (rootVersion, signer) = _current;
        head.RootVersion = rootVersion;
        return SignedHead.Seal(head, signer);
    }

    private sealed record Identity(uint RootVersion, IHeadSigner Signer);
}
