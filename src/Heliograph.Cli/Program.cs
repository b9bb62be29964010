// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Heliograph.Cli;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;

RuntimeSettings.ChooseFor(args); // before anything else

// A terminal that is closed stops it as Ctrl-C does: a tier drains, and a temporary realm leaves nothing behind.
using var hungUp = new CancellationTokenSource();
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
{
    context.Cancel = true;
    hungUp.Cancel();
});
return await HelioCommand.RunAsync(args, HelioTerminal.OfProcess(), new TierRunners(OriginTier.RunAsync, ReplicaTiers.RunRelayAsync, ReplicaTiers.RunAgentAsync, DevRealm.StartAsync) { InspectsFiles = true }, handlesSignals: true, hungUp.Token);
