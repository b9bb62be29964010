// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.AppConfiguration;
using Heliograph.AppConfiguration.Access;
using Heliograph.Cli.Terminal;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Replicas;
using Heliograph.Origin;

namespace Heliograph.Cli.Tiers;

/// <summary>What a tier was told of the App Configuration face.</summary>
/// <param name="Listen">Where it listens; empty: it is not served.</param>
/// <param name="Origin">For relays and agents: the origin's face.</param>
/// <param name="Issuer">Issuer of bearer tokens.</param>
/// <param name="Audience">Their audience.</param>
/// <param name="Stores">Stores by host name, for bearer tokens: <c>HOST=NAMESPACE</c>.</param>
internal sealed record AppConfigurationArguments(IReadOnlyList<Uri> Listen, Uri? Origin, Uri? Issuer, string? Audience, IReadOnlyList<string> Stores)
{
    /// <summary>For relays and agents: whether writes go on to the origin.</summary>
    public bool ForwardsWrites { get; init; }

    /// <summary>The face is not served.</summary>
    public static AppConfigurationArguments None { get; } = new([], null, null, null, []);
}

/// <summary>The options by which origin, relay and agent are told of the App Configuration face, and how they start it.</summary>
internal sealed class AppConfigurationTier(bool isOrigin)
{
    private readonly Option<Uri[]> _listen = TierOptions.Listen("--app-configuration-listen", "Serve Azure App Configuration clients here: tls://host:port, or http://127.0.0.1:port; may be repeated. Default: nowhere.");
    private readonly Option<Uri?> _origin = TierOptions.Web("--app-configuration-origin", "The origin's App Configuration address, asked for history and snapshots.");
    private readonly Option<bool> _forward = new("--app-configuration-forward-writes") { Description = "Send writes, and requests under keys that are not known here, on to the origin. Default: refuse them." };
    private readonly Option<Uri?> _issuer = TierOptions.Web("--app-configuration-issuer", "Take bearer tokens of this OpenID Connect issuer.");
    private readonly Option<string?> _audience = new("--app-configuration-audience") { HelpName = "TEXT", Description = "The audience that such tokens must have." };
    private readonly Option<string[]> _stores = new("--app-configuration-store") { HelpName = "HOST=NAMESPACE", DefaultValueFactory = _ => [], Description = "Which namespace a host name stands for, for bearer tokens; may be repeated." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_listen);
        if (!isOrigin) command.Add(_origin);
        if (!isOrigin) command.Add(_forward);
        foreach (var option in new Option[] { _issuer, _audience, _stores }) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_issuer) is null != result.GetValue(_audience) is null) result.AddError("--app-configuration-issuer and --app-configuration-audience go together.");
            if (!isOrigin && result.GetValue(_forward) && result.GetValue(_origin) is null) result.AddError("--app-configuration-forward-writes needs --app-configuration-origin.");
            foreach (var store in result.GetValue(_stores) ?? [])
                if (store.Split('=') is not [{ Length: > 0 }, var name] || !NamespaceName.TryParse(name, out _, out var _)) result.AddError("--app-configuration-store is written HOST=NAMESPACE.");
        });
    }

    /// <summary>What was given.</summary>
    public AppConfigurationArguments Read(Invocation run) => new(run.Value(_listen)!, isOrigin ? null : run.Value(_origin), run.Value(_issuer), run.Value(_audience), run.Value(_stores)!) { ForwardsWrites = !isOrigin && run.Value(_forward) };

    /// <summary>Starts the face of an origin; <see langword="null"/> if it is not asked for.</summary>
    public static async Task<AppConfigurationHost?> StartAsync(AppConfigurationArguments told, OriginHost origin, NodeCredentials credentials, CancellationToken cancellationToken) =>
        told.Listen.Count == 0 ? null : await AppConfigurationHost.StartAsync(Options(told, credentials, origin.Meter, origin.RecordDenied), origin.Sequencer, origin.AccessKeys.Source, TimeProvider.System, TierLogging.ToStandardError, cancellationToken);

    /// <summary>Starts the face of a relay or an agent; <see langword="null"/> if it is not asked for.</summary>
    public static async Task<AppConfigurationHost?> StartAsync(AppConfigurationArguments told, ReplicaNode node, NodeCredentials credentials, CancellationToken cancellationToken) =>
        told.Listen.Count == 0 ? null : await AppConfigurationHost.StartAsync(Options(told, credentials, node.Meter), node.Follower, node.AccessKeys, TimeProvider.System, TierLogging.ToStandardError, cancellationToken);

    private static AppConfigurationOptions Options(AppConfigurationArguments told, NodeCredentials credentials, System.Diagnostics.Metrics.Meter meter, Action<Heliograph.Core.Audit.DeniedAttempt>? onDenied = null) => new()
    {
        Meter = meter,
        Listeners = new ListenerOptions { Endpoints = [.. told.Listen.Select(address => ListenEndpoint.Parse(address.OriginalString))], Tls = credentials.ForListening },
        OnDenied = onDenied,
        Origin = told.Origin,
        ForwardsWrites = told.ForwardsWrites,
        OriginAuthority = credentials.Authority,
        Bearer = told.Issuer is null ? null : new BearerOptions
        {
            Authority = told.Issuer,
            Audience = told.Audience!,
            Stores = told.Stores.Select(text => text.Split('=')).ToDictionary(parts => parts[0].ToLowerInvariant(), parts => NamespaceName.Parse(parts[1]), StringComparer.Ordinal),
        },
    };
}
