// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Heliograph.Samples.ShopFleet;

// A web shop's fleet on one machine: origin, relays, agents and services as real processes. `./run` shows a live table until Ctrl-C;
// `./run --smoke` kills what can be killed and judges by the services' own journals. With `--cluster` there are three origins over three members
// of etcd, which are killed and started again one by one while it counts.
var (isSmoke, isCluster) = (args.Contains("--smoke"), args.Contains("--cluster"));
if (args.Any(argument => argument is not ("--smoke" or "--cluster")))
{
    await Console.Error.WriteLineAsync("usage: ./run [--cluster] [--smoke]");
    return 2;
}

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop); // the terminal is closed: nothing may stay behind then either
await using var fleet = new Fleet(headLifetime: isSmoke && !isCluster ? TimeSpan.FromSeconds(5) : TimeSpan.FromMinutes(10), isCluster);
try
{
    if (isSmoke && isCluster) return await new ClusterSmoke(fleet, Console.Out).RunAsync(stop.Token);
    if (isSmoke) return await new Smoke(fleet, Console.Out).RunAsync(stop.Token);
    await fleet.StartAsync(stop.Token);
    await new LiveTable(fleet).RunAsync(stop.Token);
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 0;
}
catch (InvalidOperationException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true; // the fleet is stopped first
    stop.Cancel();
}
