// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Replication.Following;

/// <summary>Namespaces whose cursors the parent is to be told again, and when.</summary>
/// <remarks>Thread-safe: the reading loop adds, the subscribing loop takes.</remarks>
internal sealed class ResubscribePlan(TimeProvider time)
{
    private static readonly IReadOnlySet<NamespaceName> Nothing = new SortedSet<NamespaceName>();

    private readonly Lock _sync = new();
    private readonly SortedDictionary<NamespaceName, (long Since, TimeSpan Wait)> _planned = [];

    /// <summary>Plans a namespace; the last word counts.</summary>
    public void Add(NamespaceName name, TimeSpan wait)
    {
        lock (_sync) _planned[name] = (time.GetTimestamp(), wait);
    }

    /// <summary>Those whose time has come; they are planned no longer.</summary>
    public IReadOnlySet<NamespaceName> TakeDue()
    {
        lock (_sync)
        {
            if (_planned.Count == 0) return Nothing;
            var due = new SortedSet<NamespaceName>(_planned.Where(plan => time.GetElapsedTime(plan.Value.Since) >= plan.Value.Wait).Select(plan => plan.Key));
            foreach (var name in due) _planned.Remove(name);
            return due;
        }
    }
}
