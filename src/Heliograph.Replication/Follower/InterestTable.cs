// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Replication.Following;

/// <summary>Which namespaces someone below wants, and for how long after the last one left.</summary>
/// <remarks>Thread-safe. Time comes from the caller, in the timestamps of its <see cref="TimeProvider"/>.</remarks>
internal sealed class InterestTable(TimeProvider time, TimeSpan linger)
{
    private readonly Lock _sync = new();
    private readonly SortedDictionary<NamespaceName, Interest> _interests = [];

    private sealed class Interest
    {
        public int Holders;
        public long IdleSince;
    }

    /// <summary>One more holder. <paramref name="changed"/> is called when this made the namespace wanted, and when it has no holder any more.</summary>
    public IDisposable Hold(NamespaceName name, Action changed)
    {
        var isNew = false;
        lock (_sync)
        {
            if (!_interests.TryGetValue(name, out var interest))
            {
                _interests[name] = interest = new Interest();
                isNew = true;
            }
            interest.Holders++;
        }
        if (isNew) changed();
        return new Subscription(() =>
        {
            lock (_sync)
            {
                var interest = _interests[name];
                if (--interest.Holders == 0) interest.IdleSince = time.GetTimestamp();
            }
            changed();
        });
    }

    /// <summary>Whether someone wants it, or did so lately.</summary>
    public bool IsWanted(NamespaceName name)
    {
        lock (_sync) return _interests.ContainsKey(name);
    }

    /// <summary>What is wanted now; interests that lingered long enough are dropped first, and named.</summary>
    public IReadOnlyList<NamespaceName> Wanted(out IReadOnlyList<NamespaceName> dropped)
    {
        lock (_sync)
        {
            dropped = [.. _interests.Where(pair => pair.Value.Holders == 0 && time.GetElapsedTime(pair.Value.IdleSince) >= linger).Select(pair => pair.Key)];
            foreach (var name in dropped) _interests.Remove(name);
            return [.. _interests.Keys];
        }
    }
}
