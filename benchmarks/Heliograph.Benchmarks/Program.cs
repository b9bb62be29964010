// SPDX-License-Identifier: Apache-2.0
using Heliograph.Benchmarks;

// Figures of the heart and of durable writes, each beside what it is built on, in one run:
//   dotnet run -c Release --project benchmarks/Heliograph.Benchmarks [-- durable|apply|snapshot|read]
var only = args.Length == 1 ? args[0] : null;
var directory = Directory.CreateTempSubdirectory("heliograph-bench-").FullName;
try
{
    if (only is null or "read") ReadBenchmark.Run();
    if (only is null or "apply") ApplyBenchmark.Run(directory);
    if (only is null or "snapshot") await SnapshotBenchmark.RunAsync(directory);
    if (only is null or "durable") await DurableBenchmark.RunAsync(directory);
}
finally
{
    Directory.Delete(directory, recursive: true);
}
