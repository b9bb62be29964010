// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Replica;
using Heliograph.Client.Views;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Replicas;

namespace Heliograph.Client.Tests.Support;

/// <summary>A replica without a network: the test says what is held, what came from disk, and how fresh it is.</summary>
internal sealed class HandDrivenReplica(TimeProvider time) : IClientReplica
{
    private static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(30);

    private readonly Dictionary<NamespaceName, NamespaceVersion> _held = [];
    private readonly HashSet<NamespaceName> _proven = [];
    private readonly List<INamespaceObserver> _observers = [];
    private readonly long _born = time.GetTimestamp();
    private readonly Lock _sync = new();
    private long? _headAt;

    /// <summary>What <see cref="LoadAsync"/> finds.</summary>
    public List<NamespaceVersion> OnDisk { get; } = [];

    public List<NamespaceName> Wanted { get; } = [];

    public bool NobodyAnswers { get; set; }

    public List<string> TroubleList { get; } = [];

    public bool IsDisposed { get; private set; }

    public TaskCompletionSource Running { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Func<CancellationToken, Task>? Run { get; set; }

    public SignedHead? NewestHead { get; private set; }

    public bool IsStale => _headAt is not { } at || time.GetElapsedTime(at) >= StaleAfter;

    public TimeSpan SinceFreshHead => time.GetElapsedTime(_headAt ?? _born);

    public string? Parent => IsStale ? null : "unix:///hand";

    public bool IsStaleFor(NamespaceName name)
    {
        lock (_sync) return IsStale || !_proven.Contains(name);
    }

    public ValueTask<OfferedVersion?> AdmitAsync(OfferedVersion offered, CancellationToken cancellationToken) => new(offered);

    /// <summary>What is kept on disk of earlier revisions.</summary>
    public List<NamespaceVersion> Earlier { get; } = [];

    public ValueTask<NamespaceVersion?> FindEarlierAsync(NamespaceName name, Revision upTo, Func<NamespaceVersion, bool> isWanted, CancellationToken cancellationToken) =>
        new(Earlier.Where(version => version.Name == name && !version.Revision.IsAfter(upTo)).OrderByDescending(version => version.Revision.Sequence).FirstOrDefault(isWanted));

    /// <summary>What the fleet would be told that the application runs.</summary>
    public List<OfferedVersion> Reported { get; } = [];

    /// <summary>What the fleet would be told that it does not run, and why.</summary>
    public List<(NamespaceName Name, Revision Revision, RefusalCode Code)> Refused { get; } = [];

    public bool IsEnded { get; private set; }

    public void Served(OfferedVersion served, DateTimeOffset now)
    {
        lock (_sync) Reported.Add(served);
    }

    public void NotServed(NamespaceName name, Revision revision, RefusalCode code, string detail)
    {
        lock (_sync) Refused.Add((name, revision, code));
    }

    public ValueTask EndAsync()
    {
        IsEnded = true;
        return default;
    }

    public Task TickAsync(bool isHealthy, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What the fleet would be told that this host sets for itself.</summary>
    public IReadOnlyCollection<string> Overridden { get; private set; } = [];

    public void OverrideLocally(IReadOnlyCollection<string> keys) => Overridden = keys;

    public IReadOnlyList<string> Troubles() => TroubleList;

    /// <summary>A parent sends a version under a fresh head.</summary>
    public void Receive(NamespaceVersion version)
    {
        FreshHead(version.Head);
        Hold(version);
        lock (_sync) _proven.Add(version.Name);
    }

    /// <summary>A parent that has no fresh head itself sends a version.</summary>
    public void ReceiveStale(NamespaceVersion version) => Hold(version);

    /// <summary>A parent proves that what is held is the newest, under a head that is known already.</summary>
    public void Prove(NamespaceName name)
    {
        _headAt = time.GetTimestamp();
        lock (_sync) _proven.Add(name);
    }

    public void FreshHead(SignedHead head)
    {
        (NewestHead, _headAt) = (head, time.GetTimestamp());
        foreach (var observer in _observers.ToArray()) observer.OnHead(head);
    }

    public void Gone(NamespaceGone gone)
    {
        foreach (var observer in _observers.ToArray()) observer.OnGone(gone);
    }

    public NamespaceVersion? Find(NamespaceName name)
    {
        lock (_sync) return _held.GetValueOrDefault(name);
    }

    public IDisposable Want(NamespaceName name)
    {
        lock (_sync) Wanted.Add(name);
        return new Ended(() =>
        {
            lock (_sync) Wanted.Remove(name);
        });
    }

    public IDisposable Observe(INamespaceObserver observer)
    {
        _observers.Add(observer);
        return new Ended(() => _observers.Remove(observer));
    }

    public Task LoadAsync(CancellationToken cancellationToken)
    {
        foreach (var version in OnDisk) Hold(version);
        return Task.CompletedTask;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Running.TrySetResult();
        if (Run is { } run) await run(cancellationToken);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private void Hold(NamespaceVersion version)
    {
        lock (_sync) _held[version.Name] = version;
        foreach (var observer in _observers.ToArray()) observer.OnChanged(version);
    }

    private sealed class Ended(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
