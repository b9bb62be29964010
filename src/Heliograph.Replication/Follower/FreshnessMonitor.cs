// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;

namespace Heliograph.Replication.Following;

/// <summary>How long ago a fresh head, and a fresh proof of each namespace, was verified. Runs on the monotonic clock, so that no clock step can hide a frozen parent.</summary>
/// <remarks>
/// Thread-safe. A fresh head was issued later than the one before and had not expired when it came. A proof is as old as its head is
/// behind the newest, whenever it came: a parent that repeats an old proof, to hide a change, does not make it fresh.
/// </remarks>
public sealed class FreshnessMonitor
{
    private readonly Lock _sync = new();
    private readonly FollowerOptions _options;
    private readonly TimeProvider _time;
    private readonly SortedDictionary<NamespaceName, DateTimeOffset> _proofs = []; // when the head of the newest proof was issued
    private readonly SortedSet<NamespaceName> _staleNamespaces = [];
    private readonly long _born;
    private DateTimeOffset _newestIssuedAt = DateTimeOffset.MinValue;
    private long? _headAt;
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

    /// <summary>Whether the realm is stale, or this namespace was not proven for the configured time (180 s by default).</summary>
    public bool IsStaleFor(NamespaceName name)
    {
        if (IsStale) return true;
        lock (_sync)
        {
            if (_headAt is not { } at || !_proofs.TryGetValue(name, out var issuedAt)) return true;
            return _newestIssuedAt - issuedAt + _time.GetElapsedTime(at) >= _options.NamespaceStaleAfter;
        }
    }

    internal void OnHead(SignedHead head, DateTimeOffset trustedNow)
    {
        lock (_sync)
        {
            if (head.IssuedAt <= _newestIssuedAt || head.ExpiresAt <= trustedNow) return;
            (_newestIssuedAt, _headAt) = (head.IssuedAt, _time.GetTimestamp());
        }
    }

    internal void OnProof(NamespaceName name, SignedHead head)
    {
        lock (_sync)
            if (!_proofs.TryGetValue(name, out var known) || head.IssuedAt > known) _proofs[name] = head.IssuedAt;
    }

    /// <summary>Looks at the clock; <see langword="true"/> if something became stale or fresh since the last look.</summary>
    internal bool Tick(IEnumerable<NamespaceName> held)
    {
        var stale = IsStale;
        var changed = stale != _wasStale;
        _wasStale = stale;
        foreach (var name in held)
            changed |= IsStaleFor(name) ? _staleNamespaces.Add(name) : _staleNamespaces.Remove(name);
        return changed;
    }
}
