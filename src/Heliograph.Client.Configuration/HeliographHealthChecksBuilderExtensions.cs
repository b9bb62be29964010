// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Configuration;
using Heliograph.Client.Configuration.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the configuration to a process's health checks.</summary>
public static class HeliographHealthChecksBuilderExtensions
{
    /// <summary>Checks what <c>AddHeliograph</c> added to the host's configuration: healthy while every namespace is live, degraded while older values are served, <paramref name="failureStatus"/> if a required namespace is not there.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">Name of the check.</param>
    /// <param name="failureStatus">What it reports when it fails; <see langword="null"/>: unhealthy.</param>
    /// <param name="tags">Tags, to filter by.</param>
    /// <param name="unhealthyAfter">Without a fresh head for so long the check fails; <see langword="null"/>, the default: staleness only degrades, for a process with old values is better than none.</param>
    public static IHealthChecksBuilder AddHeliograph(
        this IHealthChecksBuilder builder, string name = "heliograph", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? unhealthyAfter = null)
    {
        builder.Services.AddHeliographStatus();
        return builder.Add(new HealthCheckRegistration(name, services => new HeliographHealthCheck(services.GetRequiredService<IHeliographStatus>(), unhealthyAfter), failureStatus, tags));
    }
}
