// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Configuration.Overrides;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Heliograph.Client.Configuration;

/// <summary>Heliograph as a source of configuration. Added by <c>AddHeliograph</c>.</summary>
public sealed class HeliographConfigurationSource : IConfigurationSource
{
    private readonly HeliographConfigurationOptions _options;
    private readonly SharedClient _client;
    private readonly LocalOverrides? _overrides;

    /// <summary>Makes a source; nothing begins before its provider is loaded.</summary>
    /// <exception cref="ArgumentException">The options are not usable; the message names every fault.</exception>
    public HeliographConfigurationSource(HeliographConfigurationOptions options)
        : this(options, () => new HeliographClient(options, options.Loggers))
    {
    }

    internal HeliographConfigurationSource(HeliographConfigurationOptions options, Func<HeliographClient> make)
    {
        options.Validate();
        _options = options;
        _overrides = options.LocalOverridesFile is { } path ? new LocalOverrides(path, options.Time, (options.Loggers ?? NullLoggerFactory.Instance).CreateLogger<HeliographConfigurationProvider>()) : null;
        _client = new SharedClient(make, () => _overrides?.Dispose());
    }

    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new HeliographConfigurationProvider(_client, _options.Selections, _overrides);
}
