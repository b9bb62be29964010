// SPDX-License-Identifier: Apache-2.0
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Heliograph.Hosting.Grpc;

/// <summary>Adds the gRPC envelope to an application. It is reached wherever a listener speaks HTTP/2: <c>tls://</c>, <c>grpc+tcp://</c>, <c>grpc+unix://</c>.</summary>
public static class SyncGrpc
{
    /// <summary>Registers gRPC with the protocol's limits.</summary>
    public static IServiceCollection AddHeliographGrpc(this IServiceCollection services)
    {
        services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = EnvelopeFormat.EnvelopeBytesMax;
            options.EnableDetailedErrors = false;
            options.IgnoreUnknownServices = true; // another path is another path
            options.CompressionProviders.Clear(); // frames are small or random; and nobody's few bytes become many here
        });
        return services;
    }

    /// <summary>Maps <c>heliograph.sync.v1.Sync</c>. The hello says who the peer is, so the call itself is open to everyone.</summary>
    public static GrpcServiceEndpointConventionBuilder MapHeliographSync(this IEndpointRouteBuilder endpoints)
    {
        var mapped = endpoints.MapGrpcService<SyncService>();
        mapped.AllowAnonymous();
        return mapped;
    }
}
