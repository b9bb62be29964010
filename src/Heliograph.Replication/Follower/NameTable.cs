// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Replicas;

namespace Heliograph.Replication.Following;

/// <summary>Which namespaces there are, as far as parents have named them or they are held; and who here wants to hear of which.</summary>
/// <remarks>Thread-safe. A name goes when its deletion is proven, and for nothing less: a parent that keeps names back takes nothing away.</remarks>
/// <param name="held">What is held, by name.</param>
/// <param name="wantsChanged">Called when <see cref="Patterns"/> has changed.</param>
internal sealed class NameTable(Func<IEnumerable<NamespaceName>> held, Action wantsChanged) : INamespaceDirectory, INamespaceObserver
{
    private readonly Lock _sync = new();
    private readonly SortedSet<NamespaceName> _named = [];
    private ImmutableArray<(ImmutableArray<NamespacePattern> Patterns, Action<NamespaceName> Appeared)> _wants = [];
    private volatile ImmutableSortedSet<NamespacePattern> _patterns = [];

    /// <summary>What parents are asked to name: all that anyone here wants to hear of.</summary>
    public ImmutableSortedSet<NamespacePattern> Patterns => _patterns;

    /// <inheritdoc/>
    public IReadOnlyList<NamespaceName> NamesAfter(IReadOnlyList<NamespacePattern> patterns, NamespaceName? after, int max)
    {
        lock (_sync)
        {
            if (_named.Count == 0 || after?.CompareTo(_named.Max) >= 0) return [];
            var rest = after is { } name ? _named.GetViewBetween(name, _named.Max) : _named; // a view finds its beginning without walking there
            return [.. rest.Where(named => named != after && patterns.Any(pattern => pattern.Covers(named))).Take(max)];
        }
    }

    /// <inheritdoc/>
    public IDisposable WantNames(IReadOnlyList<NamespacePattern> patterns, Action<NamespaceName> appeared)
    {
        (ImmutableArray<NamespacePattern>, Action<NamespaceName>) want = ([.. patterns], appeared);
        Change(wants => wants.Add(want));
        return new Subscription(() => Change(wants => wants.Remove(want)));
    }

    /// <summary>A parent has named namespaces.</summary>
    /// <remarks>Names that nobody here wants to hear of are not kept; beyond as many as a realm has, none is: what a hostile parent can make us remember is bounded.</remarks>
    public void Learn(IEnumerable<NamespaceName> names)
    {
        var added = new List<NamespaceName>();
        ImmutableArray<(ImmutableArray<NamespacePattern> Patterns, Action<NamespaceName> Appeared)> wants;
        lock (_sync)
        {
            wants = _wants;
            foreach (var name in names)
                if (_named.Count < Limits.NamespacesMax && _patterns.Any(pattern => pattern.Covers(name)) && _named.Add(name)) added.Add(name);
        }
        foreach (var name in added)
            foreach (var (patterns, appeared) in wants)
                if (patterns.Any(pattern => pattern.Covers(name))) appeared(name);
    }

    /// <inheritdoc/>
    public void OnChanged(NamespaceVersion version)
    {
        if (!_patterns.IsEmpty) Learn([version.Name]);
    }

    /// <inheritdoc/>
    public void OnHead(SignedHead head) { }

    /// <inheritdoc/>
    public void OnGone(NamespaceGone gone)
    {
        if (gone is not { Code: "deleted", Head: not null }) return; // not proven: it may be there for others, or come back
        lock (_sync) _named.Remove(gone.Name); // so that it appears again if it is made again
    }

    private void Change(Func<ImmutableArray<(ImmutableArray<NamespacePattern>, Action<NamespaceName>)>, ImmutableArray<(ImmutableArray<NamespacePattern>, Action<NamespaceName>)>> change)
    {
        bool hasChanged;
        lock (_sync)
        {
            _wants = change(_wants);
            var patterns = _wants.SelectMany(want => want.Patterns).ToImmutableSortedSet();
            hasChanged = !patterns.SetEquals(_patterns);
            _patterns = patterns;
            foreach (var name in held()) // what is held already is there without anyone's word
                if (hasChanged && patterns.Any(pattern => pattern.Covers(name))) _named.Add(name);
        }
        if (hasChanged) wantsChanged();
    }
}
