// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets services ask how fresh their configuration is.</summary>
public static class HeliographServiceCollectionExtensions
{
    /// <summary>Registers <see cref="IHeliographStatus"/>: the status of what <c>AddHeliograph</c> added to the host's configuration.</summary>
    public static IServiceCollection AddHeliographStatus(this IServiceCollection services)
    {
        services.TryAddSingleton<IHeliographStatus>(provider => ConfigurationStatus.Of(provider.GetRequiredService<IConfiguration>()));
        return services;
    }
}
