// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Replica;
using Heliograph.Client.Views;

namespace Heliograph.Client;

public sealed partial class HeliographClient
{
    private const int OverridesMax = 64, OverrideCharsMax = 256; // what a parent keeps

    private volatile IReadOnlyList<string> _overrides = [];

    /// <summary>How old the news is, over the whole realm. Before the start, and until the first fresh head: stale.</summary>
    public Staleness Staleness
    {
        get
        {
            if (_replica is not { } replica) return new(true, _time.GetUtcNow(), TimeSpan.Zero, null);
            var (isStale, age) = (replica.IsStale, replica.SinceFreshHead);
            return new(isStale, isStale ? _time.GetUtcNow() - age : null, age, replica.NewestHead?.IssuedAt);
        }
    }

    /// <summary>What is served, and how fresh it is.</summary>
    public ClientStatus GetStatus() => new(
        Staleness,
        _replica?.Parent,
        _feed is { } feed && _replica is { } replica ? [.. feed.Cells.OrderBy(cell => cell.Name).Select(cell => StatusOf(cell, replica))] : []) { LocalOverrides = _overrides };

    /// <summary>Configuration keys that this host sets for itself: told in the status, and reported upward without their values.</summary>
    internal void OverrideLocally(IReadOnlyList<string> keys)
    {
        _overrides = keys;
        _replica?.OverrideLocally([.. keys.Where(key => key.Length is > 0 and <= OverrideCharsMax).Take(OverridesMax)]);
    }

    private NamespaceStatus StatusOf(NamespaceCell cell, IClientReplica replica) =>
        Served(cell, replica) with { Refused = cell.Refused?.ToPublic(), PinnedTo = cell.Pin, IsOptional = _options.IsOptional(cell.Name) };

    private static NamespaceStatus Served(NamespaceCell cell, IClientReplica replica)
    {
        if (cell.View is not { } view) return new(cell.Name, Revision.None, Hash256.Zero, ViewOrigin.None, true, null, null, cell.Trouble);
        var isStale = replica.IsStaleFor(cell.Name);
        var held = replica.Find(cell.Name);
        // The replica may be a step ahead of the view: then the head that it was verified under is not yet the view's.
        var head = held?.Revision == view.Revision ? held.Head : cell.Head;
        return new(cell.Name, view.Revision, view.StateRoot, cell.Origin, isStale, head?.IssuedAt, cell.AppliedAt, cell.Trouble);
    }
}
