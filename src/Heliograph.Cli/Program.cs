// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;

return await HelioCommand.RunAsync(args, HelioTerminal.OfProcess(), new TierRunners(OriginTier.RunAsync, ReplicaTiers.RunRelayAsync, ReplicaTiers.RunAgentAsync, DevRealm.StartAsync), handlesSignals: true, CancellationToken.None);
