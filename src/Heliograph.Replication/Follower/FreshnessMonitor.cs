// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;

namespace Heliograph.Replication.Following;

/// <summary>How long ago a fresh head, and a fresh proof of each namespace, was verified. Runs on the monotonic clock, so that no clock step can hide a frozen parent.</summary>
/// <remarks>
/// Thread-safe. A fresh head is of a later revision than the one before, or was issued later at the same, and had not expired when it came: a later
/// revision was signed later whatever its time says, for the origin's clock may have been set back. A proof is as old as its head is
/// behind the newest, whenever it came: a parent that repeats an old proof, to hide a change, does not make it fresh.
/// </remarks>
public sealed class FreshnessMonitor
{
    private readonly Lock _sync = new();
    private readonly FollowerOptions _options;
    private readonly TimeProvider _time;
    private readonly SortedDictionary<NamespaceName, (Revision Revision, DateTimeOffset IssuedAt)> _proofs = []; // the head of the newest proof
    private readonly SortedSet<NamespaceName> _staleNamespaces = []; // as was told, or looked at, last
    private readonly long _born;
    private DateTimeOffset _newestIssuedAt = DateTimeOffset.MinValue;
    private Revision _newestRevision = Revision.None;
    private long? _headAt;
    private TimeSpan? _clockOffset;
    private bool _wasStale;

    internal FreshnessMonitor(FollowerOptions options, TimeProvider time) => (_options, _time, _born) = (options, time, time.GetTimestamp());

    /// <summary>Whether no fresh head came for the configured time (30 s by default), or none ever.</summary>
    public bool IsStale
    {
        get
        {
            lock (_sync) return _headAt is not { } at || _time.GetElapsedTime(at) >= _options.StaleAfter;
        }
    }

    /// <summary>Time since the last fresh head; since the start if none came.</summary>
    public TimeSpan SinceFreshHead
    {
        get
        {
            lock (_sync) return _time.GetElapsedTime(_headAt ?? _born);
        }
    }

    /// <summary>The local clock less the time of the newest fresh head, when that came: how far this machine's clock and the origin's are apart, and the way down. <see langword="null"/> before the first.</summary>
    public TimeSpan? ClockOffset
    {
        get
        {
            lock (_sync) return _clockOffset;
        }
    }

    /// <summary>Whether the realm is stale, or this namespace was not proven for the configured time (180 s by default).</summary>
    public bool IsStaleFor(NamespaceName name)
    {
        if (IsStale) return true;
        lock (_sync)
        {
            if (_headAt is not { } at || !_proofs.TryGetValue(name, out var proof)) return true;
            return _newestIssuedAt - proof.IssuedAt + _time.GetElapsedTime(at) >= _options.NamespaceStaleAfter;
        }
    }

    /// <summary>As <see cref="IsStaleFor"/>, for a report: if it is not so any more at the next <see cref="Tick"/>, that is news.</summary>
    internal bool Tell(NamespaceName name)
    {
        var isStale = IsStaleFor(name);
        lock (_sync) _ = isStale ? _staleNamespaces.Add(name) : _staleNamespaces.Remove(name);
        return isStale;
    }

    internal void OnHead(SignedHead head, DateTimeOffset trustedNow)
    {
        lock (_sync)
        {
            var isNewer = head.Revision.IsAfter(_newestRevision) || (head.Revision == _newestRevision && head.IssuedAt > _newestIssuedAt);
            if (!isNewer || head.ExpiresAt <= trustedNow) return;
            if (head.IssuedAt < _newestIssuedAt) MoveProofs(head.IssuedAt - _newestIssuedAt);
            (_newestRevision, _newestIssuedAt, _headAt) = (head.Revision, head.IssuedAt, _time.GetTimestamp());
            _clockOffset = _time.GetUtcNow() - head.IssuedAt;
        }
    }

    internal void OnProof(NamespaceName name, SignedHead head)
    {
        lock (_sync)
        {
            if (head.Revision.IsBefore(_newestRevision) && head.IssuedAt > _newestIssuedAt) return; // from before the origin's clock was set back: who knows how old
            if (!_proofs.TryGetValue(name, out var known) || (head.Revision, head.IssuedAt).CompareTo(known) > 0) _proofs[name] = (head.Revision, head.IssuedAt);
        }
    }

    /// <summary>The origin's clock was set back: proofs are as old as they were.</summary>
    private void MoveProofs(TimeSpan by)
    {
        foreach (var (name, proof) in _proofs.ToArray()) _proofs[name] = proof with { IssuedAt = proof.IssuedAt + by };
    }

    /// <summary>Looks at the clock; <see langword="true"/> if something became stale or fresh since the last look.</summary>
    internal bool Tick(IEnumerable<NamespaceName> held)
    {
        var stale = IsStale;
        var changed = stale != _wasStale;
        _wasStale = stale;
        lock (_sync)
            foreach (var name in held)
                changed |= IsStaleFor(name) ? _staleNamespaces.Add(name) : _staleNamespaces.Remove(name);
        return changed;
    }
}
