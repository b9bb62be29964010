// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel.DataAnnotations;
using Heliograph.Core.Access;
using Heliograph.Hosting.Grpc;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Stopping;
using Heliograph.Platform.Files;
using Heliograph.Platform.Trust;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Reports;
using Heliograph.Replication.SnapshotFiles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

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

    private ReplicaNode(ReplicaNodeOptions options, WebApplication application, DirectoryLock? held, LastKnownGoodStore store, Follower follower, FanOutHub hub, ReportFold reports, ReplicaAccessKeys accessKeys)
    {
        _accessKeys = accessKeys;
        (_options, _application, _lock, _store, Follower, Hub, Reports) = (options, application, held, store, follower, hub, reports);
        foreach (var name in options.Always.Append(NamespaceName.Realm)) _wants.Add(follower.Want(name));
        _loops = [follower.RunAsync(_stopping.Token), hub.RunAsync(_stopping.Token)];
    }

    /// <summary>What it holds.</summary>
    public Follower Follower { get; }

    /// <summary>The read-only access keys that it can check by itself.</summary>
    public IAccessKeySource AccessKeys => _accessKeys;

    /// <summary>Whom it serves.</summary>
    public FanOutHub Hub { get; }

    /// <summary>What everyone below reports.</summary>
    public ReportFold Reports { get; }

    /// <summary>Where it listens.</summary>
    public BoundEndpoints Endpoints => _application.Services.GetRequiredService<BoundEndpoints>();

    /// <summary>Reads the last-known-good, then listens, then follows: it serves before it has reached anyone.</summary>
    /// <exception cref="ValidationException">The options are not sound; every fault is named.</exception>
    /// <exception cref="IOException">The trust file cannot be read, an address is taken, or another process uses the data directory.</exception>
    public static async Task<ReplicaNode> StartAsync(ReplicaNodeOptions options, TimeProvider time, Action<ILoggingBuilder> logging, CancellationToken cancellationToken)
    {
        var faults = options.Validate(new ValidationContext(options)).Select(fault => fault.ErrorMessage).ToList();
        if (faults.Count > 0) throw new ValidationException(string.Join(' ', faults));
        var anchor = TrustFile.Load(options.TrustFile);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRouting();
        builder.Services.AddLogging(logging);
        var loggers = LoggerFactory.Create(logging);
        var files = new DiskFileStore(options.DataDirectory);
        var held = DirectoryLock.TryTake(options.DataDirectory, out var isHeld); // none on a read-only disk: what is held there is served all the same
        if (isHeld) throw new IOException($"{options.DataDirectory} is used by another process. Each relay and agent needs a data directory of its own.");
        var store = await LastKnownGoodStore.OpenAsync(files, "", time, loggers.CreateLogger<LastKnownGoodStore>(), cancellationToken: cancellationToken);
        var reports = new ReportFold(options.Id);
        var readerKeys = new ReaderKeyFile(Path.Combine(options.DataDirectory, ReaderKeyFile.FileName), loggers.CreateLogger<ReplicaNode>());
        var follower = new Follower(FollowerOptionsOf(options, readerKeys), anchor, new ParentDialer(options.Dialer, time), store, time, Seeded(), loggers.CreateLogger<Follower>(), reports);
        await follower.LoadAsync(cancellationToken);
        readerKeys.Load();
        var accessKeys = new ReplicaAccessKeys(follower, readerKeys, time);
        var authorizer = new PolicyAuthorizer(follower, mayLocalRead: options.Role == Protocol.Wire.Role.Agent);
        var fanOut = new FanOutOptions { ServerId = options.Id, ServerRole = options.Role == Protocol.Wire.Role.Relay ? "relay" : "agent", ProofInterval = TimeSpan.Zero, Shards = Environment.ProcessorCount, ReaderKeys = options.Role == Protocol.Wire.Role.Relay ? readerKeys : null, ReaderKeySubjects = OwnPeers.Subjects(options.TrustLoopback) };
        var hub = new FanOutHub(follower, anchor, fanOut, authorizer, reports, time, Seeded(), loggers.CreateLogger<FanOutHub>());
        readerKeys.Changed += hub.DeliverReaderKeys;
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<ISyncAcceptor>(hub);
        builder.Services.AddSingleton<DrainState>();
        builder.Services.AddHeliographGrpc();
        builder.AddHeliographListeners(options.Listeners);
        var application = builder.Build();
        application.MapHeliographSync();
        application.MapReplica(options, follower, hub, authorizer, time);
        await application.StartAsync(cancellationToken);
        return new ReplicaNode(options, application, held, store, follower, hub, reports, accessKeys);
    }

    /// <summary>Asks subscribers to go elsewhere, stops listening, stops following. What is held stays on disk.</summary>
    public async ValueTask DisposeAsync()
    {
        _application.Services.GetRequiredService<DrainState>().Begin(); // not ready from now on
        Hub.Drain("this server stops", _options.DrainWindow);
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
        foreach (var want in _wants) want.Dispose();
        _accessKeys.Dispose();
        Hub.Dispose();
        Follower.Dispose();
        _store.Dispose();
        _lock?.Dispose();
        await _application.DisposeAsync();
        _stopping.Dispose();
    }

    private static FollowerOptions FollowerOptionsOf(ReplicaNodeOptions options, ReaderKeyFile readerKeys) => new()
    {
        ReaderKeys = readerKeys,
        Parents = options.Parents,
        Role = options.Role,
        Instance = new Instance { Id = options.Id, Region = options.Region, Zone = options.Zone, Host = Environment.MachineName },
        Linger = options.Linger,
        StaleAfter = options.StaleAfter,
    };

    private static Random Seeded() => new(Guid.NewGuid().GetHashCode()); // jitter: two nodes must not draw the same
}
