// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Replica;
using Microsoft.Extensions.Logging;

namespace Heliograph.Client;

/// <summary>Where a client takes its content from instead of parents. <c>Heliograph.Testing</c> has two: a realm in memory, and files.</summary>
/// <remarks>What comes from one is signed by nobody. It is for tests and for a developer's machine; production has parents.</remarks>
public abstract class HeliographSource
{
    internal HeliographSource()
    {
    }

    /// <summary>Makes the replica of one client.</summary>
    /// <exception cref="InvalidDataException">What the source is made of cannot be read.</exception>
    internal abstract ValueTask<IClientReplica> CreateAsync(HeliographClientOptions options, ILoggerFactory loggers, CancellationToken cancellationToken);
}
