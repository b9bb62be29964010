// SPDX-License-Identifier: Apache-2.0
using Heliograph.Hosting.Listening;
using Heliograph.Platform.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Heliograph.Hosting.Problems;

/// <summary>Sees to it that every error of the HTTP API is a problem, also where the framework would answer with an empty body: no route, another method, a body too large, a failure.</summary>
internal sealed class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (IsForAnotherHost(context))
        {
            await ProblemKinds.Misdirected.With("Address it as localhost or by its loopback address.").ExecuteAsync(context);
            return;
        }
        try
        {
            await next(context);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            return; // the caller has gone; there is nobody to answer
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            context.Response.StatusCode = exception.StatusCode; // its message may quote the request: it is not passed on
        }
        catch (Exception exception)
        {
            logger.RequestFailed(exception, context.Request.Method, context.GetEndpoint()?.DisplayName ?? "(no route)");
            if (context.Response.HasStarted)
            {
                context.Abort(); // half an answer must not look like a whole one
                return;
            }
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
        if (IsBareError(context)) await ProblemKinds.OfStatus(context.Response.StatusCode).With().WriteAsync(context, context.Response.StatusCode);
    }

    private static bool IsBareError(HttpContext context) =>
        context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null or 0, ContentType: null or "" }
        && !(context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) ?? false); // gRPC has its own way to say it

    /// <summary>
    /// A plain loopback port believes whoever connects to be on this host. A web page elsewhere can have a name of its own point to 127.0.0.1 (DNS
    /// rebinding) and make a browser here connect; what it cannot do is to name this host in the Host header.
    /// </summary>
    private static bool IsForAnotherHost(HttpContext context) =>
        context.Features.Get<PeerFeature>() is { Identity.Subject: "local" } && context.Request.Host is { HasValue: true } host && !ParentEndpoint.IsLoopback(host.Host.Trim('[', ']'));
}

/// <summary>Adds the problems to an application.</summary>
public static class ProblemPipeline
{
    /// <summary>Makes every error an <c>application/problem+json</c>. Must come first.</summary>
    public static IApplicationBuilder UseHeliographProblems(this IApplicationBuilder app) => app.UseMiddleware<ProblemMiddleware>();
}
