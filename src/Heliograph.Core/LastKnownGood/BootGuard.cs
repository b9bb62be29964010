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
/// <para>A service has one process or several, each in a slot of its own (<see cref="BootRun.SlotOf"/>). An end is unclean if another process begins in the slot and
/// <see cref="OnCleanStop"/> was not called for the one before. One that took the whole host with it is not counted: a
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

    private static readonly IComparer<(string Slot, NamespaceName Name)> Order =
        Comparer<(string Slot, NamespaceName Name)>.Create((one, other) => string.CompareOrdinal(one.Slot, other.Slot) is var order and not 0 ? order : one.Name.CompareTo(other.Name));

    private readonly SortedDictionary<NamespaceName, BootTrial> _trials = new(record.Trials.ToDictionary(trial => trial.Namespace));
    private readonly SortedDictionary<(string Slot, NamespaceName Name), BootRun> _runs = new(record.Runs.ToDictionary(run => (run.Slot, run.Namespace)), Order);
    private readonly SortedDictionary<NamespaceName, Revision> _quarantined = new(record.Quarantined.ToDictionary(entry => entry.Namespace, entry => entry.Revision));
    private readonly Dictionary<NamespaceName, TimeSpan> _wellSince = [];
    private string _hostBoot = record.HostBoot;

    /// <summary>What must be remembered.</summary>
    public BootRecord Record => new(record.Service, _hostBoot, [.. _trials.Values], [.. _runs.Values], [.. _quarantined.Select(entry => new NamespaceRevision(entry.Key, entry.Value))]);

    /// <summary>Revisions that have earned <c>STABLE</c>; when the pointer is written, call <see cref="OnStable"/>.</summary>
    public IEnumerable<NamespaceRevision> Stable => _trials.Values.Where(trial => trial.IsStable).Select(trial => new NamespaceRevision(trial.Namespace, trial.Revision));

    /// <summary>A process of the service starts. Persist the record before anything is activated.</summary>
    /// <param name="slot">In which slot.</param>
    /// <param name="run">Which process. The same one again, which has only lost its connection, changes nothing.</param>
    /// <param name="hostBoot">Identifies this boot of the host; empty if the platform cannot say: then every unclean end counts.</param>
    /// <param name="hasStable">Whether a namespace has a stable generation. Without one there is nothing better to start from, and it goes on.</param>
    /// <param name="hasEnded">Whether the slot's process before is gone. One that still runs beside the new one is not counted, but not followed any more either.</param>
    /// <returns>What was quarantined just now, to be reported.</returns>
    public IReadOnlyList<NamespaceRevision> OnStart(string slot, string run, string hostBoot, Predicate<NamespaceName> hasStable, bool hasEnded = true)
    {
        var hasHostEnded = hostBoot.Length > 0 && _hostBoot.Length > 0 && hostBoot != _hostBoot;
        _hostBoot = hostBoot;
        if (hasHostEnded) _runs.Clear();
        var sentenced = new List<NamespaceRevision>();
        foreach (var over in _runs.Values.Where(other => other.Slot == slot && other.Id != run).ToArray())
        {
            _runs.Remove((slot, over.Namespace));
            if (!hasEnded || !_trials.TryGetValue(over.Namespace, out var trial) || trial.Revision != over.Revision) continue;
            _wellSince.Remove(over.Namespace);
            var ends = Math.Min(trial.UncleanEnds + 1, UncleanEndsMax);
            _trials[over.Namespace] = trial with { UncleanEnds = ends };
            if (ends < UncleanEndsMax || !hasStable(over.Namespace)) continue;
            Sentence(over.Namespace, over.Revision);
            sentenced.Add(new(over.Namespace, over.Revision));
        }
        return sentenced;
    }

    /// <summary>Where to take a namespace from, whose newest generation holds <paramref name="current"/>.</summary>
    public StartFrom StartFrom(NamespaceName name, Revision current) =>
        IsQuarantined(name, current) ? LastKnownGood.StartFrom.Stable : LastKnownGood.StartFrom.Current;

    /// <summary>Whether this service must not apply a revision: it was quarantined, and nothing newer has been applied since.</summary>
    public bool IsQuarantined(NamespaceName name, Revision revision) => _quarantined.TryGetValue(name, out var quarantined) && revision == quarantined;

    /// <summary>The slot's process, at its start, has read a revision back whole from the files. Call it before <see cref="OnApplied"/>.</summary>
    /// <returns>Whether the record changed.</returns>
    public bool OnLoaded(string slot, NamespaceName name, Revision revision)
    {
        if (!_trials.TryGetValue(name, out var trial) || trial.Revision != revision || trial.IsReadBack) return false;
        if (_runs.TryGetValue((slot, name), out var run) && run.Revision == revision) return false; // it ran it before it read it
        _trials[name] = trial with { IsReadBack = true };
        return true;
    }

    /// <summary>The slot's process is about to run a revision. Persist the record first: if it dies of it, the next start must know.</summary>
    /// <param name="slot">In which slot.</param>
    /// <param name="run">Which process.</param>
    /// <param name="name">Of which namespace.</param>
    /// <param name="revision">Which revision. One older than another slot's is not on trial: that one is.</param>
    /// <param name="isStable">Whether <c>STABLE</c> holds it: then it is not on trial.</param>
    /// <param name="now">Monotonic time, from any origin.</param>
    /// <returns>Whether the record changed.</returns>
    public bool OnApplied(string slot, string run, NamespaceName name, Revision revision, bool isStable, TimeSpan now)
    {
        var hasChanged = _quarantined.TryGetValue(name, out var quarantined) && revision.IsAfter(quarantined) && _quarantined.Remove(name);
        var known = _trials.GetValueOrDefault(name);
        if (isStable || known?.Revision.IsAfter(revision) == true)
        {
            hasChanged |= _runs.Remove((slot, name));
            return (isStable && known?.Revision.IsAfter(revision) == false && Forget(name)) || hasChanged;
        }
        if (known?.Revision != revision)
        {
            Forget(name); // with those who still run what was on trial before: nothing of it is counted any more
            _trials[name] = new(name, revision, UncleanEnds: 0, IsBaked: false, IsReadBack: false);
            hasChanged = true;
        }
        var running = new BootRun(slot, run, name, revision);
        if (_runs.GetValueOrDefault((slot, name)) == running || _runs.Count >= BootRecord.RunsMax) return hasChanged;
        _runs[(slot, name)] = running;
        _wellSince[name] = now;
        return true;
    }

    /// <summary>The service reports that it is not well: every bake begins again once it is.</summary>
    public void OnUnhealthy(TimeSpan now)
    {
        foreach (var name in _wellSince.Keys.ToArray()) _wellSince[name] = now;
    }

    /// <summary>The service is well. Call it every few seconds.</summary>
    /// <param name="now">Monotonic time.</param>
    /// <param name="isAlive">Whether a slot's process is there; <see langword="null"/>: they all are. A revision that no living process runs does not bake.</param>
    /// <returns>Whether the record changed: something was baked. See <see cref="Stable"/>.</returns>
    public bool OnHealthy(TimeSpan now, Predicate<string>? isAlive = null)
    {
        var hasChanged = false;
        foreach (var trial in _trials.Values.Where(trial => !trial.IsBaked).ToArray())
        {
            var isRun = _runs.Values.Any(run => run.Namespace == trial.Namespace && run.Revision == trial.Revision && isAlive?.Invoke(run.Slot) != false);
            if (!isRun) _wellSince.Remove(trial.Namespace);
            else if (!_wellSince.TryGetValue(trial.Namespace, out var since)) _wellSince[trial.Namespace] = now; // this host has started anew, and it goes on
            else if (now - since >= bakeTime)
            {
                _trials[trial.Namespace] = trial with { IsBaked = true, UncleanEnds = 0 };
                hasChanged = true;
            }
        }
        return hasChanged;
    }

    /// <summary><c>STABLE</c> holds a revision now.</summary>
    /// <returns>Whether the record changed: it was on trial.</returns>
    public bool OnStable(NamespaceName name, Revision revision) => _trials.TryGetValue(name, out var trial) && trial.Revision == revision && Forget(name);

    /// <summary>The slot's process was stopped in order. Persist the record.</summary>
    /// <returns>Whether the record changed.</returns>
    public bool OnCleanStop(string slot, string run)
    {
        var ended = _runs.Values.Where(other => other.Slot == slot && other.Id == run).ToArray();
        foreach (var over in ended) _runs.Remove((slot, over.Namespace));
        return ended.Length > 0;
    }

    /// <summary>The service does not use a namespace any more, or it was deleted.</summary>
    /// <returns>Whether the record changed.</returns>
    public bool OnRemoved(NamespaceName name) => Forget(name) | _quarantined.Remove(name);

    private void Sentence(NamespaceName name, Revision revision)
    {
        Forget(name);
        _quarantined[name] = revision;
    }

    /// <summary>Ends a trial, and what is known of those who run it.</summary>
    private bool Forget(NamespaceName name)
    {
        _wellSince.Remove(name);
        foreach (var run in _runs.Values.Where(run => run.Namespace == name).ToArray()) _runs.Remove((run.Slot, name));
        return _trials.Remove(name);
    }
}
