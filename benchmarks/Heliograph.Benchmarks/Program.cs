// SPDX-License-Identifier: Apache-2.0
using Heliograph.Benchmarks;
using Heliograph.Benchmarks.AppConfiguration;
using Heliograph.Benchmarks.ManyNamespaces;

// Figures of the heart, of durable writes and of an agent, each beside what it is built on, in one run: ./bench heart [read|apply|snapshot|durable|agent|many]
// The App Configuration face beside a bare endpoint: ./bench azure [304|one|list|put] [--seconds 2] [--pairs 3]
// Allocations against their baselines: ./bench allocations [--update]
if (args is ["allocations", ..]) return AllocationGate.Run(update: args.Contains("--update"));
if (args is ["azure-bare", var port, var id, var secret])
{
    await BareEndpoint.RunAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture), id, secret, bodyBytes: 300);
    return 0;
}
if (args is ["read-bare", var at])
{
    await BareEndpoint.RunAsync(int.Parse(at, System.Globalization.CultureInfo.InvariantCulture), id: null, secret: "", bodyBytes: 110); // as much as a value of AgentBenchmark's
    return 0;
}
if (args is ["azure", ..]) return await AppConfigurationCommand.RunAsync(args[1..]);
string?[] known = ["read", "apply", "snapshot", "durable", "agent", "many"];
var only = args.FirstOrDefault();
if (only is not null && !known.Contains(only))
{
    Console.Error.WriteLine($"error: there is no '{only}'. There are {string.Join(", ", known)}.");
    return 2;
}
Console.WriteLine("minimum / median / maximum of five rounds; B: bytes allocated each time");
var directory = Directory.CreateTempSubdirectory("heliograph-bench-").FullName;
try
{
    if (only is null or "read") ReadBenchmark.Run();
    if (only is null or "apply") ApplyBenchmark.Run(directory);
    if (only is null or "snapshot") await SnapshotBenchmark.RunAsync(directory);
    if (only is null or "durable") await DurableBenchmark.RunAsync(directory);
    if (only is null or "agent") await AgentBenchmark.RunAsync(Directory.CreateDirectory(Path.Combine(directory, "fleet")).FullName); // the directory of the origin before is another realm
    if (only is "many") await ManyCommand.RunAsync(directory); // minutes and gigabytes: only when asked for
    return 0;
}
finally
{
    Directory.Delete(directory, recursive: true);
}
