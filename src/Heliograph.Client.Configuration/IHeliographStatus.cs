// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Client.Configuration;

/// <summary>What this process's configuration is made of, and how fresh it is. For health checks, dashboards and journals.</summary>
public interface IHeliographStatus
{
    /// <summary>The status now.</summary>
    ClientStatus Current { get; }

    /// <summary>The configuration became stale, or fresh again.</summary>
    event EventHandler<StalenessChangedEventArgs>? StalenessChanged;
}
