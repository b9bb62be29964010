// SPDX-License-Identifier: Apache-2.0
using Heliograph.AppConfiguration;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Access;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Replicas;
using Heliograph.OpenFeature;
using Heliograph.Origin;

namespace Heliograph.Cli.Tiers;

/// <summary>Connection strings of the App Configuration face: read-write at the origin, read-only at the agent.</summary>
internal sealed record DevConnections(string ConnectionString, string AgentConnectionString);

/// <summary>Feature flags of the same store, at the agent: by OFREP, and for flagd's providers.</summary>
internal sealed record DevFlags(string Ofrep, string Flagd);

/// <summary>The App Configuration face of a development realm, at the origin and at the agent, with a store that is empty at first; its feature flags for OpenFeature.</summary>
internal sealed class DevAppConfiguration : IAsyncDisposable
{
    private const string Actor = "helio dev";

    private static readonly NamespaceName s_store = NamespaceName.Parse("appconfiguration.dev");

    private readonly AppConfigurationHost _origin, _agent;
    private readonly OpenFeatureHost _flags;

    private DevAppConfiguration(AppConfigurationHost origin, AppConfigurationHost agent, OpenFeatureHost flags, DevConnections connections)
    {
        (_origin, _agent, _flags, Connections) = (origin, agent, flags, connections);
        Flags = new($"http://{flags.Endpoints.Of(ListenProtocol.Http).Address}", $"grpc+tcp://{flags.Endpoints.Of(ListenProtocol.Grpc).Address}");
    }

    /// <summary>What an OpenFeature provider needs.</summary>
    public DevFlags Flags { get; }

    /// <summary>What a client needs.</summary>
    public DevConnections Connections { get; }

    /// <summary>Makes the store and its keys where they are not there, and serves it.</summary>
    public static async Task<DevAppConfiguration> StartAsync(OriginHost origin, ReplicaNode agent, DevPlan plan, CancellationToken cancellationToken)
    {
        if (origin.Sequencer.Current.State.Find(s_store) is null)
        {
            var made = await origin.Sequencer.SubmitAsync(new Submission.Create(s_store, "Store of the App Configuration face.", Actor, NewId()) { IsStamped = true }, cancellationToken);
            if (made is not (SubmitResult.Committed or SubmitResult.AlreadyExists)) throw new CommandException(ExitCode.Failure, $"The development store could not be made ({made.GetType().Name}).");
        }
        var (writing, reading) = (await KeyAsync(origin, mayWrite: true, cancellationToken), await KeyAsync(origin, mayWrite: false, cancellationToken));
        var face = await AppConfigurationHost.StartAsync(Options(plan.AppConfigurationPort, origin.Meter), origin.Sequencer, origin.AccessKeys.Source, TimeProvider.System, TierLogging.ToStandardError, cancellationToken);
        AppConfigurationHost? edge = null;
        try
        {
            edge = await AppConfigurationHost.StartAsync(Options(plan.AgentAppConfigurationPort, agent.Meter, new Uri($"http://{face.Endpoints.Of(ListenProtocol.Http).Address}")), agent.Follower, agent.AccessKeys, TimeProvider.System, TierLogging.ToStandardError, cancellationToken);
            var flags = await OpenFeatureTier.StartAsync(new OpenFeatureOptions
            {
                Namespace = s_store,
                Listeners = new() { Endpoints = [ListenEndpoint.Parse($"http://127.0.0.1:{plan.OfrepPort}"), ListenEndpoint.Parse($"grpc+tcp://127.0.0.1:{plan.FlagdPort}")] },
            }, agent.Follower, cancellationToken);
            return new(face, edge, flags, new(ConnectionString(face, writing), ConnectionString(edge, reading)));
        }
        catch
        {
            if (edge is not null) await edge.DisposeAsync();
            await face.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops them.</summary>
    public async ValueTask DisposeAsync()
    {
        await _flags.DisposeAsync();
        await _agent.DisposeAsync();
        await _origin.DisposeAsync();
    }

    private static async Task<AccessKey> KeyAsync(OriginHost origin, bool mayWrite, CancellationToken cancellationToken)
    {
        if (origin.AccessKeys.List().FirstOrDefault(key => key.Namespace == s_store && key.MayWrite == mayWrite) is { } known) return known;
        var (made, result) = await origin.AccessKeys.CreateAsync(s_store, mayWrite, Actor, NewId(), cancellationToken);
        return made ?? throw new CommandException(ExitCode.Failure, $"An access key of the development store could not be made ({result.GetType().Name}).");
    }

    private static AppConfigurationOptions Options(int port, System.Diagnostics.Metrics.Meter meter, Uri? origin = null) => new() { Meter = meter, Origin = origin, Listeners = new ListenerOptions { Endpoints = [ListenEndpoint.Parse($"http://127.0.0.1:{port}")] } };

    private static string ConnectionString(AppConfigurationHost face, AccessKey key) =>
        $"Endpoint=http://{face.Endpoints.Of(ListenProtocol.Http).Address};Id={key.Id};Secret={Convert.ToBase64String(key.Secrets[0].Span)}";

    private static string NewId() => $"dev-{Guid.NewGuid():N}";
}
