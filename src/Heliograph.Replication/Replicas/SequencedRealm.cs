// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Replicas;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Core.Wire;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Replication.Replicas;

/// <summary>The origin's namespaces as a source for those below: what the sequencer has published, with proofs made when they are asked for.</summary>
/// <remarks>Thread-safe. Holds everything but <c>heliograph.credentials</c>, which no subscriber ever gets.</remarks>
public sealed class SequencedRealm : ICompleteSource, INamespaceDirectory, IRealmObserver, IDisposable
{
    private readonly Sequencer _sequencer;
    private readonly IDisposable _observation;
    private readonly Lock _sync = new();
    private volatile INamespaceObserver[] _observers = [];
    private volatile NameListener[] _listeners = [];
    private Proven _proven;

    /// <summary>Serves what <paramref name="sequencer"/> has published and will publish.</summary>
    public SequencedRealm(Sequencer sequencer)
    {
        _sequencer = sequencer;
        _proven = new(sequencer.Current);
        _observation = sequencer.Observe(this);
    }

    /// <inheritdoc/>
    public SignedHead? NewestHead => _sequencer.Current.Head;

    /// <inheritdoc/>
    public NamespaceVersion? Find(NamespaceName name) => name == NamespaceName.Credentials ? null : ProvenNow().Find(name);

    /// <inheritdoc/>
    public NamespaceGone? FindGone(NamespaceName name)
    {
        var proven = ProvenNow();
        if (name == NamespaceName.Credentials || proven.Realm.State.Find(name) is not null || proven.Realm.Head is not { } head) return null;
        return proven.Gone(name, head) with { Code = "not_found", Detail = $"There is no '{name}'." };
    }

    /// <inheritdoc/>
    public IDisposable Want(NamespaceName name) => Held.Always; // everything is here

    /// <inheritdoc/>
    public IDisposable Observe(INamespaceObserver observer)
    {
        lock (_sync) _observers = [.. _observers, observer];
        return new Observation(this, observer);
    }

    /// <inheritdoc/>
    public INamespaceDirectory Names => this;

    /// <inheritdoc/>
    public IReadOnlyList<NamespaceName> NamesAfter(IReadOnlyList<NamespacePattern> patterns, NamespaceName? after, int max) =>
        [.. _sequencer.Current.State.Namespaces.Keys.Where(name => (after is not { } behind || name.CompareTo(behind) > 0) && patterns.Any(pattern => pattern.Covers(name))).Take(max)];

    /// <inheritdoc/>
    public IDisposable WantNames(IReadOnlyList<NamespacePattern> patterns, Action<NamespaceName> appeared)
    {
        var listener = new NameListener(this, patterns, appeared);
        lock (_sync) _listeners = [.. _listeners, listener];
        return listener;
    }

    void IRealmObserver.OnCommitted(CommittedRealm before, CommittedRealm now, IReadOnlyList<LogEntry> entries)
    {
        var observers = _observers;
        if (now.Head is not { } head) return;
        var proven = ProvenNow(); // the sequencer's own loop calls: nothing newer can be published meanwhile
        foreach (var name in entries.Select(entry => NamespaceName.Parse(entry.Content.Namespace)).Distinct())
        {
            if (name == NamespaceName.Credentials) continue;
            if (proven.Find(name) is { } version)
            {
                foreach (var observer in observers) observer.OnChanged(version);
                if (before.State.Find(name) is not null) continue;
                foreach (var listener in _listeners) listener.Tell(name);
            }
            else if (before.State.Find(name) is not null)
                foreach (var observer in observers) observer.OnGone(proven.Gone(name, head));
        }
        foreach (var observer in observers) observer.OnHead(head);
    }

    void IRealmObserver.OnHead(SignedHead head)
    {
        foreach (var observer in _observers) observer.OnHead(head);
    }

    void IRealmObserver.OnMode(string? readOnlyReason) { } // what is served does not depend on whether changes are taken

    /// <summary>Hears no more of the sequencer.</summary>
    public void Dispose() => _observation.Dispose();

    private Proven ProvenNow()
    {
        var current = _sequencer.Current;
        lock (_sync)
        {
            if (_proven.Realm != current && !IsOlder(current, _proven.Realm)) _proven = _proven.Renewed(current);
            return _proven;
        }
    }

    private static bool IsOlder(CommittedRealm one, CommittedRealm other) => one.State.Revision.IsBefore(other.State.Revision); // read before another reader's newer one

    /// <summary>Namespaces with their proofs under one head; a proof outlives heartbeats, which do not change the directory.</summary>
    private sealed class Proven(CommittedRealm realm)
    {
        private readonly Lock _sync = new();
        private readonly Dictionary<NamespaceName, NamespaceVersion> _versions = [];

        public CommittedRealm Realm => realm;

        public Proven Renewed(CommittedRealm next)
        {
            var renewed = new Proven(next);
            if (next.Head is not { } head || next.State.Directory.Root != realm.State.Directory.Root) return renewed;
            lock (_sync)
                foreach (var (name, version) in _versions) renewed._versions[name] = version with { Head = head };
            return renewed;
        }

        public NamespaceVersion? Find(NamespaceName name)
        {
            if (realm.Head is not { } head || realm.State.Find(name) is not { } found) return null;
            lock (_sync)
            {
                if (_versions.TryGetValue(name, out var known)) return known;
                var key = RealmNamespace.DirectoryKeyOf(name);
                if (!realm.State.Directory.TryGet(key, out var stateBytes)) throw new System.Diagnostics.UnreachableException($"'{name}' is not in the directory.");
                return _versions[name] = new(name, stateBytes, NamespaceState.Parser.ParseFrom(stateBytes.Span), found.Records, head, realm.State.Directory.Prove(key).ToBytes());
            }
        }

        public NamespaceGone Gone(NamespaceName name, SignedHead head) =>
            new(name, "deleted", $"'{name}' was deleted.", head, realm.State.Directory.Prove(RealmNamespace.DirectoryKeyOf(name)).ToBytes());
    }

    private sealed class Held : IDisposable
    {
        public static readonly Held Always = new();

        public void Dispose() { }
    }

    private sealed class NameListener(SequencedRealm realm, IReadOnlyList<NamespacePattern> patterns, Action<NamespaceName> appeared) : IDisposable
    {
        public void Tell(NamespaceName name)
        {
            if (patterns.Any(pattern => pattern.Covers(name))) appeared(name);
        }

        public void Dispose()
        {
            lock (realm._sync) realm._listeners = [.. realm._listeners.Where(other => other != this)];
        }
    }

    private sealed class Observation(SequencedRealm realm, INamespaceObserver observer) : IDisposable
    {
        public void Dispose()
        {
            lock (realm._sync) realm._observers = [.. realm._observers.Where(other => other != observer)];
        }
    }
}
