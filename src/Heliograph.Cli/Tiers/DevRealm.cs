// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Agent;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Replicas;
using Heliograph.Origin;
using Heliograph.Relay;

namespace Heliograph.Cli.Tiers;

/// <summary>Origin, relay and agent in one process, on loopback, with everything that a fleet has but the distance.</summary>
internal sealed class DevRealm : IDevRealm
{
    private readonly OriginHost _origin;
    private readonly ReplicaNode _relay, _agent;
    private readonly DevAppConfiguration _appConfiguration;

    private readonly WebhookTier? _webhooks;

    private DevRealm(OriginHost origin, ReplicaNode relay, ReplicaNode agent, DevAppConfiguration appConfiguration, WebhookTier? webhooks, DevReady ready) =>
        (_origin, _relay, _agent, _appConfiguration, _webhooks, Ready) = (origin, relay, agent, appConfiguration, webhooks, ready);

    /// <inheritdoc/>
    public DevReady Ready { get; }

    /// <inheritdoc/>
    public Task Ended => _origin.Ended;

    /// <summary>Starts the three tiers, from above.</summary>
    public static async Task<IDevRealm> StartAsync(DevPlan plan, CancellationToken cancellationToken)
    {
        var hooks = await WebhookTier.LoadAsync(plan.Webhooks);
        var (api, sync, grpc, relaySync) = (Loopback("http", plan.ApiPort), Loopback("tcp", plan.SyncPort), Loopback("grpc+tcp", plan.GrpcPort), Loopback("tcp", plan.RelayPort));
        var atAgent = new DevAgent(Loopback("http", plan.AgentHttpPort), $"unix://{plan.AgentSocket}", Loopback("grpc+tcp", plan.AgentGrpcPort));
        var origin = await OriginHost.StartAsync(new OriginOptions
        {
            DataDirectory = Path.Combine(plan.DataDirectory, "origin"),
            RealmName = "dev",
            AcceptsMalformedFlags = plan.AcceptsMalformedFlags,
            TrustLoopback = true, // as whoever reaches loopback may read all
            Listeners = new ListenerOptions { Endpoints = [ListenEndpoint.Parse(api), ListenEndpoint.Parse(sync), ListenEndpoint.Parse(grpc)] },
            DrainTimeout = TimeSpan.FromSeconds(5),
            ReconnectWindow = TimeSpan.Zero,
        }, TierLogging.ToStandardError, TimeProvider.System, cancellationToken);
        ReplicaNode? relay = null, agent = null;
        try
        {
            await LetThisMachineReadAsync(origin, cancellationToken);
            relay = await RelayHost.StartAsync(new RelayOptions
            {
                Id = "dev-relay",
                DataDirectory = Path.Combine(plan.DataDirectory, "relay"),
                TrustFile = origin.TrustFilePath,
                Parents = [new Uri(sync)],
                AllowSingleParent = true, // there is one origin, and it is this process
                Listen = [ListenEndpoint.Parse(relaySync)],
                TrustLoopback = true,
            }, TimeProvider.System, TierLogging.ToStandardError, cancellationToken);
            agent = await AgentHost.StartAsync(new AgentOptions
            {
                Id = "dev-agent",
                DataDirectory = Path.Combine(plan.DataDirectory, "agent"),
                TrustFile = origin.TrustFilePath,
                Parents = [new Uri(relaySync), new Uri(sync)],
                Listen = [ListenEndpoint.Parse(atAgent.Sync), ListenEndpoint.Parse(atAgent.Http), ListenEndpoint.Parse(atAgent.Grpc)],
            }, TimeProvider.System, TierLogging.ToStandardError, cancellationToken);
            var token = (await File.ReadAllTextAsync(origin.AdminTokenPath, cancellationToken)).Trim();
            var appConfiguration = await DevAppConfiguration.StartAsync(origin, agent, plan, cancellationToken);
            var webhooks = await WebhookTier.StartAsync(hooks, Path.Combine(plan.DataDirectory, "origin"), origin);
            var ready = new DevReady(api, sync, grpc, atAgent, token, origin.TrustFilePath, plan.DataDirectory) { AppConfiguration = appConfiguration.Connections, OpenFeature = appConfiguration.Flags };
            return new DevRealm(origin, relay, agent, appConfiguration, webhooks, ready);
        }
        catch
        {
            if (agent is not null) await agent.DisposeAsync();
            if (relay is not null) await relay.DisposeAsync();
            await origin.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the tiers, from below.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_webhooks is not null) await _webhooks.DisposeAsync();
        await _appConfiguration.DisposeAsync();
        await _agent.DisposeAsync();
        await _relay.DisposeAsync();
        await _origin.DisposeAsync();
    }

    /// <summary>On a developer's machine whoever reaches loopback may read; writing needs the token all the same.</summary>
    private static async Task LetThisMachineReadAsync(OriginHost origin, CancellationToken cancellationToken)
    {
        var binding = JsonSerializer.Serialize(new Dictionary<string, string> { ["subject"] = "local*", ["role"] = "reader", ["namespaces"] = "*" }, DevJson.Default.DictionaryStringString);
        var change = new Changeset(NamespaceName.Realm, [new SettingOperation.Put(Setting.Of("roles/this-machine", binding, contentType: "application/json"))], "a development realm lets its machine read");
        var result = await origin.Sequencer.SubmitAsync(new Submission.Change(change, "helio dev", $"dev-{Guid.NewGuid():N}"), cancellationToken);
        if (result is not (SubmitResult.Committed or SubmitResult.Unchanged))
            throw new CommandException(ExitCode.Failure, $"The development realm takes no changes ({result.GetType().Name}).", next: "Remove its data directory to begin anew.");
    }

    private static string Loopback(string scheme, int port) => $"{scheme}://127.0.0.1:{port}";
}
