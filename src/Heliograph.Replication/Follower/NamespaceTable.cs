// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Replicas;

namespace Heliograph.Replication.Following;

/// <summary>What a follower holds, as its readers see it: immutable versions, swapped one at a time, and the observers that are told.</summary>
/// <remarks>Written by the follower's loop only; read by anyone.</remarks>
internal sealed class NamespaceTable
{
    private readonly Lock _sync = new();
    private ImmutableArray<INamespaceObserver> _observers = [];
    private volatile ImmutableSortedDictionary<NamespaceName, NamespaceVersion> _versions = ImmutableSortedDictionary<NamespaceName, NamespaceVersion>.Empty;
    private volatile ImmutableSortedDictionary<NamespaceName, NamespaceGone> _gone = ImmutableSortedDictionary<NamespaceName, NamespaceGone>.Empty; // of those that someone wants
    private volatile SignedHead? _newestHead;

    public SignedHead? NewestHead => _newestHead;

    public IReadOnlyDictionary<NamespaceName, NamespaceVersion> Versions => _versions;

    public NamespaceVersion? Find(NamespaceName name) => _versions.GetValueOrDefault(name);

    public IDisposable Observe(INamespaceObserver observer)
    {
        lock (_sync) _observers = _observers.Add(observer);
        return new Subscription(() =>
        {
            lock (_sync) _observers = _observers.Remove(observer);
        });
    }

    /// <summary>Same content under a fresher head: readers see the fresher proof, observers are told.</summary>
    public void Refresh(NamespaceVersion version)
    {
        _versions = _versions.SetItem(version.Name, version);
        foreach (var observer in Observers()) observer.OnProof(version);
    }

    /// <summary>Why the parent does not serve a namespace, as it said last; <see langword="null"/> if it does, or has said nothing.</summary>
    public NamespaceGone? FindGone(NamespaceName name) => _gone.GetValueOrDefault(name);

    public void Change(NamespaceVersion version)
    {
        _gone = _gone.Remove(version.Name);
        _versions = _versions.SetItem(version.Name, version);
        foreach (var observer in Observers()) observer.OnChanged(version);
    }

    public void Head(SignedHead head)
    {
        _newestHead = head;
        foreach (var observer in Observers()) observer.OnHead(head);
    }

    public void Gone(NamespaceGone gone)
    {
        if (Find(gone.Name) is null) _gone = _gone.SetItem(gone.Name, gone);
        foreach (var observer in Observers()) observer.OnGone(gone);
    }

    public void Remove(NamespaceName name) => _versions = _versions.Remove(name);

    private ImmutableArray<INamespaceObserver> Observers()
    {
        lock (_sync) return _observers;
    }
}

/// <summary>Runs an action once when disposed.</summary>
internal sealed class Subscription(Action end) : IDisposable
{
    private Action? _end = end;

    public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
}
