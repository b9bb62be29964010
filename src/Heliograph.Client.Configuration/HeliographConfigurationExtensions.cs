// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Configuration;

namespace Microsoft.Extensions.Configuration;

/// <summary>Adds Heliograph to a configuration.</summary>
public static class HeliographConfigurationExtensions
{
    /// <summary>Adds settings from Heliograph, above the sources that were added before.</summary>
    /// <param name="builder">The configuration; a <c>ConfigurationManager</c> loads it at once.</param>
    /// <param name="configure">Says whom to ask, whom to believe, who this process is, and what to select.</param>
    /// <returns>The configuration.</returns>
    /// <exception cref="ArgumentException">The options are not usable; the message names every fault.</exception>
    public static IConfigurationBuilder AddHeliograph(this IConfigurationBuilder builder, Action<HeliographConfigurationOptions> configure)
    {
        var options = new HeliographConfigurationOptions();
        configure(options);
        return builder.Add(new HeliographConfigurationSource(options));
    }
}
