// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Configuration;

namespace Heliograph.Client.Configuration;

/// <summary>Heliograph as a source of configuration. Added by <c>AddHeliograph</c>.</summary>
public sealed class HeliographConfigurationSource : IConfigurationSource
{
    private readonly HeliographConfigurationOptions _options;
    private readonly SharedClient _client;

    /// <summary>Makes a source; nothing begins before its provider is loaded.</summary>
    /// <exception cref="ArgumentException">The options are not usable; the message names every fault.</exception>
    public HeliographConfigurationSource(HeliographConfigurationOptions options)
        : this(options, () => new HeliographClient(options, options.Loggers))
    {
    }

    internal HeliographConfigurationSource(HeliographConfigurationOptions options, Func<HeliographClient> make)
    {
        options.Validate();
        (_options, _client) = (options, new SharedClient(make));
    }

    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new HeliographConfigurationProvider(_client, _options.Selections);
}
