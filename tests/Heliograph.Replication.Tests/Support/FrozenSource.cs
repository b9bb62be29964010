// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Replicas;

namespace Heliograph.Replication.Tests.Support;

/// <summary>A tier that is level with the realm until it is frozen: then it serves what it had, and hears nothing.</summary>
internal sealed class FrozenSource : INamespaceSource, INamespaceObserver
{
    private readonly Lock _sync = new();
    private readonly TestRealm _realm;
    private readonly List<INamespaceObserver> _observers = [];
    private readonly Dictionary<NamespaceName, NamespaceVersion> _frozen = [];
    private SignedHead? _head;

    public FrozenSource(TestRealm realm)
    {
        _realm = realm;
        _realm.Observe(this);
    }

    private bool IsFrozen => _head is not null;

    public SignedHead? NewestHead => _head ?? _realm.NewestHead;

    public void Freeze(params NamespaceName[] names)
    {
        lock (_sync)
        {
            foreach (var name in names) _frozen[name] = _realm.Find(name)!;
            _head = _realm.NewestHead;
        }
    }

    public void Thaw()
    {
        _head = null;
        var observers = Observers();
        foreach (var observer in observers)
        {
            observer.OnHead(_realm.NewestHead!);
            foreach (var name in _frozen.Keys)
                if (_realm.Find(name) is { } version) observer.OnChanged(version);
        }
    }

    public NamespaceVersion? Find(NamespaceName name) => IsFrozen ? _frozen.GetValueOrDefault(name) : _realm.Find(name);

    public IDisposable Want(NamespaceName name) => _realm.Want(name);

    public IDisposable Observe(INamespaceObserver observer)
    {
        lock (_sync) _observers.Add(observer);
        return _realm.Want(NamespaceName.Realm); // something to dispose; nobody leaves here
    }

    public void OnChanged(NamespaceVersion version)
    {
        foreach (var observer in Observers()) observer.OnChanged(version);
    }

    public void OnHead(SignedHead head)
    {
        foreach (var observer in Observers()) observer.OnHead(head);
    }

    public void OnGone(NamespaceGone gone)
    {
        foreach (var observer in Observers()) observer.OnGone(gone);
    }

    private List<INamespaceObserver> Observers()
    {
        lock (_sync) return IsFrozen ? [] : [.. _observers];
    }
}
