// SPDX-License-Identifier: Apache-2.0
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Agent;
using Heliograph.Agent.Projection;
using Heliograph.Cli.Enrolment;
using Heliograph.Cli.Terminal;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Replicas;
using Heliograph.Platform.Trust;
using Heliograph.Relay;

namespace Heliograph.Cli.Tiers;

/// <summary>Runs a relay or an agent in this process until it is told to stop.</summary>
internal static class ReplicaTiers
{
    public static async Task<int> RunRelayAsync(RelayArguments told, CancellationToken cancellationToken)
    {
        var tls = await TierStart.RunAsync(() => RenewalTier.FilesAsync(told.Renewal, told.Tls, told.DataDirectory, cancellationToken));
        await using var renewal = await TierStart.RunAsync(() => Task.FromResult(RenewalTier.Start(told.Renewal, tls)));
        await using var relay = await TierStart.RunAsync(() => RelayHost.StartAsync(new RelayOptions
        {
            Id = told.Id,
            Region = told.Region ?? "",
            Zone = told.Zone ?? "",
            DataDirectory = told.DataDirectory,
            TrustFile = told.TrustFile,
            Parents = told.Parents,
            AllowSingleParent = told.SingleParent,
            Listen = [.. told.Listen.Select(address => ListenEndpoint.Parse(address.OriginalString))],
            AuthorityFile = tls.Authority,
            CertificateFile = tls.Certificate,
            KeyFile = tls.Key,
            Always = told.Subscribe,
            ConnectionAgeMax = told.ConnectionAge,
            SubscribersMax = told.SubscribersMax,
            SnapshotsAtOnceMax = told.SnapshotsAtOnceMax,
            StaleAfter = told.StaleAfter,
            ArchiveDirectory = told.ArchiveDirectory,
            Telemetry = told.Telemetry.Options,
        }, TimeProvider.System, told.Telemetry.Logging("relay", told.Id), cancellationToken));
        await using var appConfiguration = await TierStart.RunAsync(() => AppConfigurationTier.StartAsync(told.AppConfiguration, relay, CredentialsOf(told.TrustFile, tls), cancellationToken));
        return await ServeAsync(relay, "relay", told.Id, told.Format, cancellationToken);
    }

    public static async Task<int> RunAgentAsync(AgentArguments told, CancellationToken cancellationToken)
    {
        var socket = Path.GetFullPath(told.Socket ?? Path.Combine(told.DataDirectory, "agent.sock"));
        var tls = await TierStart.RunAsync(() => RenewalTier.FilesAsync(told.Renewal, told.Tls, told.DataDirectory, cancellationToken));
        await using var renewal = await TierStart.RunAsync(() => Task.FromResult(RenewalTier.Start(told.Renewal, tls)));
        await using var agent = await TierStart.RunAsync(() => AgentHost.StartAsync(new AgentOptions
        {
            Id = told.Id,
            Region = told.Region ?? "",
            Zone = told.Zone ?? "",
            DataDirectory = told.DataDirectory,
            TrustFile = told.TrustFile,
            Parents = told.Parents,
            AllowSingleParent = told.SingleParent,
            Listen = [ListenEndpoint.Parse($"unix://{socket}"), .. told.Listen.Select(address => ListenEndpoint.Parse(address.OriginalString))],
            AuthorityFile = tls.Authority,
            CertificateFile = tls.Certificate,
            KeyFile = tls.Key,
            Always = told.Subscribe,
            StaleAfter = told.StaleAfter,
            BakeTime = told.BakeTime,
            Projections = [.. told.Projections.SelectMany(file => ProjectionOptions.Load(file, [.. told.ProjectionCommands]))],
            Telemetry = told.Telemetry.Options,
        }, TimeProvider.System, told.Telemetry.Logging("agent", told.Id), cancellationToken));
        await using var appConfiguration = await TierStart.RunAsync(() => AppConfigurationTier.StartAsync(told.AppConfiguration, agent, CredentialsOf(told.TrustFile, tls), cancellationToken));
        await using var openFeature = await TierStart.RunAsync(() => OpenFeatureTier.StartAsync(told.OpenFeature, agent.Follower, cancellationToken));
        return await ServeAsync(agent, "agent", told.Id, told.Format, cancellationToken);
    }

    private static async Task<int> ServeAsync(ReplicaNode node, string role, string id, OutputFormat format, CancellationToken cancellationToken)
    {
        var ready = new ReplicaReady(role, id, [.. node.Endpoints.All.Select(endpoint => endpoint.ToString())]);
        TierLogging.Announce(ready, ReplicaReadyJson.Plain.ReplicaReady, $"The {role} {id} serves {string.Join(", ", ready.Listen)}.", format);
        await Stopping.WaitAsync(cancellationToken);
        return (int)ExitCode.Success;
    }

    private static NodeCredentials CredentialsOf(string trustFile, TlsFiles tls) => NodeCredentials.Load(TrustFile.Load(trustFile).Root.Realm, tls.Authority, tls.Certificate, tls.Key);
}

/// <summary>The one line that a relay or agent prints with <c>-o json</c> when it serves.</summary>
internal sealed record ReplicaReady(string Role, string Id, IReadOnlyList<string> Listen);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReplicaReady))]
internal sealed partial class ReplicaReadyJson : JsonSerializerContext
{
    /// <summary>For printing: addresses as they are, not escaped for a web page.</summary>
    public static ReplicaReadyJson Plain => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
