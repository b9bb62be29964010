// SPDX-License-Identifier: Apache-2.0
using Heliograph.Scale.Tree;

namespace Heliograph.Scale.Storm;

/// <summary>What tree loses all of its servers, and for how long.</summary>
/// <param name="Tree">The tree; no applications, no watchers.</param>
internal sealed record StormPlan(TreePlan Tree)
{
    /// <summary>How long after the servers are started again everyone may take to serve what is newest then.</summary>
    public static readonly TimeSpan CurrentWithin = TimeSpan.FromSeconds(60);

    /// <summary>More of the clients than this share within one second are a herd. Waits are drawn from up to 10 s, so that a fifth comes in the densest second when everyone waits for the longest; half, while some are still at shorter waits.</summary>
    public const double HerdShareMax = 0.5;

    /// <summary>How long there are no servers. At 20 s the waits of all clients have grown to their ceiling.</summary>
    public TimeSpan Down { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Processes of clients that are killed with the servers, and start again while there are none.</summary>
    public int KilledProcesses { get; init; } = 2;

    /// <summary>Clients of these processes.</summary>
    public int KilledClients => Math.Min(Tree.Clients, KilledProcesses * Tree.ClientsPerProcess);
}
