// SPDX-License-Identifier: Apache-2.0
using System.Threading.Channels;
using Heliograph.Core.Heads;
using Heliograph.Core.LastKnownGood;
using Heliograph.Hosting.Replicas;
using Heliograph.Platform;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Ports;
using Heliograph.Replication.SnapshotFiles;
using Microsoft.Extensions.Logging;

namespace Heliograph.Agent.Boot;

/// <summary>The crash-loop guard of a host: what an agent puts before its hub. Remembers for each service what it runs on trial and how its processes end, and serves a service the last stable revision instead of one that ends it.</summary>
/// <remarks>One loop does all of it, one job after the other: what a process said before it died is judged before its successor is.</remarks>
internal sealed class HostGuard : IReplicaFront, IRunWatch
{
    /// <summary>Most services that are guarded on one host.</summary>
    public const int ServicesMax = 256;

    private const int JobsMax = 4_096;

    /// <summary>How long a successor waits for the connection of the process before it to be read to its end: its good-bye may still be in there.</summary>
    private static readonly TimeSpan PredecessorWait = TimeSpan.FromSeconds(2);

    private readonly ReplicaParts _parts;
    private readonly TimeSpan _bakeTime;
    private readonly StableAge _stableAge;
    private readonly ILogger _logger;
    private readonly HeadVerifier _verifier;
    private readonly BootRecordFile _records;
    private readonly FanOutHub _hub;
    private readonly string _hostBoot = HostBoot.Read();
    private readonly Channel<Func<Task>> _jobs = Channel.CreateBounded<Func<Task>>(new BoundedChannelOptions(JobsMax) { SingleReader = true });
    private readonly SortedDictionary<string, ServiceGuard> _services = new(StringComparer.Ordinal); // the loop's
    private readonly Dictionary<string, ServiceHub> _hubs = new(StringComparer.Ordinal); // the loop's: the one for newcomers, by service
    private volatile ServiceHub[] _allHubs = []; // with those that only serve on
    private readonly List<Task> _hubLoops = [];
    private long _lastHub;
    private CancellationToken _stopping;

    private HostGuard(ReplicaParts parts, TimeSpan bakeTime)
    {
        _stableAge = new(parts.Store.StableRevision, parts.Time);
        (_parts, _bakeTime, _logger, _verifier) = (parts, bakeTime, parts.Loggers.CreateLogger<HostGuard>(), new HeadVerifier(parts.Trust));
        _records = new BootRecordFile(parts.Files, "", _logger);
        _hub = parts.MakeHub(parts.Follower, 0, this);
    }

    /// <inheritdoc/>
    public int SubscriberCount => _hub.SubscriberCount + _allHubs.Sum(hub => hub.Hub.SubscriberCount);

    /// <inheritdoc/>
    public long WaitingBytesMax => _allHubs.Aggregate(_hub.WaitingBytesMax, (most, hub) => Math.Max(most, hub.Hub.WaitingBytesMax));

    /// <inheritdoc/>
    public int SnapshotsNow => _hub.SnapshotsNow + _allHubs.Sum(hub => hub.Hub.SnapshotsNow);

    /// <inheritdoc/>
    public IReadOnlyList<QuarantinedService> Quarantined { get; private set; } = [];

    /// <inheritdoc/>
    public TimeSpan? StableAge => _stableAge.Look(_parts.Follower.Versions.Values);

    /// <summary>Reads what is remembered of the host's services.</summary>
    public static async ValueTask<IReplicaFront> MakeAsync(ReplicaParts parts, TimeSpan bakeTime, CancellationToken cancellationToken)
    {
        var guard = new HostGuard(parts, bakeTime);
        foreach (var record in (await guard._records.LoadAllAsync(cancellationToken)).Take(ServicesMax)) guard._services[record.Service] = guard.Make(record);
        guard.Show();
        return guard;
    }

