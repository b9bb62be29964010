// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Heliograph.Cli;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;

// The agent alone, compiled to native code: 'helio-agent agent …' is 'helio agent …', and 'helio-agent config check agent …' what it is there.
RuntimeSettings.ChooseFor(args); // before anything else

using var hungUp = new CancellationTokenSource();
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
{
    context.Cancel = true;
    hungUp.Cancel();
});
return await HelioCommand.RunAsync(args, HelioTerminal.OfProcess(), shell => HelioCommand.AgentRoot(shell, ReplicaTiers.RunAgentAsync), inspectsFiles: true, handlesSignals: true, hungUp.Token);
