// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel.DataAnnotations;
using Heliograph.Core.Access;
using Heliograph.Core.Heads;
using Heliograph.Hosting.Grpc;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Stopping;
using Heliograph.Hosting.Telemetry;
using Heliograph.Platform.Files;
using Heliograph.Platform.Trust;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Entries;
using Heliograph.Replication.Counting;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Heliograph.Replication.Reports;
using Heliograph.Replication.SnapshotFiles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Role = Heliograph.Protocol.Wire.Role;

namespace Heliograph.Hosting.Replicas;

/// <summary>A running relay or agent: a follower upward, a hub downward, the last-known-good in between.</summary>
public sealed class ReplicaNode : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ReplicaNodeOptions _options;
    private readonly LastKnownGoodStore _store;
    private readonly DirectoryLock? _lock;
    private readonly List<IDisposable> _wants = [];
    private readonly Task[] _loops;
    private readonly ReplicaAccessKeys _accessKeys;
    private IDisposable? _endpoints;
    private NodeTelemetry? _telemetry;

    private ReplicaNode(ReplicaNodeOptions options, WebApplication application, DirectoryLock? held, LastKnownGoodStore store, TrustCell trust, Follower follower, IReplicaFront front, ReportFold reports, ReplicaAccessKeys accessKeys)
    {
        _accessKeys = accessKeys;
        (_options, _application, _lock, _store, Follower, Front, Reports) = (options, application, held, store, follower, front, reports);
        foreach (var name in options.Always.Where(pattern => pattern.IsName).Select(pattern => pattern.Name).Append(NamespaceName.Realm)) _wants.Add(follower.Want(name));
        if (options.Always.Where(pattern => !pattern.IsName).ToList() is { Count: > 0 } patterns) _wants.Add(follower.WantUnder(patterns));
        _loops = [follower.RunAsync(_stopping.Token), front.RunAsync(_stopping.Token), .. options.Archive is { } archive ? [archive.RunAsync(trust, _stopping.Token)] : Array.Empty<Task>()];
    }

    /// <summary>What it holds.</summary>
    public Follower Follower { get; }

    /// <summary>The read-only access keys that it can check by itself.</summary>
    public IAccessKeySource AccessKeys => _accessKeys;

    /// <summary>Where it keeps the log itself; <see langword="null"/>: nowhere.</summary>
    public IReplicaArchive? Archive => _options.Archive;

    /// <summary>Whom it serves.</summary>
    public IReplicaFront Front { get; }

    /// <summary>Where this node's numbers go; for what is served beside it.</summary>
    public System.Diagnostics.Metrics.Meter Meter => _telemetry!.Meter;

    /// <summary>What everyone below reports.</summary>
    public ReportFold Reports { get; }

    /// <summary>Where it listens.</summary>
    public BoundEndpoints Endpoints => _application.Services.GetRequiredService<BoundEndpoints>();

    /// <summary>Reads the last-known-good, then listens, then follows: it serves before it has reached anyone.</summary>
    /// <exception cref="ValidationException">The options are not sound; every fault is named.</exception>
    /// <exception cref="IOException">The trust file cannot be read, an address is taken, or another process uses the data directory.</exception>
    public static async Task<ReplicaNode> StartAsync(ReplicaNodeOptions options, TimeProvider time, Action<ILoggingBuilder> logging, CancellationToken cancellationToken)
    {
        var faults = options.Validate(new ValidationContext(options, nameof(ReplicaNodeOptions), null, null)).Select(fault => fault.ErrorMessage).ToList();
        if (faults.Count > 0) throw new ValidationException(string.Join(' ', faults));
        var trust = new TrustCell(TrustFile.LoadTrust(options.TrustFile));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRouting();
        builder.Services.AddMetrics();
        builder.Services.AddLogging(logging);
        var loggers = LoggerFactory.Create(logging);
        if (options is { Parents: [var only], AllowSingleParent: false }) loggers.CreateLogger<ReplicaNode>().SingleParent(options.Id, only.Address);
        var files = new DiskFileStore(options.DataDirectory);
        var held = DirectoryLock.TryTake(options.DataDirectory, out var isHeld); // none on a read-only disk: what is held there is served all the same
        if (isHeld) throw new IOException($"{options.DataDirectory} is used by another process. Each relay and agent needs a data directory of its own.");
        try
        {
            return await StartAsync(options, builder, trust, files, held, loggers, time, cancellationToken);
        }
        catch
        {
            held?.Dispose(); // it may be tried again
            throw;
        }
    }

    private static async Task<ReplicaNode> StartAsync(ReplicaNodeOptions options, WebApplicationBuilder builder, TrustCell trust, DiskFileStore files, DirectoryLock? held, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var store = await LastKnownGoodStore.OpenAsync(files, "", time, loggers.CreateLogger<LastKnownGoodStore>(), cancellationToken: cancellationToken);
        var (reports, counts) = (new ReportFold(options.Id), new FanOutCounts());
        var readerKeys = new ReaderKeyFile(Path.Combine(options.DataDirectory, ReaderKeyFile.FileName), loggers.CreateLogger<ReplicaNode>());
        var follower = new Follower(FollowerOptionsOf(options, readerKeys), trust, new ParentDialer(options.Dialer, time), store, time, Seeded(), loggers.CreateLogger<Follower>(), reports);
        await follower.LoadAsync(cancellationToken);
        readerKeys.Load(new NamedReaderKeys(follower));
        var accessKeys = new ReplicaAccessKeys(follower, readerKeys, time);
        var authorizer = new PolicyAuthorizer(follower, mayLocalRead: options.Role == Role.Agent);
        var front = await options.Front(new ReplicaParts(trust, files, store, follower, MakeHub, time, loggers), cancellationToken);
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<ISyncAcceptor>(front);
        builder.Services.AddSingleton<DrainState>();
        builder.Services.AddHeliographGrpc();
        builder.AddHeliographListeners(options.Listeners, readsInline: true); // files are read and written in the pool
        var application = builder.Build();
        application.MapHeliographSync();
        application.MapReplica(options, follower, front, authorizer, time);
        var telemetry = Measure(options, follower, front, counts, time);
        telemetry.Map(application);
        telemetry.Begin(application.Services);
        var endpoints = options.Endpoints?.Invoke(new EndpointParts(application, follower, authorizer, time));
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch
        {
            telemetry.Dispose(); // else it would listen to the process for ever
            throw;
        }
        return new ReplicaNode(options, application, held, store, trust, follower, front, reports, accessKeys) { _endpoints = endpoints, _telemetry = telemetry };

        FanOutHub MakeHub(INamespaceSource source, long firstSubscriberId, IRunWatch? runs)
        {
            var isRelay = options.Role == Role.Relay;
            var fanOut = new FanOutOptions { Counts = counts, ServerId = options.Id, ServerRole = isRelay ? "relay" : "agent", ProofInterval = TimeSpan.Zero, Shards = Environment.ProcessorCount, FirstSubscriberId = firstSubscriberId, ReaderKeys = isRelay ? readerKeys : null, ReaderKeySubjects = OwnPeers.Subjects(options.TrustLoopback), SubscribersMax = options.SubscribersMax, SnapshotsAtOnceMax = options.SnapshotsAtOnceMax };
            var hub = new FanOutHub(source, trust, fanOut, authorizer, reports, time, Seeded(), loggers.CreateLogger<FanOutHub>()) { Runs = runs, Entries = options.Archive is { } archive ? new EntryServer(archive, authorizer, time) : null };
            if (isRelay) readerKeys.Changed += hub.DeliverReaderKeys; // a relay has one hub, for as long as it lives
            return hub;
        }
    }

    /// <summary>Asks subscribers to go elsewhere, stops listening, stops following. What is held stays on disk.</summary>
    public async ValueTask DisposeAsync()
    {
        _application.Services.GetRequiredService<DrainState>().Begin(); // not ready from now on
        Front.Drain("this server stops", _options.DrainWindow);
        await _application.StopAsync(CancellationToken.None);
        await _stopping.CancelAsync();
        foreach (var loop in _loops)
        {
            try
            {
                await loop;
            }
            catch (OperationCanceledException)
            {
                // It was told to stop.
            }
        }
        _endpoints?.Dispose();
        foreach (var want in _wants) want.Dispose();
        _accessKeys.Dispose();
        await Front.DisposeAsync();
        _options.Archive?.Dispose();
        Follower.Dispose();
        _store.Dispose();
        _lock?.Dispose();
        _telemetry?.Dispose();
        await _application.DisposeAsync();
        _stopping.Dispose();
    }

    /// <summary>Before following begins: from then on all that is applied is counted.</summary>
    private static NodeTelemetry Measure(ReplicaNodeOptions options, Follower follower, IReplicaFront front, FanOutCounts counts, TimeProvider time)
    {
        var telemetry = new NodeTelemetry(options.Telemetry, options.Role == Role.Relay ? "relay" : "agent", options.Id);
        HubMetrics.Add(telemetry.Meter, counts, front);
        FollowerMetrics.Add(telemetry.Meter, follower, time);
        if (options.Role == Role.Agent) Instruments.StableAge.Observe(telemetry.Meter, () => front.StableAge?.TotalSeconds);
        CertificateMetrics.Add(telemetry.Meter, () => options.Listeners.Tls?.Current ?? options.Dialer.ClientCertificate?.Invoke(), time);
        FollowerTraces.Add(follower, options.Telemetry.TraceRatio, options.Id, time);
        return telemetry;
    }

    private static FollowerOptions FollowerOptionsOf(ReplicaNodeOptions options, ReaderKeyFile readerKeys) => new()
    {
        ReaderKeys = readerKeys,
        Parents = options.Parents,
        Role = options.Role,
        Instance = new Instance { Id = options.Id, Region = options.Region, Zone = options.Zone, Host = Environment.MachineName },
        Linger = options.Linger,
        StaleAfter = options.StaleAfter,
        FirstHeadWithin = options.Role == Role.Relay ? options.StaleAfter / 2 : null,
    };

    private static Random Seeded() => new(Guid.NewGuid().GetHashCode()); // jitter: two nodes must not draw the same
}