    /// <inheritdoc/>
    public async Task AcceptAsync(IConnection connection, PeerIdentity peer, CancellationToken renewal, CancellationToken cancellationToken)
    {
        try
        {
            var (hello, replayed) = await FirstFrame.ReadAsync(connection, _parts.Time, cancellationToken);
            if (hello is null || !IsGuarded(hello)) await _hub.AcceptAsync(replayed, peer, renewal, cancellationToken);
            else await ServeAsync(hello, replayed, peer, renewal, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            connection.Abort(); // it ended, or said nothing for too long
        }
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _stopping = cancellationToken;
        await Task.WhenAll(_hub.RunAsync(cancellationToken), WorkAsync(cancellationToken), TickAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public void Drain(string reason, TimeSpan window)
    {
        _hub.Drain(reason, window);
        foreach (var hub in _allHubs) hub.Hub.Drain(reason, window);
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Greet(Hello hello) => default; // nothing is in quarantine for those that the host's own hub serves

    /// <inheritdoc/>
    public void Heard(Hello hello, Run run)
    {
        if (!IsGuarded(hello)) return;
        var (service, slot) = (hello.Instance.Service, BootRun.SlotOf(hello.Instance.Id));
        if (!_jobs.Writer.TryWrite(() => _services.TryGetValue(service, out var guard) ? guard.HearAsync(slot, hello.Run, run, _stopping) : Task.CompletedTask)) _logger.RunsDropped(service);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _jobs.Writer.TryComplete();
        foreach (var loop in _hubLoops)
        {
            try { await loop; }
            catch (OperationCanceledException) { } // its way out
        }
        foreach (var hub in _allHubs) hub.Dispose();
        _hub.Dispose();
        _verifier.Dispose();
    }

    private static bool IsGuarded(Hello hello) =>
        hello is { Role: Role.Client, Instance: { Service.Length: > 0 and <= BootRecord.NameCharsMax, Id.Length: > 0 } } && BootRun.IsName(hello.Run);

    private async Task ServeAsync(Hello hello, IConnection connection, PeerIdentity peer, CancellationToken renewal, CancellationToken cancellationToken)
    {
        var live = new LiveRun(BootRun.SlotOf(hello.Instance.Id), hello.Run);
        var predecessor = await DoAsync(() => Task.FromResult(Of(hello.Instance.Service)?.Predecessor(live.Slot, live.Id)), cancellationToken);
        if (predecessor is not null) await Task.WhenAny(predecessor.Over.Task, Task.Delay(PredecessorWait, _parts.Time, cancellationToken));
        var hub = await BeginOrPassAsync(hello.Instance.Service, live, cancellationToken);
        try
        {
            await hub.AcceptAsync(connection, peer, renewal, cancellationToken);
        }
        finally
        {
            // Behind all that was heard on it. A queue that is full or closed leaves the run as it is: the next start in the slot says more.
            if (!_jobs.Writer.TryWrite(() =>
                {
                    Of(hello.Instance.Service)?.Leave(live);
                    return Task.CompletedTask;
                })) live.Over.TrySetResult();
        }
    }

    /// <summary>A guard that fails must not keep a service from starting: then it is served as any other.</summary>
    private async Task<FanOutHub> BeginOrPassAsync(string service, LiveRun live, CancellationToken cancellationToken)
    {
        try
        {
            return await DoAsync(() => BeginAsync(service, live), cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested) // the loop has told
        {
            return _hub;
        }
    }

    /// <summary>A process starts, or comes back: which hub serves it.</summary>
    private async Task<FanOutHub> BeginAsync(string service, LiveRun live)
    {
        if (Of(service) is not { } guard) return _hub;
        await guard.StartAsync(live, _hostBoot, _stopping);
        var fallbacks = await guard.FallbacksAsync(_stopping);
        Show();
        if (fallbacks.Count == 0) return _hub;
        if (_hubs.TryGetValue(service, out var known) && known.Serves(fallbacks)) return known.Hub;
        var source = new GuardedSource(_parts.Follower, fallbacks);
        var made = new ServiceHub(fallbacks, watch => _parts.MakeHub(source, ++_lastHub << 40, watch), Heard);
        (_hubs[service], _allHubs) = (made, [.. _allHubs, made]);
        _hubLoops.Add(made.Hub.RunAsync(_stopping));
        return made.Hub;
    }

    private ServiceGuard? Of(string service)
    {
        if (_services.TryGetValue(service, out var known)) return known;
        if (_services.Count < ServicesMax) return _services[service] = Make(BootRecord.New(service));
        _logger.NotGuarded(service, ServicesMax);
        return null;
    }

    private ServiceGuard Make(BootRecord record) => new(record, _bakeTime, _records, _parts.Store, _parts.Follower, _verifier, _parts.Time, _logger);

    /// <summary>Every second: what has baked, what has earned <c>STABLE</c>, which hubs serve nobody any more.</summary>
    private async Task LookAfterAsync()
    {
        foreach (var guard in _services.Values) await guard.TickAsync(_stopping);
        foreach (var earned in _services.Values.SelectMany(guard => guard.Earned()).Distinct().ToList())
        {
            if (_services.Values.Any(guard => guard.Opposes(earned))) continue; // what one service falls back to, all of the host do
            if (!await MarkStableAsync(earned)) continue;
            foreach (var guard in _services.Values) await guard.StabilizeAsync(earned, _stopping);
        }
        foreach (var idle in _allHubs.Where(hub => hub.Hub.SubscriberCount == 0 && !_hubs.ContainsValue(hub)).ToList())
        {
            _allHubs = [.. _allHubs.Where(hub => hub != idle)];
            idle.Dispose();
        }
        Show();
    }

    private async Task<bool> MarkStableAsync(NamespaceRevision earned)
    {
        try
        {
            return await _parts.Store.MarkStableAsync(earned.Namespace, earned.Revision, _stopping);
        }
        catch (FileStoreException exception)
        {
            _logger.GuardNotPersisted(exception, "the host", exception.Fault);
            return false;
        }
    }

    /// <summary>What is in quarantine, for whoever asks the agent.</summary>
    private void Show() => Quarantined =
    [
        .. _services.Values.SelectMany(guard => guard.Record.Quarantined.Select(entry => new QuarantinedService(guard.Service, entry.Namespace, entry.Revision,
            _parts.Follower.Find(entry.Namespace)?.Revision == entry.Revision ? _parts.Store.StableRevision(entry.Namespace) : null))),
    ];

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        await foreach (var job in _jobs.Reader.ReadAllAsync(cancellationToken))
        {
            try
            {
                await job();
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested) // a bug of ours must not leave the host unguarded
            {
                _logger.GuardFailed(exception);
            }
        }
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _parts.Time, cancellationToken);
            _jobs.Writer.TryWrite(LookAfterAsync); // a queue that is full has its next second
        }
    }

    /// <summary>Does something on the loop, behind all that was said before.</summary>
    private async Task<T> DoAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _jobs.Writer.WriteAsync(async () =>
        {
            try { done.TrySetResult(await work()); }
            catch (Exception exception)
            {
                done.TrySetException(exception);
                throw;
            }
        }, cancellationToken);
        return await done.Task.WaitAsync(cancellationToken);
    }
}
