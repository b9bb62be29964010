// SPDX-License-Identifier: Apache-2.0
using Grpc.Core;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Sync;
using Heliograph.Protocol.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Heliograph.Hosting.Grpc;

/// <summary>The gRPC envelope of the sync protocol: the same frames, served by the same acceptor.</summary>
[BindServiceMethod(typeof(SyncMethods), nameof(SyncMethods.BindService))]
public class SyncService(SyncListener listener)
{
    /// <summary>Serves one call as one connection.</summary>
    public virtual async Task Connect(IAsyncStreamReader<Envelope> requestStream, IServerStreamWriter<Envelope> responseStream, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        var peer = http.GetPeerFeature();
        var closing = http.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        await context.WriteResponseHeadersAsync([]); // at once: the dialer waits for them, and not for the first frame
        await using var connection = new EnvelopeConnection(peer.Address, requestStream, responseStream, http.Abort);
        await listener.ServeAsync(connection, peer, closing);
    }
}

/// <summary>Adds the gRPC envelope to an application.</summary>
public static class SyncGrpc
{
    /// <summary>Registers gRPC with the protocol's limits.</summary>
    public static IServiceCollection AddHeliographGrpc(this IServiceCollection services)
    {
        services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = SyncMethods.EnvelopeBytesMax;
            options.EnableDetailedErrors = false;
        });
        return services;
    }

    /// <summary>Maps <c>heliograph.sync.v1.Sync</c>.</summary>
    public static GrpcServiceEndpointConventionBuilder MapHeliographSync(this IEndpointRouteBuilder endpoints) => endpoints.MapGrpcService<SyncService>();
}
