// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Heliograph.Core.Heads;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Replicas;
using Heliograph.Testing;

namespace Heliograph.Replication.Tests.Support;

/// <summary>An origin without a log: signs what it is told, and tells whoever observes. Thread-safe.</summary>
/// <remarks>Observers are told in order, under a lock of their own: they ask back while other threads, with their locks, ask too.</remarks>
internal sealed class TestRealm(TimeProvider time, byte realm = 1, TrustAnchor? anchor = null) : INamespaceSource, INamespaceDirectory, IDisposable
{
    private readonly Lock _sync = new(), _telling = new();
    private readonly TestAuthority _authority = anchor is null ? new(time, realm) : new(time, realm) { Anchor = anchor };
    private ImmutableArray<INamespaceObserver> _observers = [];
    private ImmutableArray<(IReadOnlyList<NamespacePattern> Patterns, Action<NamespaceName> Appeared)> _nameWants = [];

    public TrustAnchor Anchor => _authority.Anchor;

    public TestAuthority Authority => _authority;

    public int Wants { get; private set; }

    public SignedHead? NewestHead
    {
        get
        {
            lock (_sync) return _authority.Head;
        }
    }

    public NamespaceVersion? Find(NamespaceName name)
    {
        lock (_sync) return _authority.Holds(name) ? _authority.Version(name) : null;
    }

    public NamespaceGone? FindGone(NamespaceName name)
    {
        lock (_sync) return _authority.Holds(name) ? null : new(name, "not_found", "It is not there.", _authority.Head, _authority.Prove(name));
    }

    public INamespaceDirectory Names => this;

    public int NameWants => _nameWants.Length;

    public IReadOnlyList<NamespaceName> NamesAfter(IReadOnlyList<NamespacePattern> patterns, NamespaceName? after, int max)
    {
        lock (_sync) return [.. _authority.Names.Where(name => (after is not { } behind || name.CompareTo(behind) > 0) && patterns.Any(pattern => pattern.Covers(name))).Take(max)];
    }

    public IDisposable WantNames(IReadOnlyList<NamespacePattern> patterns, Action<NamespaceName> appeared)
    {
        lock (_sync) _nameWants = _nameWants.Add((patterns, appeared));
        return new Ending(() =>
        {
            lock (_sync) _nameWants = _nameWants.Remove((patterns, appeared));
        });
    }

    public IDisposable Want(NamespaceName name)
    {
        lock (_sync) Wants++;
        return new Ending(() =>
        {
            lock (_sync) Wants--;
        });
    }

    public IDisposable Observe(INamespaceObserver observer)
    {
        lock (_sync) _observers = _observers.Add(observer);
        return new Ending(() =>
        {
            lock (_sync) _observers = _observers.Remove(observer);
        });
    }

    /// <summary>One entry that changes settings; observers are told.</summary>
    public NamespaceVersion Put(NamespaceName name, params (string Key, string? Value)[] changes)
    {
        return Tell(name, authority => authority.Put(name, changes));
    }

    public NamespaceVersion Apply(NamespaceName name, IReadOnlyList<MerkleChange> changes)
    {
        return Tell(name, authority => authority.Apply(name, changes));
    }

    /// <summary>Signs without telling observers: entries that a tier sees only joined with later ones.</summary>
    public void Quietly(Action<TestAuthority> act)
    {
        lock (_sync) act(_authority);
    }

    /// <summary>A heartbeat: a fresher head over the same state.</summary>
    public SignedHead Beat()
    {
        lock (_telling)
        {
            SignedHead head;
            lock (_sync) head = _authority.Beat();
            foreach (var observer in _observers) observer.OnHead(head);
            return head;
        }
    }

    /// <summary>One entry that deletes a namespace; observers get the proof.</summary>
    public void Delete(NamespaceName name)
    {
        lock (_telling)
        {
            NamespaceGone gone;
            lock (_sync) gone = new(name, "deleted", "It was deleted.", _authority.Delete(name), _authority.Prove(name));
            foreach (var observer in _observers)
            {
                observer.OnHead(gone.Head!);
                observer.OnGone(gone);
            }
        }
    }

    private NamespaceVersion Tell(NamespaceName name, Func<TestAuthority, NamespaceVersion> commit)
    {
        lock (_telling)
        {
            NamespaceVersion version;
            bool isNew;
            lock (_sync) (isNew, version) = (!_authority.Holds(name), commit(_authority));
            foreach (var observer in _observers)
            {
                observer.OnHead(version.Head);
                observer.OnChanged(version);
            }
            foreach (var (patterns, appeared) in _nameWants)
                if (isNew && patterns.Any(pattern => pattern.Covers(name))) appeared(name);
            return version;
        }
    }

    public void Dispose() => _authority.Dispose();

    private sealed class Ending(Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
    }
}
