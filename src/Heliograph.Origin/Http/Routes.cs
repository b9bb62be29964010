// SPDX-License-Identifier: Apache-2.0
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Origin.Http;

/// <summary>An endpoint's work.</summary>
internal delegate Task<IResult> ApiHandler(OriginApi api, HttpContext context);

/// <summary>Maps endpoints as route handlers, so that /openapi/v1.json knows of them.</summary>
internal static class Routes
{
    /// <summary>A read; HEAD gives its status and headers alone.</summary>
    public static RouteHandlerBuilder Get(this IEndpointRouteBuilder routes, string path, OriginApi api, ApiHandler handler) =>
        routes.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], Bound(api, handler));

    /// <summary>A read that goes on until the caller leaves: nothing that HEAD could ask for.</summary>
    public static RouteHandlerBuilder GetStream(this IEndpointRouteBuilder routes, string path, OriginApi api, ApiHandler handler) => routes.MapGet(path, Bound(api, handler));

    public static RouteHandlerBuilder Post(this IEndpointRouteBuilder routes, string path, OriginApi api, ApiHandler handler) => routes.MapPost(path, Bound(api, handler));

    public static RouteHandlerBuilder Put(this IEndpointRouteBuilder routes, string path, OriginApi api, ApiHandler handler) => routes.MapPut(path, Bound(api, handler));

    public static RouteHandlerBuilder Patch(this IEndpointRouteBuilder routes, string path, OriginApi api, ApiHandler handler) => routes.MapPatch(path, Bound(api, handler));

    public static RouteHandlerBuilder Delete(this IEndpointRouteBuilder routes, string path, OriginApi api, ApiHandler handler) => routes.MapDelete(path, Bound(api, handler));

    private static Delegate Bound(OriginApi api, ApiHandler handler) => (HttpContext context) => handler(api, context);
}
