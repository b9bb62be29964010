// SPDX-License-Identifier: Apache-2.0
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Cli.Enrolment;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Replicas;
using Heliograph.Origin;
using Heliograph.Origin.Oidc;

namespace Heliograph.Cli.Tiers;

/// <summary>Runs an origin in this process until it is told to stop, or must.</summary>
internal static class OriginTier
{
    public static async Task<int> RunAsync(OriginArguments told, CancellationToken cancellationToken)
    {
        var hooks = await TierStart.RunAsync(() => WebhookTier.LoadAsync(told.Webhooks)); // before anything is written
        await using var origin = await TierStart.RunAsync(() => StartAsync(told, cancellationToken));
        var credentials = NodeCredentials.Load(origin.Anchor.Root.Realm, told.Tls.Authority, told.Tls.Certificate, told.Tls.Key);
        await using var renewal = RenewalTier.StartOwn(told, origin.Anchor.Root.Realm);
        await using var appConfiguration = await TierStart.RunAsync(() => AppConfigurationTier.StartAsync(told.AppConfiguration, origin, credentials, cancellationToken));
        await using var webhooks = await TierStart.RunAsync(() => WebhookTier.StartAsync(hooks, told.DataDirectory, origin));
        var ready = new OriginReady(told.Id, [.. origin.Endpoints.All.Select(endpoint => endpoint.ToString())], origin.TrustFilePath, origin.AdminTokenPath);
        TierLogging.Announce(ready, OriginReadyJson.Plain.OriginReady,
            $"The origin {ready.Id} serves {string.Join(", ", ready.Listen)}. Trust file: {ready.Trust}. First administrator's token: {ready.TokenFile}.", told.Format);
        var stopping = Stopping.WaitAsync(cancellationToken);
        if (await Task.WhenAny(stopping, origin.Ended) == stopping) return (int)ExitCode.Success;
        return (int)ExitCode.Failure; // the log has said why; the process ends, for the log must not go on wrong
    }

    private static async Task<OriginHost> StartAsync(OriginArguments told, CancellationToken cancellationToken)
    {
        var realm = OriginHost.RealmIn(told.DataDirectory) ?? told.Realm ?? OriginOptions.DefaultRealmName;
        if (told.Realm is { } meant && meant != realm)
            throw new CommandException(ExitCode.Usage, $"The data directory holds the realm '{realm}', not '{meant}'.", told.DataDirectory, "Give the data directory that is meant, or leave --realm out.");
        var credentials = NodeCredentials.Load(realm, told.Tls.Authority, told.Tls.Certificate, told.Tls.Key);
        var cluster = told.Cluster?.ToOptions(credentials);
        return await OriginHost.StartAsync(new OriginOptions
        {
            DataDirectory = told.DataDirectory,
            RealmName = realm,
            AcceptsMalformedFlags = told.AcceptsMalformedFlags,
            Cluster = cluster,
            OidcIssuers = told.Oidc is { } issuers ? OidcFile.Load(issuers) : [],
            ScrubInterval = told.ScrubInterval,
            IssueFrom = told.IssueFrom,
            CertificateLife = told.CertificateLife,
            Listeners = new ListenerOptions { Endpoints = [.. told.Listen.Select(address => ListenEndpoint.Parse(address.OriginalString))], Tls = credentials.ForListening, ConnectionAgeMax = told.ConnectionAge },
            Sequencing = new SequencerOptions { NodeId = told.Id, Heartbeat = told.Heartbeat, HeadLifetime = told.HeadLifetime },
            Telemetry = told.Telemetry.Options,
        }, told.Telemetry.Logging("origin", told.Id), TimeProvider.System, cancellationToken);
    }
}

/// <summary>The one line that an origin prints with <c>-o json</c> when it serves.</summary>
internal sealed record OriginReady(string Id, IReadOnlyList<string> Listen, string Trust, string TokenFile);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OriginReady))]
internal sealed partial class OriginReadyJson : JsonSerializerContext
{
    /// <summary>For printing: addresses as they are, not escaped for a web page.</summary>
    public static OriginReadyJson Plain => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
