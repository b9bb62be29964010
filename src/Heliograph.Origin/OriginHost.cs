// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Heliograph.Core.Heads;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Grpc;
using Heliograph.Hosting.Health;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Problems;
using Heliograph.Hosting.Stopping;
using Heliograph.Hosting.Telemetry;
using Heliograph.Origin.Access;
using Heliograph.Origin.Http;
using Heliograph.Origin.Realm;
using Heliograph.Platform;
using Heliograph.Platform.Pki;
using Heliograph.Platform.Trust;
using Heliograph.Replication.Ports;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Heliograph.Origin;

/// <summary>An origin that runs: the realm's log, its sequencer, the REST API and the sync protocol. Everything is put together here.</summary>
public sealed class OriginHost : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly RealmParts _parts;
    private readonly OriginOptions _options;
    private readonly NodeTelemetry _telemetry;
    private int _isDisposed;

    /// <summary>Where this origin's numbers go; for what is served beside it.</summary>
    public System.Diagnostics.Metrics.Meter Meter => _telemetry.Meter;

    private OriginHost(WebApplication application, RealmParts parts, OriginOptions options, NodeTelemetry telemetry) => (_application, _parts, _options, _telemetry) = (application, parts, options, telemetry);

    /// <summary>Where it listens: ports as they were bound.</summary>
    public BoundEndpoints Endpoints => _application.Services.GetRequiredService<BoundEndpoints>();

    /// <summary>The realm's root of trust.</summary>
    public TrustAnchor Anchor => _parts.Trust.Anchor;

    /// <summary>The trust file, to be handed out.</summary>
    public string TrustFilePath => Path.Combine(_options.DataDirectory, RealmKeys.TrustFileName);

    /// <summary>The first administrator's token, readable by the origin's user only.</summary>
    public string AdminTokenPath => Path.Combine(_options.DataDirectory, AdminToken.FileName);

    /// <summary>The authority itself, for a host that runs other roles in the same process.</summary>
    public Sequencer Sequencer => _parts.Sequencer;

    /// <summary>The shared keys by which requests to a namespace are signed.</summary>
    public AccessKeys AccessKeys => new(_parts.Sequencer, _parts.AccessKeys, _application.Services.GetRequiredService<TimeProvider>());

    /// <summary>Records in the audit log what another face of this origin has refused.</summary>
    public void RecordDenied(Core.Audit.DeniedAttempt attempt) => _parts.Audit.Denied(attempt);

    /// <summary>Completes when the origin has ended: faulted if it had to, because it could not vouch for its log any more. The process should then end.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Opens the realm in the data directory, or makes it, and serves it.</summary>
    /// <param name="options">What to open, and where to listen.</param>
    /// <param name="logging">Where logs go; <see langword="null"/>: nowhere.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="OptionsValidationException">The options are not sound; nothing was written, and every fault is named.</exception>
    /// <exception cref="IOException">A file cannot be read or written, or is not what it should be; the message says which.</exception>
    /// <exception cref="LogLostException">The log is damaged.</exception>
    public static async Task<OriginHost> StartAsync(OriginOptions options, Action<ILoggingBuilder>? logging, TimeProvider time, CancellationToken cancellationToken)
    {
        Check(options); // before anything is written
        var loggers = LoggerFactory.Create(configure => logging?.Invoke(configure)); // one for the whole origin: the parts log before and after the application does
        RealmParts? parts = null;
        var telemetry = new NodeTelemetry(options.Telemetry, "origin", options.Sequencing.NodeId);
        try
        {
            parts = await RealmParts.OpenAsync(options, telemetry, loggers, time, cancellationToken);
            var application = Build(options, parts, telemetry, loggers, time);
            telemetry.Begin(application.Services);
            await application.StartAsync(cancellationToken);
            var host = new OriginHost(application, parts, options, telemetry);
            var logger = loggers.CreateLogger<OriginHost>();
            host.Ended = host.EndAsync(logger);
            logger.Serving(parts.Trust.Anchor.Root.Realm, parts.Sequencer.Current.State.Revision, string.Join(", ", host.Endpoints.All));
            return host;
        }
        catch
        {
            if (parts is not null) await parts.DisposeAsync();
            else loggers.Dispose();
            telemetry.Dispose();
            throw;
        }
    }

    /// <summary>Name of the realm that a data directory holds; <see langword="null"/> if it holds none.</summary>
    /// <exception cref="InvalidDataException">Its trust file is damaged.</exception>
    public static string? RealmIn(string dataDirectory) =>
        Path.Combine(dataDirectory, RealmKeys.TrustFileName) is var trust && File.Exists(trust) ? TrustFile.Load(trust).Root.Realm : null;

    private static void Check(OriginOptions options)
    {
        options.Sequencing.Check();
        var faults = options.Listeners.Validate().Concat(options.Telemetry.Validate()).Select(fault => fault.ErrorMessage!).ToList();
        if (RealmName.Fault(options.RealmName) is { } fault) faults.Add(fault);
        if (options.OidcIssuers.Count > Oidc.OidcIssuer.IssuersMax) faults.Add($"OidcIssuers: at most {Oidc.OidcIssuer.IssuersMax}.");
        faults.AddRange(options.OidcIssuers.SelectMany(issuer => issuer.Faults().Select(wrong => $"OidcIssuers, '{issuer.Name}': {wrong}")));
        if (options.Cluster is { } cluster) faults.AddRange(cluster.Faults());
        if (options.IssueFrom is { } authority)
        {
            try { CertificateAuthority.Load(RealmIn(options.DataDirectory) ?? options.RealmName, authority, TimeProvider.System).Dispose(); }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or CryptographicException) { faults.Add($"IssueFrom, {authority}, is not the directory of this realm's authority: {unreadable.Message}"); }
        }
        if (faults.Count > 0) throw new OptionsValidationException(nameof(OriginOptions), typeof(OriginOptions), faults);
    }

    private static WebApplication Build(OriginOptions options, RealmParts parts, NodeTelemetry telemetry, ILoggerFactory loggers, TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "Heliograph.Origin" });
        builder.Services.Replace(ServiceDescriptor.Singleton(loggers));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.AddSingleton(time);
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, NoLifetime>()); // signals are the program's to handle
        builder.Services.AddSingleton<ISyncAcceptor>(parts.Hub);
        builder.Services.AddSingleton<IDrainable>(new DrainingParts(parts, options.ReconnectWindow));
        builder.Services.AddHeliographDrain(options.DrainTimeout);
        builder.Services.AddRouting();
        builder.Services.AddContract();
        builder.Services.AddHeliographGrpc();
        builder.AddHeliographListeners(options.Listeners);

        var application = builder.Build();
        application.UseHeliographProblems();
        application.UseRouting();
        if (parts.Forwarder is { } forwarder) application.Use(forwarder.InvokeAsync);
        application.Use((context, next) => parts.Authentication.InvokeAsync(context, next));
        application.MapHeliographHealth(new OriginHealth(parts.Sequencer, parts.Space, parts.Scrubber, parts.Forwarder, time));
        telemetry.Map(application);
        application.MapOpenApi().AllowAnonymous();
        application.MapHeliographSync();
        var api = new OriginApi(parts.Sequencer, parts.Trust, parts.Credentials, parts.Fleet, parts.Seen, parts.Signal, parts.Scrubber, parts.Space, new SystemIds(time), time, application.Lifetime.ApplicationStopping);
        var routes = application.MapGroup("/api/v1");
        RealmEndpoints.Map(routes, api);
        NamespaceEndpoints.Map(routes, api);
        SettingEndpoints.Map(routes, api);
        ChangeEndpoints.Map(routes, api);
        HistoryEndpoints.Map(routes, api);
        FreezeEndpoints.Map(routes, api);
        PinEndpoints.Map(routes, api);
        ProtectionEndpoints.Map(routes, api);
        ChangeRequestEndpoints.Map(routes, api, parts.Requests);
        WatchEndpoint.Map(routes, api);
        FleetEndpoints.Map(routes, api);
        parts.Sharing?.Map(routes);
        ExplainEndpoint.Map(routes, api);
        TokenEndpoints.Map(routes, api, parts.TokenUse);
        EnrolmentEndpoints.Map(routes, api, parts.Enroller);
        AuditEndpoint.Map(routes, api, parts.Audit);
        AccessKeyEndpoints.Map(routes, api, new AccessKeys(parts.Sequencer, parts.AccessKeys, time));
        return application;
    }

    private async Task EndAsync(ILogger logger)
    {
        try
        {
            await _parts.Sequencer.Completion;
        }
        catch (Exception exception)
        {
            logger.Ended(exception);
            throw;
        }
    }

    /// <summary>Drains and stops: no new changes, those under way are finished, subscribers are asked to go elsewhere, the right to append is given back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        await _application.StopAsync();
        await _parts.DisposeAsync();
        _telemetry.Dispose();
        await _application.DisposeAsync();
    }

    /// <summary>The goodbyes: subscribers hear that they should go elsewhere while the last appends are finished.</summary>
    private sealed class DrainingParts(RealmParts parts, TimeSpan reconnectWindow) : IDrainable
    {
        public string Name => "origin";

        public async Task DrainAsync(CancellationToken cancellationToken)
        {
            parts.Hub.Drain("this origin is stopping", reconnectWindow);
            await parts.Sequencer.DisposeAsync();
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
