// SPDX-License-Identifier: Apache-2.0
using Heliograph.Agent;
using Heliograph.AppConfiguration.Access;
using Heliograph.Core.Access;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Replicas;
using Heliograph.Origin;
using Heliograph.Relay;
using Microsoft.Extensions.Logging;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>An origin with a store and its face, on loopback; with a relay, an agent and their faces where asked for.</summary>
internal sealed class RunningFace : IAsyncDisposable
{
    public static readonly NamespaceName Store = NamespaceName.Parse("store.test");

    private readonly List<IAsyncDisposable> _parts = [];
    private readonly List<SignedClient> _clients = [];

    public required OriginHost Origin { get; init; }

    public required string Directory { get; init; }

    public required AppConfigurationHost Face { get; init; }

    public required AccessKey WriteKey { get; init; }

    public required AccessKey ReadKey { get; init; }

    /// <summary>Where the origin is followed by its own user: it gives reader keys here.</summary>
    public Uri Sync => new($"unix://{Directory}/origin.sock");

    /// <summary>Where anyone on this host may follow it.</summary>
    public Uri Loopback => new($"tcp://{Origin.Endpoints.All.First(endpoint => endpoint is { Protocol: ListenProtocol.Sync, Address: not null }).Address}");

    public SignedClient Client => _clients[0];

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RunningFace> StartAsync(BearerOptions? bearer = null, bool acceptsMalformedFlags = false)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("helio-face-").FullName;
        var origin = await OriginHost.StartAsync(new OriginOptions
        {
            DataDirectory = Path.Combine(directory, "origin"),
            Listeners = new() { Endpoints = [ListenEndpoint.Parse("http://127.0.0.1:0"), ListenEndpoint.Parse($"unix://{directory}/origin.sock"), ListenEndpoint.Parse("tcp://127.0.0.1:0")] },
            DrainTimeout = TimeSpan.FromSeconds(5),
            ReconnectWindow = TimeSpan.Zero,
            AcceptsMalformedFlags = acceptsMalformedFlags,
        }, null, TimeProvider.System, Cancel);
        Assert.IsType<SubmitResult.Committed>(await origin.Sequencer.SubmitAsync(new Submission.Create(Store, "", "test", Id()), Cancel));
        var (write, _) = await origin.AccessKeys.CreateAsync(Store, mayWrite: true, "test", Id(), Cancel);
        var (read, _) = await origin.AccessKeys.CreateAsync(Store, mayWrite: false, "test", Id(), Cancel);
        var face = await AppConfigurationHost.StartAsync(Options(null, bearer, origin.RecordDenied, meter: origin.Meter), origin.Sequencer, origin.AccessKeys.Source, TimeProvider.System, null, Cancel);
        var running = new RunningFace { Origin = origin, Directory = directory, Face = face, WriteKey = write!, ReadKey = read! };
        running._parts.AddRange([origin, face]);
        running.ClientOf(face, write!);
        return running;
    }

    public static string Id() => Guid.NewGuid().ToString("N");

    public SignedClient ClientOf(AppConfigurationHost face, AccessKey key, ReadOnlyMemory<byte>? secret = null)
    {
        var client = new SignedClient(new Uri($"http://{face.Endpoints.Of(ListenProtocol.Http).Address}"), key, secret);
        _clients.Add(client);
        return client;
    }

    public async Task LetLoopbackReadAsync() =>
        Assert.IsType<SubmitResult.Committed>(await Origin.Sequencer.SubmitAsync(new Submission.Change(
            new Changeset(NamespaceName.Realm, [new SettingOperation.Put(Setting.Of("roles/loopback", """{"subject":"local*","role":"reader","namespaces":"*"}"""))]), "test", Id()), Cancel));

    public Task<ReplicaNode> StartRelayAsync(Uri? parent = null) => RelayHost.StartAsync(new RelayOptions
    {
        Id = "relay", DataDirectory = Path.Combine(Directory, "relay"), TrustFile = Origin.TrustFilePath,
        Parents = [parent ?? Sync], Listen = [ListenEndpoint.Parse($"unix://{Directory}/relay.sock")],
    }, TimeProvider.System, NoLogs, Cancel);

    public Task<ReplicaNode> StartAgentAsync(params Uri[] parents) => AgentHost.StartAsync(new AgentOptions
    {
        Id = "agent", DataDirectory = Path.Combine(Directory, "agent"), TrustFile = Path.Combine(Directory, "origin", "trust.json"),
        Parents = parents, Listen = [ListenEndpoint.Parse($"unix://{Directory}/agent.sock")],
    }, TimeProvider.System, NoLogs, Cancel);

    public Task<AppConfigurationHost> StartEdgeAsync(ReplicaNode node, Uri? origin = null, bool forwardsWrites = false) =>
        AppConfigurationHost.StartAsync(Options(origin, null, forwardsWrites: forwardsWrites), node.Follower, node.AccessKeys, TimeProvider.System, null, Cancel);

    public static Uri AddressOf(ReplicaNode relay) => new($"unix://{relay.Endpoints.Of(ListenProtocol.Sync).Path}");

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        for (var i = _parts.Count - 1; i >= 0; i--) await _parts[i].DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static AppConfigurationOptions Options(Uri? origin, BearerOptions? bearer, Action<Heliograph.Core.Audit.DeniedAttempt>? onDenied = null, bool forwardsWrites = false, System.Diagnostics.Metrics.Meter? meter = null) => new()
    {
        Meter = meter,
        Listeners = new ListenerOptions { Endpoints = [ListenEndpoint.Parse("http://127.0.0.1:0")] }, Origin = origin, Bearer = bearer, OnDenied = onDenied, ForwardsWrites = forwardsWrites,
    };

    private static void NoLogs(ILoggingBuilder logging) => logging.ClearProviders();
}
