// SPDX-License-Identifier: Apache-2.0
using System.Runtime.Versioning;
using System.Text.Json;
using Heliograph.Agent.ReadApi;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Replicas;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Heliograph.Agent.Projection;

/// <summary>All projections of an agent, and what it says of them over HTTP.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class ProjectionSet : IDisposable
{
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Projector> _projectors;
    private readonly Task _running;

    private ProjectionSet(IEnumerable<Projector> projectors, ILogger logger)
    {
        _projectors = [.. projectors];
        _running = Task.WhenAll(_projectors.Select(projector => RunAsync(projector, logger)));
    }

    /// <summary>Starts them, and maps what tells of them.</summary>
    public static ProjectionSet Start(IReadOnlyList<ProjectionOptions> options, NamespaceInterest interest, EndpointParts parts)
    {
        var logger = parts.Application.Services.GetRequiredService<ILogger<ProjectionSet>>();
        var set = new ProjectionSet(options.Select(one => new Projector(one, interest, parts.Time, logger)), logger);
        parts.Application.MapMethods("/api/v1/projections", [HttpMethods.Get, HttpMethods.Head], (RequestDelegate)(context => set.TellAsync(context, parts)));
        return set;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Cancel();
        _running.Wait(StopMax); // a program that is being run is killed
        _stopping.Dispose();
    }

    private async Task RunAsync(Projector projector, ILogger logger)
    {
        await Task.Yield();
        try
        {
            await projector.RunAsync(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The agent stops.
        }
        catch (Exception exception) // a bug of ours must not stop the agent, which serves others
        {
            logger.ProjectionBroke(exception, projector.Options.Name);
        }
    }

    private async Task TellAsync(HttpContext context, EndpointParts parts)
    {
        var peer = context.GetPeer(parts.Time);
        context.Response.ContentType = "application/json; charset=utf-8";
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, SettingJson.Plain);
        json.WriteStartObject();
        json.WriteStartArray("items"u8);
        foreach (var projector in _projectors.Where(one => parts.Authorizer.MayRead(peer, NamespaceName.Parse(one.Options.Namespace))))
        {
            var state = projector.State;
            json.WriteStartObject();
            json.WriteString("name"u8, projector.Options.Name);
            json.WriteString("namespace"u8, projector.Options.Namespace);
            json.WriteString("directory"u8, projector.Options.Directory);
            json.WriteString("state"u8, state.State);
            json.WriteString("revision"u8, state.Revision?.ToString());
            json.WriteString("detail"u8, state.Detail);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
