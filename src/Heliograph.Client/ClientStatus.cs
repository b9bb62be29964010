// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Client;

/// <summary>Where the content that a client serves came from.</summary>
public enum ViewOrigin
{
    /// <summary>Nowhere yet: there is nothing to serve.</summary>
    None,

    /// <summary>From a parent, under a head that was fresh. It may have grown stale since: see <see cref="NamespaceStatus.IsStale"/>.</summary>
    Live,

    /// <summary>From this process's disk, or from a parent that had no fresh head itself: proven, but perhaps not the newest.</summary>
    LastKnownGood,

    /// <summary>From the last revision that proved stable, because the one after it ended the service uncleanly more than once.</summary>
    Stable,
}

/// <summary>How old the news is. Runs on the monotonic clock, so that no clock step can hide a frozen parent.</summary>
/// <param name="IsStale">Whether no fresh head was verified for 30 s, or none ever.</param>
/// <param name="Since">Since when there is no news, by the local clock: when the last fresh head was verified, or the start; <see langword="null"/> if it is not stale.</param>
/// <param name="HeadAge">Time since the newest fresh head was verified; since the start if none was.</param>
/// <param name="HeadIssuedAt">When the newest verified head was signed, by the origin's clock; <see langword="null"/> before the first.</param>
public readonly record struct Staleness(bool IsStale, DateTimeOffset? Since, TimeSpan HeadAge, DateTimeOffset? HeadIssuedAt);

/// <summary>What a client serves of a namespace.</summary>
/// <param name="Name">Which namespace.</param>
/// <param name="Revision">What is served; <see cref="Revision.None"/> for nothing yet.</param>
/// <param name="StateRoot">Root over the records that are served.</param>
/// <param name="Origin">Where the content came from.</param>
/// <param name="IsStale">Whether the realm is stale, or this namespace was not proven for 180 s.</param>
/// <param name="HeadIssuedAt">When the head was signed under which the namespace was last verified; <see langword="null"/> for nothing yet.</param>
/// <param name="AppliedAt">When this revision was first served, by the local clock; <see langword="null"/> for nothing yet.</param>
/// <param name="Trouble">What keeps a newer revision from being served, for people; <see langword="null"/> for nothing known.</param>
public sealed record NamespaceStatus(
    NamespaceName Name,
    Revision Revision,
    Hash256 StateRoot,
    ViewOrigin Origin,
    bool IsStale,
    DateTimeOffset? HeadIssuedAt,
    DateTimeOffset? AppliedAt,
    string? Trouble)
{
    /// <summary>What is newer, held and not served, and why; <see langword="null"/> for nothing.</summary>
    public RevisionRefusal? Refused { get; init; }

    /// <summary>The revision that the application is pinned to; <see langword="null"/> for none.</summary>
    public Revision? PinnedTo { get; init; }

    /// <summary>Whether the application runs without it, too.</summary>
    public bool IsOptional { get; init; }
}

/// <summary>What a client serves, and how fresh it is.</summary>
/// <param name="Staleness">How old the news is, over the whole realm.</param>
/// <param name="Parent">Address of the parent that is connected, or <see langword="null"/>.</param>
/// <param name="Namespaces">The namespaces that are subscribed to, ordered by name.</param>
public sealed record ClientStatus(Staleness Staleness, string? Parent, IReadOnlyList<NamespaceStatus> Namespaces)
{
    /// <summary>Configuration keys that this host sets for itself, over what the realm says. Reported upward, the first 64, without their values.</summary>
    public IReadOnlyList<string> LocalOverrides { get; init; } = [];

    /// <summary>The status of one namespace, or <see langword="null"/> if it is not subscribed to.</summary>
    public NamespaceStatus? Find(NamespaceName name) => Namespaces.FirstOrDefault(status => status.Name == name);
}
