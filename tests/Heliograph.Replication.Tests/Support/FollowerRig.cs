// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Heliograph.Replication.Reports;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Replication.Tests.Support;

/// <summary>A follower that runs, and everything that its readers saw: no namespace may ever be seen to go back.</summary>
internal sealed class FollowerRig : INamespaceObserver, IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _sync = new();
    private readonly List<NamespaceVersion> _changes = [];
    private readonly List<SignedHead> _heads = [];
    private readonly List<NamespaceGone> _gone = [];
    private readonly IDisposable _observation;
    private Task? _running;

    public FollowerRig(
        TrustAnchor anchor, IDialer network, TimeProvider time, IReadOnlyList<ParentAddress> parents,
        IReplicaStore? store = null, Role role = Role.Client, string id = "instance-1", IFleetSource? reports = null, ILogger? logger = null, FollowerOptions? options = null, TrustCell? trust = null)
    {
        Options = options ?? new FollowerOptions { Parents = parents, Role = role, Instance = new Instance { Id = id, Service = "cart", Region = "eu", Ring = "main" } };
        Follower = new Follower(Options, trust ?? new TrustCell(anchor), network, store ?? new MemoryReplicaStore(), time, new Random(1), logger ?? NullLogger.Instance, reports);
        _observation = Follower.Observe(this);
    }

    public FollowerOptions Options { get; }

    public Follower Follower { get; }

    public IReadOnlyList<NamespaceVersion> Changes
    {
        get
        {
            lock (_sync) return [.. _changes];
        }
    }

    public IReadOnlyList<NamespaceGone> Gone
    {
        get
        {
            lock (_sync) return [.. _gone];
        }
    }

    public IReadOnlyList<SignedHead> Heads
    {
        get
        {
            lock (_sync) return [.. _heads];
        }
    }

    /// <summary>Whether a reader ever saw a namespace go back, or stand still and call it a change.</summary>
    public bool WentBack
    {
        get
        {
            lock (_sync) return _changes.GroupBy(version => version.Name).Any(versions => versions.Zip(versions.Skip(1)).Any(pair => !pair.Second.Revision.IsAfter(pair.First.Revision)));
        }
    }

    public bool IsRunning => _running is { IsCompleted: false };

    public FollowerRig Start(params NamespaceName[] wanted)
    {
        foreach (var name in wanted) Follower.Want(name);
        _running = Task.Run(() => Follower.RunAsync(_ended.Token));
        return this;
    }

    public Task HoldsAsync(NamespaceVersion version) =>
        Eventually.HoldsAsync(() => Follower.Find(version.Name) is { } held && held.Revision == version.Revision && held.Records.Root == version.StateRoot, $"{version.Name} at {version.Revision}");

    public async Task StopAsync()
    {
        await _ended.CancelAsync();
        if (_running is null) return;
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // It was told to.
        }
    }

    public void OnChanged(NamespaceVersion version)
    {
        lock (_sync) _changes.Add(version);
    }

    public void OnHead(SignedHead head)
    {
        lock (_sync) _heads.Add(head);
    }

    public void OnGone(NamespaceGone gone)
    {
        lock (_sync) _gone.Add(gone);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _observation.Dispose();
        Follower.Dispose();
        _ended.Dispose();
    }
}
