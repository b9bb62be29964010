// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Heliograph.Client.Configuration.Health;

/// <summary>Whether this process runs with the configuration that it should run with.</summary>
/// <remarks>
/// Healthy: every namespace is live. Degraded: something is stale, comes from last-known-good, fell back to its stable revision, is pinned or refused, or an optional namespace is not there; the process
/// works, with older values. The check's failure status (by default unhealthy): a required namespace is not there, or nothing fresh was heard for longer than allowed.
/// Nothing of it should take a process out of service whose configuration is merely old: that is why staleness alone degrades.
/// </remarks>
/// <param name="status">What is asked.</param>
/// <param name="unhealthyAfter">Without a fresh head for so long the check fails; <see langword="null"/>: however long.</param>
internal sealed class HeliographHealthCheck(IHeliographStatus status, TimeSpan? unhealthyAfter) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var now = status.Current;
        var data = now.Namespaces.ToDictionary(one => one.Name.Value, one => (object)$"{one.Revision} {one.Origin}{(one.IsStale ? " stale" : "")}", StringComparer.Ordinal);
        data["headAgeSeconds"] = Math.Round(now.Staleness.HeadAge.TotalSeconds, 1);
        if (now.Parent is { } parent) data["parent"] = parent;
        var missing = now.Namespaces.Where(one => one.Origin == ViewOrigin.None && !one.IsOptional).ToList();
        if (missing.Count > 0 || now.Namespaces.Count == 0) return Result(context.Registration.FailureStatus, $"Not there: {string.Join(", ", missing.Select(one => Told(one)))}");
        if (unhealthyAfter is { } most && now.Staleness.IsStale && now.Staleness.HeadAge >= most)
            return Result(context.Registration.FailureStatus, $"Nothing fresh was heard for {now.Staleness.HeadAge:c}; {most:c} are allowed.");
        var troubled = now.Namespaces.Where(one => one.IsStale || one.Origin != ViewOrigin.Live || one.Refused is not null || one.PinnedTo is not null).ToList();
        return troubled.Count == 0 ? Result(HealthStatus.Healthy, "Every namespace is live.") : Result(HealthStatus.Degraded, string.Join("; ", troubled.Select(one => Told(one))));

        Task<HealthCheckResult> Result(HealthStatus health, string description) => Task.FromResult(new HealthCheckResult(health, description, data: data));
    }

    private static string Told(NamespaceStatus one)
    {
        var what = one.Origin switch
        {
            ViewOrigin.None => "not there",
            ViewOrigin.LastKnownGood => $"{one.Revision}, last-known-good",
            ViewOrigin.Stable => $"{one.Revision}, the last stable one",
            _ => $"{one.Revision}{(one.IsStale ? ", stale" : "")}{(one.PinnedTo is null ? "" : ", pinned")}",
        };
        return one.Trouble is { } trouble ? $"{one.Name}: {what} ({trouble})" : $"{one.Name}: {what}";
    }
}
