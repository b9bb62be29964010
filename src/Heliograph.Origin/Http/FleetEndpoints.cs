// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Origin.Access;
using Heliograph.Protocol.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Origin.Http;

/// <summary>Who runs what, and waiting for it.</summary>
internal static class FleetEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, OriginApi api)
    {
        routes.Get("/fleet", api, FleetAsync).Describe<FleetView>("fleet", "How many instances run which revision, by region and ring, and who lags.", "namespace");
        routes.Get("/fleet/instances", api, InstancesAsync).Describe<FleetInstances>("fleetInstances", "Instances by name.", "id namespace");
        routes.Get("/fleet/wait", api, WaitAsync).Describe<FleetWait>("fleetWait", "Answers when a share of the connected instances has applied a revision, or at the timeout.", "namespace! revision! percent timeoutSeconds");
    }

    /// <summary>What the fleet reports of a namespace now.</summary>
    public static NamespaceStatus? ReportOf(OriginApi api, NamespaceName name) => api.Fleet.Snapshot().Namespaces.FirstOrDefault(report => report.Namespace == name.Value);

    private static async Task<IResult> FleetAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        var name = new QueryReader(context, faults, "namespace").Namespace("namespace");
        if (faults.Any) return faults.ToProblem();
        var asOf = api.Time.GetUtcNow();
        if (name is { } one)
        {
            var (at, found, refused) = await api.ReadAsync(context, one);
            return refused is not null ? refused : TypedResults.Json(new FleetView(at.Revision.ToString(), [FleetViews.ToView(found!, ReportOf(api, one))], asOf), ApiJson.Default.FleetView);
        }
        var (state, problem) = await api.StateForAsync(context);
        if (problem is not null) return problem;
        var caller = context.GetCaller();
        var views = new List<FleetNamespace>();
        foreach (var report in api.Fleet.Snapshot().Namespaces)
            if (NamespaceName.TryParse(report.Namespace, out var reported, out _) && caller.MayRead(reported) && state.Find(reported) is { } it)
                views.Add(FleetViews.ToView(it, report));
        return TypedResults.Json(new FleetView(state.Revision.ToString(), views, asOf), ApiJson.Default.FleetView);
    }

    private static async Task<IResult> InstancesAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryReader(context, faults, "id", "namespace");
        var (id, name) = (query.Text("id"), query.Namespace("namespace"));
        if (faults.Any) return faults.ToProblem();
        var caller = context.GetCaller();
        if (name is { } one && caller.Refusal(one, Core.Access.Role.Reader) is { } refusal) return refusal;
        var (_, problem) = await api.StateForAsync(context);
        if (problem is not null) return problem;
        var (items, leftOut) = (new List<FleetInstance>(), 0L);
        foreach (var report in api.Fleet.Snapshot().Namespaces)
        {
            if (!NamespaceName.TryParse(report.Namespace, out var reported, out _) || !caller.MayRead(reported) || (name is { } only && only != reported)) continue;
            items.AddRange(report.Instances.Where(instance => id is null || instance.Instance?.Id == id).Select(instance => FleetViews.ToView(instance, report.Namespace)));
            leftOut += (long)report.InstancesLeftOut;
        }
        return TypedResults.Json(new FleetInstances(items, leftOut), ApiJson.Default.FleetInstances);
    }

    private static async Task<IResult> WaitAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryReader(context, faults, "namespace", "revision", "percent", "timeoutSeconds");
        _ = (query.Required("namespace"), query.Required("revision"));
        var (name, revision, seconds, percent) = (query.Namespace("namespace"), query.Revision("revision"), query.Number("timeoutSeconds", 1, 60, 30), Percent(query, faults));
        if (faults.Any) return faults.ToProblem();
        var (_, _, problem) = await api.ReadAsync(context, name!.Value);
        if (problem is not null) return problem;
        return TypedResults.Json(await WaitAsync(api, name.Value, revision!.Value, percent, TimeSpan.FromSeconds(seconds), context.RequestAborted), ApiJson.Default.FleetWait);
    }

    private static async Task<FleetWait> WaitAsync(OriginApi api, NamespaceName name, Revision revision, double percent, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, api.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken, api.Stopping);
        using var changed = new SemaphoreSlim(0);
        using var observation = api.Fleet.Observe(() =>
        {
            if (changed.CurrentCount == 0) changed.Release(); // one is enough: whoever waits looks at all of it
        });
        while (true)
        {
            var (applied, connected, laggards, leftOut) = FleetViews.Applied(name, ReportOf(api, name), revision);
            var isReached = connected > 0 && applied * 100.0 >= percent * connected; // nobody there is not everybody
            if (isReached || ending.IsCancellationRequested) return new(isReached, applied, connected, laggards, leftOut);
            try { await changed.WaitAsync(ending.Token); }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { } // the time is up: looks once more, and answers
        }
    }

    private static double Percent(QueryReader query, Faults faults)
    {
        if (query.Text("percent") is not { } text) return 100;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= 100) return percent;
        faults.Add("percent", "Write a number above 0, at most 100.");
        return 100;
    }
}
