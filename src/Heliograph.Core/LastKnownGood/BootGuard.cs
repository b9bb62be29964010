// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.LastKnownGood;

/// <summary>Where a service starts from.</summary>
public enum StartFrom
{
    /// <summary>The newest generation.</summary>
    Current,

    /// <summary>The last stable one: a declared fall-back, reported everywhere, while the accepted floor stays.</summary>
    Stable,
}

/// <summary>Breaks crash loops without any control plane: counts a service's unclean ends on revisions not yet stable, and sends it back to the stable one at the second.</summary>
/// <remarks>
/// <para>A state machine without clock or disk: the host calls it and persists <see cref="Record"/> whenever a call returns
/// <see langword="true"/> or something, before it does what the call was about. Not thread-safe.</para>
/// <para>An end is unclean if <see cref="OnCleanStop"/> was not called. One that took the whole host with it is not counted: a
/// power cut says nothing about a revision. If several namespaces are on trial, each is suspected, for nobody can tell which it was.</para>
/// </remarks>
/// <param name="record">What was remembered.</param>
/// <param name="bakeTime">How long a service must run well on a revision, without a break.</param>
public sealed class BootGuard(BootRecord record, TimeSpan bakeTime)
{
    /// <summary>Unclean ends at which a revision is quarantined.</summary>
    public const int UncleanEndsMax = 2;

    /// <summary>10 minutes: longer than the asynchronous damage of known outages took to show (5 minutes).</summary>
    public static readonly TimeSpan BakeTimeDefault = TimeSpan.FromMinutes(10);

    private readonly SortedDictionary<NamespaceName, BootTrial> _trials = new(record.Trials.ToDictionary(trial => trial.Namespace));
    private readonly SortedDictionary<NamespaceName, Revision> _quarantined = new(record.Quarantined.ToDictionary(entry => entry.Namespace, entry => entry.Revision));
    private readonly Dictionary<NamespaceName, TimeSpan> _wellSince = [];
    private string _hostBoot = record.HostBoot;

    /// <summary>What must be remembered.</summary>
    public BootRecord Record => new(record.Service, _hostBoot, [.. _trials.Values], [.. _quarantined.Select(entry => new NamespaceRevision(entry.Key, entry.Value))]);

    /// <summary>The service starts. Persist the record before anything is activated.</summary>
    /// <param name="hostBoot">Identifies this boot of the host; empty if the platform cannot say: then every unclean end counts.</param>
    /// <param name="hasStable">Whether a namespace has a stable generation. Without one there is nothing better to start from, and it goes on.</param>
    /// <returns>What was quarantined just now, to be reported.</returns>
    public IReadOnlyList<NamespaceRevision> OnStart(string hostBoot, Predicate<NamespaceName> hasStable)
    {
        var hostEnded = hostBoot.Length > 0 && _hostBoot.Length > 0 && hostBoot != _hostBoot;
        _hostBoot = hostBoot;
        var sentenced = new List<NamespaceRevision>();
        foreach (var trial in _trials.Values.Where(trial => trial.IsInRun).ToArray())
        {
            var ends = hostEnded ? trial.UncleanEnds : Math.Min(trial.UncleanEnds + 1, UncleanEndsMax);
            _trials[trial.Namespace] = trial with { IsInRun = false, UncleanEnds = ends };
            if (ends < UncleanEndsMax || !hasStable(trial.Namespace)) continue;
            _trials.Remove(trial.Namespace);
            _quarantined[trial.Namespace] = trial.Revision;
            sentenced.Add(new(trial.Namespace, trial.Revision));
        }
        return sentenced;
    }

    /// <summary>Where to take a namespace from, whose newest generation holds <paramref name="current"/>.</summary>
    public StartFrom StartFrom(NamespaceName name, Revision current) =>
        IsQuarantined(name, current) ? LastKnownGood.StartFrom.Stable : LastKnownGood.StartFrom.Current;

    /// <summary>Whether this service must not apply a revision: it was quarantined, and nothing newer has been applied since.</summary>
    public bool IsQuarantined(NamespaceName name, Revision revision) => _quarantined.TryGetValue(name, out var quarantined) && revision == quarantined;

    /// <summary>This process, at its start, has read a revision back whole from its files. Call it before <see cref="OnApplied"/>.</summary>
    /// <returns>Whether the record changed.</returns>
    public bool OnLoaded(NamespaceName name, Revision revision)
    {
        if (!_trials.TryGetValue(name, out var trial) || trial.Revision != revision || trial.IsInRun || trial.IsReadBack) return false;
        _trials[name] = trial with { IsReadBack = true };
        return true;
    }

    /// <summary>The service is about to run a revision. Persist the record first: if it dies of it, the next start must know.</summary>
    /// <param name="name">Of which namespace.</param>
    /// <param name="revision">Which revision.</param>
    /// <param name="isStable">Whether <c>STABLE</c> holds it: then it is not on trial.</param>
    /// <param name="now">Monotonic time, from any origin.</param>
    /// <returns>Whether the record changed.</returns>
    public bool OnApplied(NamespaceName name, Revision revision, bool isStable, TimeSpan now)
    {
        _wellSince[name] = now;
        if (isStable) return _trials.Remove(name);
        var lifted = _quarantined.TryGetValue(name, out var quarantined) && revision.IsAfter(quarantined) && _quarantined.Remove(name);
        var known = _trials.TryGetValue(name, out var trial) && trial.Revision == revision;
        if (known && trial!.IsInRun) return lifted;
        _trials[name] = known ? trial! with { IsInRun = true } : new(name, revision, UncleanEnds: 0, IsBaked: false, IsReadBack: false, IsInRun: true);
        return true;
    }

    /// <summary>The service reports that it is not well: every bake begins again once it is.</summary>
    public void OnUnhealthy(TimeSpan now)
    {
        foreach (var name in _wellSince.Keys.ToArray()) _wellSince[name] = now;
    }

    /// <summary>The service is well. Call it every few seconds.</summary>
    /// <returns>Whether the record changed: something was baked. See <see cref="Stable"/>.</returns>
    public bool OnHealthy(TimeSpan now)
    {
        var baked = _trials.Values.Where(trial => trial is { IsInRun: true, IsBaked: false } && _wellSince.TryGetValue(trial.Namespace, out var since) && now - since >= bakeTime).ToArray();
        foreach (var trial in baked) _trials[trial.Namespace] = trial with { IsBaked = true, UncleanEnds = 0 };
        return baked.Length > 0;
    }

    /// <summary>Revisions that have earned <c>STABLE</c>; when the pointer is written, call <see cref="OnStable"/>.</summary>
    public IEnumerable<NamespaceRevision> Stable => _trials.Values.Where(trial => trial.IsStable).Select(trial => new NamespaceRevision(trial.Namespace, trial.Revision));

    /// <summary><c>STABLE</c> holds a revision now.</summary>
    /// <returns>Whether the record changed: it was on trial.</returns>
    public bool OnStable(NamespaceName name, Revision revision) => _trials.TryGetValue(name, out var trial) && trial.Revision == revision && _trials.Remove(name);

    /// <summary>The service was stopped in order. Persist the record.</summary>
    public void OnCleanStop()
    {
        foreach (var trial in _trials.Values.ToArray()) _trials[trial.Namespace] = trial with { IsInRun = false };
        _wellSince.Clear();
    }

    /// <summary>The service does not use a namespace any more, or it was deleted.</summary>
    /// <returns>Whether the record changed.</returns>
    public bool OnRemoved(NamespaceName name)
    {
        _wellSince.Remove(name);
        return _trials.Remove(name) | _quarantined.Remove(name);
    }
}
