// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Core.Heads;
using Heliograph.Replication.Entries;

namespace Heliograph.Hosting.Replicas;

/// <summary>The log itself, kept beside the verified copies of namespaces: what makes a relay an archive.</summary>
public interface IReplicaArchive : IEntrySource, IDisposable
{
    /// <summary>Keeps it level with whoever has the log, until cancelled. Whatever breaks is told and tried again: it never stops the serving.</summary>
    /// <param name="trust">What the relay trusts; it may grow meanwhile, and the archive follows.</param>
    /// <param name="cancellationToken">Its end.</param>
    Task RunAsync(TrustCell trust, CancellationToken cancellationToken);

    /// <summary>How it is, for the health probes: no secret is in it.</summary>
    JsonObject Facts();
}
