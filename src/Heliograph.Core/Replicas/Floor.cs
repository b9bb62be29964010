// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Replicas;

/// <summary>What a replica has accepted of a namespace and will never go below: kept on disk, raised before anything is activated.</summary>
/// <param name="Revision">Revision of the namespace.</param>
/// <param name="HeadRevision">Revision of the head under which the namespace was last verified. An older head brings nothing.</param>
/// <param name="StateRoot">Root of the namespace at <paramref name="Revision"/>: another root at the same revision is equivocation.</param>
public readonly record struct Floor(Revision Revision, Revision HeadRevision, Hash256 StateRoot)
{
    /// <summary>Nothing accepted yet.</summary>
    public static Floor None => default;

    /// <summary>Whether anything was ever accepted.</summary>
    public bool IsNone => HeadRevision == Revision.None;

    /// <summary>The floor that a version stands for.</summary>
    public static Floor Of(NamespaceVersion version) => new(version.Revision, version.Head.Revision, version.StateRoot);

    /// <summary>The higher of both in each part: a floor never falls.</summary>
    public Floor RaisedTo(Floor other) => new(
        other.Revision.IsBefore(Revision) ? Revision : other.Revision,
        other.HeadRevision.IsBefore(HeadRevision) ? HeadRevision : other.HeadRevision,
        other.Revision.IsBefore(Revision) ? StateRoot : other.StateRoot);
}
