// SPDX-License-Identifier: Apache-2.0
using Heliograph.AppConfiguration.Access;
using Heliograph.Hosting.Listening;

namespace Heliograph.AppConfiguration;

/// <summary>Where the face listens, and who may come beside those with access keys.</summary>
public sealed class AppConfigurationOptions
{
    /// <summary>Where it listens: <c>tls://</c>, or <c>http://</c> on loopback. A captured signature can be replayed for 15 minutes, so beyond loopback TLS is needed.</summary>
    public required ListenerOptions Listeners { get; init; }

    /// <summary>For relays and agents: the face of the origin, asked for history and the content of snapshots, and named to who wants to write. https, or http on loopback. <see langword="null"/>: none is asked.</summary>
    public Uri? Origin { get; init; }

    /// <summary>For relays and agents with an <see cref="Origin"/>: whether what only the origin can judge is sent there: writes, and requests under keys that are not known here, as those that may write never are. The client's own signed request is passed on; secrets stay at the origin. Default no: they are refused.</summary>
    public bool ForwardsWrites { get; init; }

    /// <summary>For relays and agents: how the origin's face is reached over TLS; <see langword="null"/>: with the system's authorities.</summary>
    public Heliograph.Platform.Pki.RealmAuthority? OriginAuthority { get; init; }

    /// <summary>Where requests are counted: the tier's meter. <see langword="null"/>: nowhere.</summary>
    public System.Diagnostics.Metrics.Meter? Meter { get; init; }

    /// <summary>Told of every request that was refused: nobody proven (401) or not allowed (403). At an origin, its audit log. Default: nobody is told.</summary>
    public Action<Heliograph.Core.Audit.DeniedAttempt>? OnDenied { get; init; }

    /// <summary>The issuer of bearer tokens; <see langword="null"/>: none are taken.</summary>
    public BearerOptions? Bearer { get; init; }
}
