// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Hosting.Problems;
using Heliograph.Hosting.Stopping;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Heliograph.Hosting.Health;

/// <summary>The probes <c>/livez</c>, <c>/startupz</c> and <c>/readyz</c>.</summary>
/// <remarks>
/// Live means that requests are answered at all: it asks nothing else, for what a restart does not mend must not restart a fleet. Started means
/// that state is loaded and verified. Ready means that it can serve, whatever is above it; <c>?for=write</c>, that it can take changes. A tier that
/// drains is not ready. Degraded is told in the answers and fails none.
/// </remarks>
public static class HealthEndpoints
{
    /// <summary>Maps the probes. They need no authentication.</summary>
    public static IEndpointRouteBuilder MapHeliographHealth(this IEndpointRouteBuilder endpoints, IHealthState state)
    {
        var drain = endpoints.ServiceProvider.GetService<DrainState>();
        Map(endpoints, "/livez", _ => Ok("live"));
        Map(endpoints, "/startupz", _ => state.IsStarted ? Ok("started", state) : ProblemKinds.NotStarted.With(extensions: state.Facts()));
        Map(endpoints, "/readyz", context => Ready(context, state, drain));
        return endpoints;
    }

    private static void Map(IEndpointRouteBuilder endpoints, string path, Func<HttpContext, IResult> answer) =>
        endpoints.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], context =>
        {
            context.Response.Headers.CacheControl = "no-store";
            return answer(context).ExecuteAsync(context);
        }).AllowAnonymous().WithDisplayName(path);

    private static IResult Ready(HttpContext context, IHealthState state, DrainState? drain)
    {
        var purpose = context.Request.Query["for"].ToString();
        if (purpose is not ("" or "write")) return ProblemKinds.InvalidRequest.With("What readiness is asked 'for' is write, or not said.");
        var obstacle = drain?.IsDraining == true ? "It is about to stop."
            : !state.IsStarted ? "It is starting."
            : !state.CanServe ? "It holds nothing that it could serve."
            : purpose != "write" || state.CanWrite == true ? null
            : state.CanWrite is null ? "This tier takes no changes; ask the origin."
            : "It takes no changes now.";
        return obstacle is null ? Ok("ready", state) : ProblemKinds.NotReady.With(obstacle, state.Facts());
    }

    private static IResult Ok(string status, IHealthState? state = null)
    {
        var answer = new JsonObject { ["status"] = status };
        if (state is not null)
        {
            answer["degraded"] = state.IsDegraded;
            foreach (var (name, value) in state.Facts()) answer[name] = value?.DeepClone();
        }
        return Results.Text(answer.ToJsonString(), "application/json");
    }
}
