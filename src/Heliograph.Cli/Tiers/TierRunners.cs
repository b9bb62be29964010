// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Tiers;

/// <summary>What starts the tiers. Each runs until the token is cancelled and gives the exit code; a command whose runner is absent does not exist.</summary>
internal sealed record TierRunners(
    Func<OriginArguments, CancellationToken, Task<int>>? Origin = null,
    Func<RelayArguments, CancellationToken, Task<int>>? Relay = null,
    Func<AgentArguments, CancellationToken, Task<int>>? Agent = null,
    Func<DevPlan, CancellationToken, Task<IDevRealm>>? Dev = null)
{
    /// <summary>Whether the files that a role is told of are looked at before it is started, so that every fault is named at once. In the program; a test may name files that are not there.</summary>
    public bool InspectsFiles { get; init; }
}
