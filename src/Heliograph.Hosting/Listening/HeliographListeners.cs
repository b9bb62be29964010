// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Heliograph.Hosting.Sync;
using Heliograph.Platform.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Heliograph.Hosting.Listening;

/// <summary>Listens: one port for everything under TLS, a port or a unix socket for each protocol without.</summary>
/// <remarks>The sync protocol is served by the <see cref="Replication.Ports.ISyncAcceptor"/> that the tier registers.</remarks>
public static class HeliographListeners
{
    /// <summary>Adds the listeners and bounds what a peer may cost. Ports are known from <see cref="BoundEndpoints"/> once the application has started.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="options">Where to listen, and the bounds.</param>
    /// <param name="readsInline">
    /// Whether frames of the native envelope are handled in the thread that read them. Cheaper, and only for tiers whose
    /// handlers never wait, for a database least of all. Linux; elsewhere the runtime's own switch counts.
    /// </param>
    /// <exception cref="OptionsValidationException">The options are not sound; every fault is named.</exception>
    public static WebApplicationBuilder AddHeliographListeners(this WebApplicationBuilder builder, ListenerOptions options, bool readsInline = false)
    {
        var faults = options.Validate().Select(fault => fault.ErrorMessage!).ToArray();
        if (faults.Length > 0) throw new OptionsValidationException(nameof(ListenerOptions), typeof(ListenerOptions), faults);
        var bound = new BoundEndpoints();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(bound);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<SyncListener>();
        builder.Services.Configure<SocketTransportOptions>(transport =>
        {
            transport.UnsafePreferInlineScheduling = true; // a frame is handled by the thread that read it, without a hop. TlsPorts does the same
            transport.MaxWriteBufferSize = options.PipeBytesMax;
            transport.MaxReadBufferSize = options.SocketReceiveBytes;
            transport.CreateBoundListenSocket = endpoint => ListeningSockets.Bind(endpoint, options);
        });
        var ofKestrel = options.Endpoints.Where(endpoint => !IsOfSockets(endpoint)).ToArray();
        foreach (var endpoint in options.Endpoints) bound.Add(endpoint); // in their order
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            Harden(kestrel, options);
            foreach (var endpoint in ofKestrel) Listen(kestrel, endpoint, options, bound);
        });
        if (OperatingSystem.IsLinux()) AddSyncSockets(builder.Services, options, readsInline);
        if (ofKestrel.Length == 0) builder.Services.AddSingleton<IServer, NoServer>();
        return builder;
    }

    /// <summary>Whether <see cref="SyncSockets"/> listens there, and not Kestrel.</summary>
    private static bool IsOfSockets(ListenEndpoint endpoint) => OperatingSystem.IsLinux() && endpoint.Protocol == ListenProtocol.Sync;

    [SupportedOSPlatform("linux")]
    private static void AddSyncSockets(IServiceCollection services, ListenerOptions options, bool readsInline)
    {
        if (!options.Endpoints.Any(endpoint => endpoint.Protocol is ListenProtocol.Sync or ListenProtocol.All)) return;
        services.AddSingleton(new SyncReading(readsInline));
        services.AddSingleton<SyncSockets>();
        services.AddHostedService(provider => provider.GetRequiredService<SyncSockets>());
        services.AddSingleton<IConnectionListenerFactory, TlsPorts>(); // after Kestrel's own, and so asked before it
    }

    private static void Harden(KestrelServerOptions kestrel, ListenerOptions options)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = options.ConnectionsMax;
        limits.MaxRequestBodySize = options.RequestBodyBytesMax;
        limits.MaxRequestHeadersTotalSize = 16 << 10;
        limits.MaxRequestHeaderCount = 64;
        limits.RequestHeadersTimeout = options.HandshakeTimeout;
        limits.Http2.MaxStreamsPerConnection = options.StreamsMax;
        limits.Http2.InitialStreamWindowSize = 96 << 10; // what a peer may send before it is read; frames are read as they come
        limits.Http2.InitialConnectionWindowSize = 128 << 10;
        limits.Http2.KeepAlivePingDelay = options.KeepAliveInterval; // finds half-open connections
        limits.Http2.KeepAlivePingTimeout = options.KeepAliveTimeout;
    }

    private static void Listen(KestrelServerOptions kestrel, ListenEndpoint endpoint, ListenerOptions options, BoundEndpoints bound)
    {
        if (endpoint.Path is { } path) kestrel.ListenUnixSocket(path, Configure);
        else kestrel.Listen(endpoint.Address!, Configure);

        void Configure(ListenOptions listen)
        {
            var services = listen.ApplicationServices;
            listen.Protocols = endpoint.Protocol switch
            {
                ListenProtocol.All => HttpProtocols.Http1AndHttp2,
                ListenProtocol.Grpc => HttpProtocols.Http2,
                _ => HttpProtocols.Http1,
            };
            if (endpoint.Protocol == ListenProtocol.All) UseTls(listen, options, services);
            listen.Use(next => connection => IdentifyAsync(connection, next, options));
            if (endpoint.Protocol is ListenProtocol.All or ListenProtocol.Sync)
            {
                var sync = services.GetRequiredService<SyncListener>();
                listen.Use(next => connection => endpoint.Protocol == ListenProtocol.Sync || IsNative(connection) ? sync.OnConnectedAsync(connection) : next(connection));
            }
            bound.Set(endpoint, () => listen.EndPoint as IPEndPoint);
        }
    }

    private static void UseTls(ListenOptions listen, ListenerOptions options, IServiceProvider services)
    {
        var time = services.GetRequiredService<TimeProvider>();
        var logger = services.GetRequiredService<ILogger<ServerTls>>();
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = options.HandshakeTimeout,
            OnConnection = context => new(options.Tls!.ForConnection(time, logger, context.Connection.RemoteEndPoint?.ToString() ?? "")),
        });
    }

    private static Task IdentifyAsync(ConnectionContext connection, ConnectionDelegate next, ListenerOptions options)
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { AddressFamily: AddressFamily.Unix } socket) ListeningSockets.SetBuffers(socket, options); // a unix socket does not inherit them
        connection.Features.Set(PeerFeature.Of(connection));
        return next(connection);
    }

    private static bool IsNative(ConnectionContext connection) =>
        connection.Features.Get<Microsoft.AspNetCore.Server.Kestrel.Core.Features.ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual(ParentHandshake.Native.Protocol.Span) ?? false;
}

/// <summary>Where the application really listens: port 0 has become the one that was free.</summary>
public sealed class BoundEndpoints
{
    private readonly List<(ListenEndpoint Asked, Func<IPEndPoint?> Address)> _endpoints = [];

    /// <summary>The endpoints, in the order of the options. Complete once the application has started.</summary>
    public IReadOnlyList<ListenEndpoint> All => [.. _endpoints.Select(endpoint => endpoint.Asked with { Address = endpoint.Address() })];

    /// <summary>The first endpoint of a protocol.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public ListenEndpoint Of(ListenProtocol protocol) => All.First(endpoint => endpoint.Protocol == protocol);

    internal void Add(ListenEndpoint asked) => _endpoints.Add((asked, () => asked.Address));

    internal void Set(ListenEndpoint asked, IPEndPoint? address) => Set(asked, () => address);

    internal void Set(ListenEndpoint asked, Func<IPEndPoint?> address)
    {
        var index = _endpoints.FindIndex(endpoint => ReferenceEquals(endpoint.Asked, asked));
        _endpoints[index] = (asked, address);
    }
}
