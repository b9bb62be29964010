// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Client.Configuration;

/// <summary>What this process's configuration is made of, and how fresh it is. For health checks, dashboards and journals.</summary>
public interface IHeliographStatus
{
    /// <summary>The status now.</summary>
    ClientStatus Current { get; }

    /// <summary>A namespace is shown at another revision: after the reload that it caused. See <see cref="HeliographClient.Changed"/>.</summary>
    event EventHandler<NamespaceChangedEventArgs>? Applied;

    /// <summary>A revision is not shown, and why. See <see cref="HeliographClient.Refused"/>.</summary>
    event EventHandler<RevisionRefusedEventArgs>? Refused;

    /// <summary>The configuration became stale, or fresh again.</summary>
    event EventHandler<StalenessChangedEventArgs>? StalenessChanged;
}
