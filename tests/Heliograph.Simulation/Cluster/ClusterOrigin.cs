// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Heliograph.Replication.Log;
using Heliograph.Simulation.Checkers;
using Heliograph.Simulation.Etcd;
using Heliograph.Simulation.Kernel;
using Heliograph.Storage.Etcd;
using Microsoft.Extensions.Logging;

namespace Heliograph.Simulation.Cluster;

/// <summary>An origin of a cluster: the shipped sequencer over the shipped store, whose calls go to the model of etcd; and what the origin's HTTP face does with a call, over simulated links.</summary>
internal sealed class ClusterOrigin : IRealmObserver
{
    private static readonly TimeSpan _reachMax = TimeSpan.FromSeconds(2);

    private readonly ClusterWorld _world;
    private readonly int _index;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ClusterOrigin(ClusterWorld world, SimHost host, SimProcess process, int index)
    {
        (_world, Host, Process, _index) = (world, host, process, index);
        Face = new ClusterFace(world, this);
    }

    /// <summary>Its machine.</summary>
    public SimHost Host { get; }

    /// <summary>Its process.</summary>
    public SimProcess Process { get; }

    /// <summary>The authority; <see langword="null"/> while it starts.</summary>
    public Sequencer? Sequencer { get; private set; }

    /// <summary>The store.</summary>
    public EtcdLogStore? Store { get; private set; }

    /// <summary>What callers speak to.</summary>
    public ClusterFace Face { get; }

    /// <summary>Whether it was asked to stop.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>Runs an origin until it stops.</summary>
    public static async Task RunAsync(ClusterWorld world, int index, SimHost host, SimProcess process)
    {
        var node = world.Running[host.Name] = new ClusterOrigin(world, host, process, index);
        process.Died += () =>
        {
            if (world.Running.GetValueOrDefault(host.Name) == node) world.Running.Remove(host.Name);
        };
        await node.ServeAsync();
    }

    /// <summary>Stops it in order: it finishes, gives the right to append back, and ends.</summary>
    public void Stop()
    {
        if (Sequencer is null || IsStopping) return;
        IsStopping = true;
        _world.Scheduler.Tell(Host.Name, "is stopped");
        Process.Run(_ => _stopped.TrySetResult(), null);
    }

    private readonly TaskCompletionSource _stopped = new(); // what waits for any of two would go on upon the thread pool

    /// <summary>Waits until it holds a revision.</summary>
    /// <returns>Whether it does, within two seconds.</returns>
    public async Task<bool> ReachAsync(Revision wanted)
    {
        var isLate = false;
        await using var limit = Process.Time.CreateTimer(_ =>
        {
            isLate = true;
            Ring();
        }, null, _reachMax, Timeout.InfiniteTimeSpan);
        while (true)
        {
            var next = _next.Task; // before looking
            if (!Sequencer!.Current.State.Revision.IsBefore(wanted)) return true;
            if (isLate) return false;
            await next;
        }
    }

    /// <inheritdoc/>
    public void OnCommitted(CommittedRealm before, CommittedRealm now, IReadOnlyList<LogEntry> entries)
    {
        foreach (var entry in entries) _world.Judge(() => _world.History.Entry(entry, Host.Name));
        if (now.Head is { } head) OnHead(head);
        Ring();
    }

    /// <inheritdoc/>
    public void OnHead(SignedHead head)
    {
        _world.Judge(() => _world.History.Head(head, Host.Name));
        _world.Marks.Sealed(Host.Name, head.Revision);
    }

    /// <inheritdoc/>
    public void OnMode(string? readOnlyReason) => _world.Scheduler.Tell(Host.Name, readOnlyReason is null ? "takes changes" : $"takes none: {readOnlyReason}");

    private async Task ServeAsync()
    {
        var (anchor, random) = (_world.Realm.Anchor, _world.Scheduler.NewRandom("origin " + Host.Name));
        var options = new EtcdLogStoreOptions
        {
            Endpoints = [.. _world.Etcd.Machines.Skip(_index).Concat(_world.Etcd.Machines.Take(_index)).Select(machine => new Uri($"https://{machine.Host.Name}:2379"))],
            LogId = anchor.LogId,
            Address = $"https://{Host.Name}",
            UpkeepInterval = TimeSpan.FromSeconds(7),
            Calls = address => new EtcdCalls(_world, Process, _world.Etcd.Machines.Single(machine => machine.Host.Name == address.Host)),
            Jitter = random,
        };
        Store = await EtcdLogStore.OpenAsync(options, Process.Time, new ClusterLogger(_world, Host.Name), CancellationToken.None);
        using var mark = new HighWaterFile(Host.Disk, anchor.LogId);
        var tip = await mark.ReadAsync(CancellationToken.None);
        _world.Judge(() => _world.Marks.Found(Host.Name, tip.Revision));
        var signer = new WatchedSigner(_world.Realm.SignerOf(_index), data => _world.Judge(() => _world.ReadBack.Signs(Process, data)));
        var sequencer = await Sequencer.StartAsync(Store, signer, mark, anchor, new() { NodeId = Host.Name, Heartbeat = TimeSpan.FromSeconds(2), BatchEntriesMax = 1 + random.Next(20), HistoryBytesMax = 64 << 10 }, Process.Time, CancellationToken.None);
        using var observation = sequencer.Observe(this);
        if (sequencer.Current.Head is { } head) OnHead(head);
        Sequencer = sequencer;
        await await Task.WhenAny(sequencer.Completion, _stopped.Task);
        await sequencer.DisposeAsync();
        await Store.DisposeAsync();
    }

    private void Ring()
    {
        var rung = _next;
        _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        rung.TrySetResult();
    }
}

/// <summary>What the store says, as events of the trace.</summary>
internal sealed class ClusterLogger(ClusterWorld world, string node) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => world.Scheduler.Tell(node, $"{eventId.Id} {formatter(state, exception)}");
}
