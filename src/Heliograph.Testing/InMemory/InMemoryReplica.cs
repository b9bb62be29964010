// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Replica;
using Heliograph.Client.Views;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Replication.Replicas;
using NamespaceOutcome = Heliograph.Testing.ClientOutcome;

namespace Heliograph.Testing.InMemory;

/// <summary>One client's end of a realm in memory. Thread-safe.</summary>
internal sealed class InMemoryReplica(InMemoryRealm realm, string instance, TimeProvider time) : IClientReplica
{
    private readonly Lock _sync = new();
    private readonly Dictionary<NamespaceName, int> _wanted = [];
    private readonly Dictionary<NamespaceName, NamespaceVersion> _held = [];
    private readonly Dictionary<NamespaceName, (Revision Judged, NamespaceOutcome Outcome)> _outcomes = [];
    private readonly List<INamespaceObserver> _observers = [];
    private readonly long _born = time.GetTimestamp();
    private TaskCompletionSource _judged = NewSignal();
    private SignedHead? _newest;
    private long? _cutAt;
    private bool _isRunning;

    public SignedHead? NewestHead => _newest;

    public bool IsStale => realm.IsCut || _newest is null;

    public TimeSpan SinceFreshHead => _newest is null ? time.GetElapsedTime(_born) : _cutAt is { } cut ? time.GetElapsedTime(cut) : TimeSpan.Zero;

    public string? Parent => realm.IsCut ? null : "in-memory";

    public bool NobodyAnswers => realm.IsCut;

    public bool IsStaleFor(NamespaceName name) => IsStale || Find(name) is null;

    public ValueTask<OfferedVersion?> AdmitAsync(OfferedVersion offered, CancellationToken cancellationToken) => new(offered);

    public ValueTask<NamespaceVersion?> FindEarlierAsync(NamespaceName name, Revision upTo, Func<NamespaceVersion, bool> isWanted, CancellationToken cancellationToken) =>
        new(realm.Earlier(name).Where(version => !version.Revision.IsAfter(upTo)).OrderByDescending(version => version.Revision.Sequence).FirstOrDefault(isWanted));

    public void Served(OfferedVersion served, DateTimeOffset now) => Judge(served.Version.Name, served.Version.Revision, new(instance, served.Version.Revision, null));

    public void NotServed(NamespaceName name, Revision revision, RefusalCode code, string detail)
    {
        Revision served;
        lock (_sync) served = _outcomes.TryGetValue(name, out var known) ? known.Outcome.Served : Revision.None;
        Judge(name, revision, new(instance, served, new(revision, RefusalCodes.ToWire(code), detail)));
    }

    public ValueTask EndAsync() => default;

    public Task TickAsync(bool isHealthy, CancellationToken cancellationToken) => Task.CompletedTask;

    public void OverrideLocally(IReadOnlyCollection<string> keys)
    {
        // There is nobody to tell.
    }

    public IReadOnlyList<string> Troubles() => realm.IsCut ? ["in-memory: disconnected by the test"] : [];

    public Task LoadAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        lock (_sync) _isRunning = true;
        Receive();
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken).ConfigureAwait(false);
    }

    public NamespaceVersion? Find(NamespaceName name)
    {
        lock (_sync) return _held.GetValueOrDefault(name);
    }

    public IDisposable Want(NamespaceName name)
    {
        lock (_sync) _wanted[name] = _wanted.GetValueOrDefault(name) + 1;
        Receive();
        return new Ending(() =>
        {
            lock (_sync)
                if (--_wanted[name] == 0) _wanted.Remove(name);
        });
    }

    public IDisposable Observe(INamespaceObserver observer)
    {
        lock (_sync) _observers.Add(observer);
        return new Ending(() =>
        {
            lock (_sync) _observers.Remove(observer);
        });
    }

    public ValueTask DisposeAsync()
    {
        realm.Leave(this);
        lock (_sync) _judged.TrySetResult();
        return default;
    }

    /// <summary>Takes what the realm has and this client wants, unless it is cut off.</summary>
    public void Receive()
    {
        if (realm.IsCut)
        {
            _cutAt ??= time.GetTimestamp();
            return;
        }
        _cutAt = null;
        List<NamespaceVersion> news = [];
        List<NamespaceName> absent = [];
        INamespaceObserver[] observers;
        lock (_sync)
        {
            if (!_isRunning) return;
            foreach (var name in _wanted.Keys)
            {
                if (realm.Newest(name) is not { } version) absent.Add(name);
                else if (!ReferenceEquals(_held.GetValueOrDefault(name), version)) news.Add(_held[name] = version);
                if (_held.TryGetValue(name, out var held)) _newest = held.Head;
            }
            observers = [.. _observers];
        }
        foreach (var observer in observers)
        {
            foreach (var version in news)
            {
                observer.OnHead(version.Head);
                observer.OnChanged(version);
            }
            foreach (var name in absent) observer.OnGone(new NamespaceGone(name, "not_found", "the realm in memory has no such namespace"));
        }
    }

    /// <summary>What this client made of a revision; <see langword="null"/> if it does not follow the namespace, or has gone.</summary>
    public async Task<NamespaceOutcome?> OutcomeAsync(NamespaceName name, Revision revision, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task judged;
            lock (_sync)
            {
                if (!_isRunning || !_wanted.ContainsKey(name) || _judged.Task.IsCompleted) return null;
                if (_outcomes.TryGetValue(name, out var known) && !known.Judged.IsBefore(revision)) return known.Outcome;
                judged = _judged.Task;
            }
            await judged.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Judge(NamespaceName name, Revision revision, NamespaceOutcome outcome)
    {
        TaskCompletionSource judged;
        lock (_sync)
        {
            _outcomes[name] = (revision, outcome);
            (judged, _judged) = (_judged, NewSignal());
        }
        judged.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => Interlocked.Exchange(ref end!, null)?.Invoke();
    }
}
