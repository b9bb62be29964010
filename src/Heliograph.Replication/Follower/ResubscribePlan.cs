// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Replication.Following;

/// <summary>Namespaces whose cursors the parent is to be told again, and when: what was refused, after a while; everything else if it is silent for too long.</summary>
/// <remarks>
/// A subscription is not a promise: the parent may have lost it, or never have got it as it was sent. So the plan holds every namespace of the stream,
/// and each answer puts its time off. Thread-safe: the reading loop adds, the subscribing loop takes.
/// </remarks>
internal sealed class ResubscribePlan(TimeProvider time)
{
    private static readonly IReadOnlySet<NamespaceName> Nothing = new SortedSet<NamespaceName>();

    private readonly Lock _sync = new();
    private readonly SortedDictionary<NamespaceName, Plan> _planned = [];

    /// <summary>The parent was told the cursor: if it is silent for so long, it is told again.</summary>
    public void Expect(NamespaceName name, TimeSpan wait)
    {
        lock (_sync) _planned[name] = new(time.GetTimestamp(), wait, IsOwed: false);
    }

    /// <summary>Something was refused: the cursor is told again after a while, whatever the parent says meanwhile. Of two such plans the earlier counts, or changes that come often would put it off for ever.</summary>
    public void Retry(NamespaceName name, TimeSpan wait)
    {
        lock (_sync)
            if (!_planned.TryGetValue(name, out var plan) || !plan.IsOwed || plan.Wait - time.GetElapsedTime(plan.Since) > wait) _planned[name] = new(time.GetTimestamp(), wait, IsOwed: true);
    }

    /// <summary>The parent has spoken of a namespace: puts its time off, unless it is not on the stream any more, or the cursor must be told again anyway.</summary>
    public void Postpone(NamespaceName name, TimeSpan wait)
    {
        lock (_sync)
            if (_planned.TryGetValue(name, out var plan) && !plan.IsOwed) _planned[name] = new(time.GetTimestamp(), wait, IsOwed: false);
    }

    /// <summary>A namespace is level again: nothing is owed.</summary>
    public void Settle(NamespaceName name, TimeSpan wait)
    {
        lock (_sync)
            if (_planned.ContainsKey(name)) _planned[name] = new(time.GetTimestamp(), wait, IsOwed: false);
    }

    /// <summary>A namespace is not on the stream any more.</summary>
    public void Remove(NamespaceName name)
    {
        lock (_sync) _planned.Remove(name);
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

    private readonly record struct Plan(long Since, TimeSpan Wait, bool IsOwed);
}
