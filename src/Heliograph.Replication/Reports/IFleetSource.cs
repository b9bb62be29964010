// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol.Wire;

namespace Heliograph.Replication.Reports;

/// <summary>What instances run: one process's own word, or the fold of everything below a tier.</summary>
/// <remarks>Thread-safe.</remarks>
public interface IFleetSource
{
    /// <summary>What is known now, one element a namespace, in the form in which it travels upward.</summary>
    Status Snapshot();

    /// <summary>Calls <paramref name="changed"/> after something changed; it must be short. Changes in quick succession may be told once.</summary>
    /// <returns>Ends the observation when disposed.</returns>
    IDisposable Observe(Action changed);
}
