// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;

namespace Heliograph.Client.Views;

/// <summary>A version that is to be served.</summary>
/// <param name="Version">What.</param>
/// <param name="Origin">Where it came from.</param>
/// <param name="IsFromParent">Whether a parent sent it since the start.</param>
/// <param name="InsteadOf">The newer revision that is in quarantine, if this is the last stable one, served for it.</param>
internal sealed record OfferedVersion(NamespaceVersion Version, ViewOrigin Origin, bool IsFromParent, Revision? InsteadOf = null);

/// <summary>The one place where a namespace's view is swapped, with what is said about it.</summary>
internal sealed class NamespaceCell(NamespaceName name)
{
    private readonly Lock _sync = new();
    private volatile NamespaceView? _view;
    private OfferedVersion? _offered;
    private bool _isQueued;

    public NamespaceName Name { get; } = name;

    /// <summary>How many subscriptions keep it. Guarded by the lock of the table that holds it.</summary>
    public int Holders { get; set; }

    /// <summary>What is served; <see langword="null"/> for nothing yet.</summary>
    public NamespaceView? View => _view;

    /// <summary>Where <see cref="View"/> came from.</summary>
    public ViewOrigin Origin { get; private set; }

    /// <summary>Whether a parent has sent what is served, or proven it, since the start.</summary>
    public bool IsFromParent { get; private set; }

    public DateTimeOffset? AppliedAt { get; private set; }

    /// <summary>The head under which <see cref="View"/> came.</summary>
    public SignedHead? Head { get; private set; }

    /// <summary>What keeps a newer revision from being served.</summary>
    public string? Trouble { get; set; }

    /// <summary>Takes note of a newer version; an older one that still waits is skipped.</summary>
    /// <returns>Whether the cell has to be queued: it is in the queue at most once.</returns>
    public bool Offer(OfferedVersion version)
    {
        lock (_sync)
        {
            _offered = version;
            var isNew = !_isQueued;
            _isQueued = true;
            return isNew;
        }
    }

    /// <summary>Takes the newest version that was offered, with the cell out of the queue.</summary>
    public OfferedVersion? Take()
    {
        lock (_sync)
        {
            var offered = _offered;
            (_offered, _isQueued) = (null, false);
            return offered;
        }
    }

    /// <summary>Serves a view from now on.</summary>
    public void Serve(NamespaceView view, OfferedVersion from, DateTimeOffset now)
    {
        (AppliedAt, Trouble, Origin, IsFromParent, Head) = (now, from.InsteadOf is { } quarantined ? QuarantineOf(quarantined) : null, from.Origin, from.IsFromParent, from.Version.Head);
        _view = view; // last: who sees the view sees what is said about it
    }

    /// <summary>What to say of a revision that is in quarantine.</summary>
    public static string QuarantineOf(Revision revision) => $"{revision} is in quarantine: the service ended uncleanly on it more than once";

    /// <summary>A parent has proven, under a fresh head, that what is served is the newest.</summary>
    public void Confirm()
    {
        if (_view is null) return;
        IsFromParent = true;
        if (Origin == ViewOrigin.LastKnownGood) Origin = ViewOrigin.Live;
    }
}
