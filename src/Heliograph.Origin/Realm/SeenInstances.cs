// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Reports;

namespace Heliograph.Origin.Realm;

/// <summary>An instance that is not connected any more.</summary>
/// <param name="Status">What it reported last.</param>
/// <param name="LostAt">When it was missed, to the second.</param>
internal sealed record LostInstance(InstanceStatus Status, DateTimeOffset LostAt);

/// <summary>Remembers instances for a day after their connection has gone: whoever asks about one that is down must hear more than that there is none.</summary>
/// <remarks>Thread-safe. Looks at the fleet at most once a second. Memory only: it begins anew with the origin.</remarks>
internal sealed class SeenInstances(IFleetSource fleet, TimeProvider time)
{
    /// <summary>Most that are remembered, over all namespaces; beyond, the longest lost are forgotten.</summary>
    public const int LostMax = 10_000;

    /// <summary>How long one is remembered.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private readonly Lock _sync = new();
    private readonly Dictionary<(string Namespace, string Id), LostInstance> _lost = [];
    private Dictionary<(string Namespace, string Id), InstanceStatus> _there = [];

    /// <summary>What is remembered of an instance that does not report on a namespace now; <see langword="null"/> if it never did.</summary>
    public LostInstance? Find(NamespaceName name, string id)
    {
        var key = (name.Value, id);
        lock (_sync) return _lost.TryGetValue(key, out var lost) ? lost : _there.TryGetValue(key, out var status) ? new(status, time.GetUtcNow()) : null; // missed since the last look
    }

    /// <summary>Looks until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var hasChanged = 1;
        using var observation = fleet.Observe(() => Volatile.Write(ref hasChanged, 1));
        while (true)
        {
            if (Interlocked.Exchange(ref hasChanged, 0) == 1) Look();
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
        }
    }

    /// <summary>Compares who is there with who was.</summary>
    public void Look()
    {
        var (there, crowded) = (new Dictionary<(string, string), InstanceStatus>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var report in fleet.Snapshot().Namespaces)
        {
            if (report.InstancesLeftOut > 0) crowded.Add(report.Namespace); // there, who is not named may be there all the same
            foreach (var instance in report.Instances) there[(report.Namespace, instance.Instance?.Id ?? "")] = instance;
        }
        var now = time.GetUtcNow();
        lock (_sync)
        {
            foreach (var (key, status) in _there)
                if (!there.ContainsKey(key) && !crowded.Contains(key.Namespace)) _lost[key] = new(status, now);
            foreach (var key in there.Keys) _lost.Remove(key);
            _there = there;
            Forget(now);
        }
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (key, lost) in _lost.ToList())
            if (now - lost.LostAt >= Kept) _lost.Remove(key);
        if (_lost.Count <= LostMax) return;
        foreach (var (key, _) in _lost.OrderBy(entry => entry.Value.LostAt).Take(_lost.Count - LostMax).ToList()) _lost.Remove(key);
    }
}
