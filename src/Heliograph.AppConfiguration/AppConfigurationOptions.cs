// SPDX-License-Identifier: Apache-2.0
using Heliograph.AppConfiguration.Access;
using Heliograph.Hosting.Listening;

namespace Heliograph.AppConfiguration;

/// <summary>Where the face listens, and who may come beside those with access keys.</summary>
public sealed class AppConfigurationOptions
{
    /// <summary>Where it listens: <c>tls://</c>, or <c>http://</c> on loopback. A captured signature can be replayed for 15 minutes, so beyond loopback TLS is needed.</summary>
    public required ListenerOptions Listeners { get; init; }

    /// <summary>The issuer of bearer tokens; <see langword="null"/>: none are taken.</summary>
    public BearerOptions? Bearer { get; init; }
}
