// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Configuration;

namespace Heliograph.Client.Configuration;

/// <summary>The status of every Heliograph provider in a configuration, as one.</summary>
internal sealed class ConfigurationStatus : IHeliographStatus
{
    private readonly IReadOnlyList<HeliographConfigurationProvider> _providers;

    private ConfigurationStatus(IReadOnlyList<HeliographConfigurationProvider> providers)
    {
        _providers = providers;
        foreach (var provider in providers)
        {
            provider.Applied += (_, change) => Applied?.Invoke(this, change);
            provider.Refused += (_, refusal) => Refused?.Invoke(this, refusal);
            provider.StalenessChanged += (_, change) => StalenessChanged?.Invoke(this, change);
        }
    }

    /// <inheritdoc/>
    public event EventHandler<NamespaceChangedEventArgs>? Applied;

    /// <inheritdoc/>
    public event EventHandler<RevisionRefusedEventArgs>? Refused;

    /// <inheritdoc/>
    public event EventHandler<StalenessChangedEventArgs>? StalenessChanged;

    /// <inheritdoc/>
    public ClientStatus Current => _providers.Select(provider => provider.Current).Aggregate(Combined);

    /// <summary>Finds the providers, those behind chained configurations too.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static IHeliographStatus Of(IConfiguration configuration)
    {
        var providers = Find(configuration).ToList();
        return providers.Count switch
        {
            0 => throw new InvalidOperationException("The configuration holds nothing from Heliograph. Call AddHeliograph on the host's configuration before asking for its status."),
            1 => providers[0],
            _ => new ConfigurationStatus(providers),
        };
    }

    /// <summary>The providers of Heliograph in a configuration, those behind chained configurations too.</summary>
    public static IEnumerable<HeliographConfigurationProvider> Find(IConfiguration configuration) =>
        configuration is not IConfigurationRoot root ? [] : root.Providers.SelectMany(provider => provider switch
        {
            HeliographConfigurationProvider own => [own],
            ChainedConfigurationProvider chained => Find(chained.Configuration),
            _ => [],
        });

    /// <summary>The staler of two, and the namespaces of both.</summary>
    private static ClientStatus Combined(ClientStatus left, ClientStatus right) => new(
        left.Staleness.HeadAge >= right.Staleness.HeadAge ? left.Staleness : right.Staleness,
        left.Parent ?? right.Parent,
        [.. left.Namespaces.Concat(right.Namespaces).OrderBy(status => status.Name)]) { LocalOverrides = [.. left.LocalOverrides.Union(right.LocalOverrides, StringComparer.OrdinalIgnoreCase)] };
}
