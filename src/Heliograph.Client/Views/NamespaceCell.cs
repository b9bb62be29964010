// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;

namespace Heliograph.Client.Views;

/// <summary>A version that is to be served.</summary>
/// <param name="Version">What.</param>
/// <param name="Origin">Where it came from.</param>
/// <param name="IsFromParent">Whether a parent sent it since the start.</param>
/// <param name="InsteadOf">The newer revision that is in quarantine, if this is the last stable one, served for it.</param>
internal sealed record OfferedVersion(NamespaceVersion Version, ViewOrigin Origin, bool IsFromParent, Revision? InsteadOf = null);

/// <summary>A version that was offered and is not served.</summary>
/// <param name="Offered">What.</param>
/// <param name="Code">Why, for programs.</param>
/// <param name="Detail">Why, for people.</param>
internal sealed record RefusedVersion(OfferedVersion Offered, RefusalCode Code, string Detail)
{
    public Revision Revision => Offered.Version.Revision;

    public RevisionRefusal ToPublic() => new(Revision, RefusalCodes.ToWire(Code), Detail);
}

/// <summary>The one place where a namespace's view is swapped, with what is said about it.</summary>
internal sealed class NamespaceCell(NamespaceName name, Revision? pin = null)
{
    private readonly Lock _sync = new();
    private volatile NamespaceView? _view;
    private OfferedVersion? _offered;
    private Revision? _pin = pin;
    private volatile TaskCompletionSource? _trial;
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

    /// <summary>Whether a parent has sent or proven the newest since the start, be it served or refused.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Whether the last word of a parent was that the namespace is not there for this client.</summary>
    public bool IsGone { get; private set; }

    public DateTimeOffset? AppliedAt { get; private set; }

    /// <summary>The head under which <see cref="View"/> came.</summary>
    public SignedHead? Head { get; private set; }

    /// <summary>What keeps a newer revision from being served.</summary>
    public string? Trouble { get; set; }

    /// <summary>What was offered last and is not served.</summary>
    public RefusedVersion? Refused { get; private set; }

    /// <summary>Nothing newer than this is served; <see langword="null"/>: whatever comes.</summary>
    public Revision? Pin
    {
        get
        {
            lock (_sync) return _pin;
        }
        set
        {
            lock (_sync) _pin = value;
        }
    }

    /// <summary>Whether what is served is to be judged although it is served: a validator is new, or has refused it before.</summary>
    public bool IsOnTrial => _trial is not null || Refused?.Revision == _view?.Revision;

    /// <summary>Has what is served judged; completes when it was.</summary>
    public Task PutOnTrial()
    {
        lock (_sync) return (_trial ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>It was judged.</summary>
    public void EndTrial()
    {
        TaskCompletionSource? trial;
        lock (_sync)
        {
            if (_isQueued) return; // it waits once more
            (trial, _trial) = (_trial, null);
        }
        trial?.SetResult();
    }

    /// <summary>What is served is not refused any more.</summary>
    public OfferedVersion Accept(OfferedVersion served)
    {
        (Refused, Trouble) = (null, null);
        return served;
    }

    /// <summary>Takes note of a newer version; an older one that still waits is skipped.</summary>
    /// <returns>Whether the cell has to be queued: it is in the queue at most once.</returns>
    public bool Offer(OfferedVersion version)
    {
        lock (_sync)
        {
            _offered = version;
            return Queue();
        }
    }

    /// <summary>Offers a version again, unless a newer one waits already.</summary>
    /// <returns>Whether the cell has to be queued.</returns>
    public bool OfferAgain(OfferedVersion version)
    {
        lock (_sync)
        {
            _offered ??= version;
            return Queue();
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
    /// <param name="view">The view.</param>
    /// <param name="from">The version that it shows.</param>
    /// <param name="now">By the local clock.</param>
    /// <param name="refused">What is newer, and refused.</param>
    public void Serve(NamespaceView view, OfferedVersion from, DateTimeOffset now, RefusedVersion? refused)
    {
        (AppliedAt, Origin, IsFromParent, Head, IsGone) = (now, from.Origin, from.IsFromParent, from.Version.Head, false);
        IsAnswered |= from.IsFromParent;
        Trouble = refused is not null ? TroubleOf(refused) : from.InsteadOf is { } quarantined ? QuarantineOf(quarantined) : null;
        Refused = refused;
        _view = view; // last: who sees the view sees what is said about it
    }

    /// <summary>Takes note of a version that is not served; what is served stays.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Refuse(RefusedVersion refused)
    {
        var isNews = Refused is not { } known || known.Revision != refused.Revision || known.Code != refused.Code || known.Detail != refused.Detail;
        (Refused, Trouble, IsGone) = (refused, TroubleOf(refused), false);
        IsAnswered |= refused.Offered.IsFromParent;
        return isNews;
    }

    /// <summary>A parent says that the namespace is not there for this client.</summary>
    public void Gone(string trouble) => (Trouble, IsGone) = (trouble, true);

    /// <summary>What to say of a revision that is in quarantine.</summary>
    public static string QuarantineOf(Revision revision) => $"{revision} is in quarantine: the service ended uncleanly on it more than once";

    /// <summary>A parent has proven, under a fresh head, that a revision is the newest.</summary>
    public void Confirm(Revision newest)
    {
        if (Refused?.Revision == newest) IsAnswered = true;
        if (_view?.Revision != newest) return;
        (IsFromParent, IsAnswered) = (true, true);
        if (Origin == ViewOrigin.LastKnownGood) Origin = ViewOrigin.Live;
    }

    private static string TroubleOf(RefusedVersion refused) => refused.Code switch
    {
        RefusalCode.Rejected => $"{refused.Revision} is rejected by the application's validation: {refused.Detail}",
        RefusalCode.Quarantined => QuarantineOf(refused.Revision),
        _ => refused.Detail,
    };

    private bool Queue()
    {
        var isNew = !_isQueued;
        _isQueued = true;
        return isNew;
    }
}
