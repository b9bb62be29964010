// SPDX-License-Identifier: Apache-2.0
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.AppConfiguration.Access;
using Heliograph.AppConfiguration.History;
using Heliograph.AppConfiguration.Http;
using Heliograph.AppConfiguration.KeyValues;
using Heliograph.AppConfiguration.NamedSnapshots;
using Heliograph.AppConfiguration.Stores;
using Heliograph.Core.Access;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Listening;
using Heliograph.Platform;
using Heliograph.Platform.Pki;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Heliograph.AppConfiguration;

/// <summary>A running face: the Azure App Configuration data plane over namespaces, on a listener of its own beside an origin, a relay or an agent.</summary>
public sealed class AppConfigurationHost : IAsyncDisposable
{
    private readonly WebApplication _application;

    private readonly OriginHistory? _origin;
    private bool _isDisposed;

    private AppConfigurationHost(WebApplication application, OriginHistory? origin) => (_application, _origin) = (application, origin);

    /// <summary>Where it listens: ports as they were bound.</summary>
    public BoundEndpoints Endpoints => _application.Services.GetRequiredService<BoundEndpoints>();

    /// <summary>Serves an origin: reading, writing, history.</summary>
    /// <param name="options">Where, and for whom.</param>
    /// <param name="sequencer">The authority; it outlives the face.</param>
    /// <param name="keys">The access keys.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logging">Where logs go.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="IOException">An address is taken.</exception>
    public static Task<AppConfigurationHost> StartAsync(AppConfigurationOptions options, Sequencer sequencer, IAccessKeySource keys, TimeProvider time, Action<ILoggingBuilder>? logging, CancellationToken cancellationToken)
    {
        var (history, ids) = (new StoreHistory(sequencer), new SystemIds(time));
        var snapshots = new SnapshotReads(history, null, time);
        var parts = new FaceParts(new(new OriginStore(sequencer, time), time), snapshots, history, new(history), new(sequencer, ids), new(sequencer, snapshots, ids, time)) { OnDenied = options.OnDenied };
        return StartAsync(options, parts, keys, () => RolesOf(sequencer.Current.State.Find(NamespaceName.Realm)?.Records), asOf: null, time, logging, cancellationToken);
    }

    /// <summary>Serves a relay or an agent: what it holds, read-only, also with everything above it gone.</summary>
    /// <param name="options">Where, and for whom.</param>
    /// <param name="source">What is held; it outlives the face.</param>
    /// <param name="keys">The read-only access keys that are known here.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logging">Where logs go.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="IOException">An address is taken.</exception>
    public static Task<AppConfigurationHost> StartAsync(AppConfigurationOptions options, INamespaceSource source, IAccessKeySource keys, TimeProvider time, Action<ILoggingBuilder>? logging, CancellationToken cancellationToken)
    {
        var origin = options.Origin is { } address ? new OriginHistory(address, OriginHandler(options, time)) : null;
        var parts = new FaceParts(new(new ReplicaStore(source, time), time), new(null, origin, time), null, null, null, null, origin, options.Origin) { Forwards = options.ForwardsWrites ? origin : null, OnDenied = options.OnDenied };
        return StartAsync(options, parts, keys, () => RolesOf(source.Find(NamespaceName.Realm)?.Records), () => source.NewestHead?.IssuedAt, time, logging, cancellationToken);
    }

    private static async Task<AppConfigurationHost> StartAsync(
        AppConfigurationOptions options, FaceParts parts, IAccessKeySource keys, Func<RolePolicy> roles, Func<DateTimeOffset?>? asOf, TimeProvider time, Action<ILoggingBuilder>? logging, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Heliograph.AppConfiguration" });
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddLogging(configure =>
        {
            logging?.Invoke(configure);
            configure.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None); // else every request gets an activity of its own, for a log that nobody reads
        });
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<ISyncAcceptor, NoSync>();
        if (options.Bearer is { } bearer) AddBearer(builder.Services, bearer, time);
        builder.AddHeliographListeners(options.Listeners);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestLineSize = 32 << 10; // a key of 1,024 characters, each of them escaped
            kestrel.Limits.MaxRequestBufferSize = 64 << 10;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 << 10;
        });
        var application = builder.Build();
        var logger = application.Services.GetRequiredService<ILoggerFactory>().CreateLogger<AppConfigurationHost>();
        var proof = new CallerProof(new SignedRequest(keys, time), options.Bearer is null ? null : new BearerCallers(options.Bearer, roles));
        var face = new Face(parts, proof, new AnswerWriter(asOf, new RequestIds(RandomNumber(), RandomNumber())), logger, time, options.Meter is { } meter ? new FaceMetrics(meter) : null);
        application.Run(face.HandleAsync);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
        var host = new AppConfigurationHost(application, parts.Origin);
        logger.Serving(string.Join(", ", host.Endpoints.All));
        return host;
    }

    private static ulong RandomNumber() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    private static SocketsHttpHandler OriginHandler(AppConfigurationOptions options, TimeProvider time)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5), MaxConnectionsPerServer = 64, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (options.OriginAuthority is not { } authority) return handler;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, errors) =>
            shown is X509Certificate2 certificate && !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && authority.TryIdentify(certificate, time.GetUtcNow(), ofServer: true, out var id, out _) && id.Role == PeerRole.Origin;
        return handler;
    }

    private static void AddBearer(IServiceCollection services, BearerOptions bearer, TimeProvider time) =>
        services.AddAuthentication().AddJwtBearer(jwt =>
        {
            jwt.Authority = bearer.Authority.ToString();
            jwt.Audience = bearer.Audience;
            jwt.MapInboundClaims = false;
            jwt.RequireHttpsMetadata = !bearer.Authority.IsLoopback;
            jwt.TimeProvider = time;
            jwt.TokenValidationParameters.ClockSkew = TimeSpan.FromMinutes(1);
            jwt.TokenValidationParameters.ValidAlgorithms = ["ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"]; // a public key is no shared secret
        });

    private static RolePolicy RolesOf(MerkleMap? realm) => realm is null ? RolePolicy.None : RolePolicy.From(realm);

    /// <summary>Stops listening; requests under way are finished first.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true)) return;
        await _application.StopAsync();
        await _application.DisposeAsync();
        _origin?.Dispose();
    }

    /// <summary>The sync protocol is not spoken at this listener: who tries is let go.</summary>
    private sealed class NoSync : ISyncAcceptor
    {
        public Task AcceptAsync(IConnection connection, PeerIdentity peer, CancellationToken renewal, CancellationToken cancellationToken)
        {
            connection.Abort();
            return Task.CompletedTask;
        }
    }
}
