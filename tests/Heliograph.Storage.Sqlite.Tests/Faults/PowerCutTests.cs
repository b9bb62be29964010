// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Threading.Channels;
using Heliograph.Core.Log;
using Heliograph.Storage.Sqlite.Engine;
using Heliograph.Storage.Sqlite.Tests.Support;
using Xunit;

namespace Heliograph.Storage.Sqlite.Tests.Faults;

/// <summary>Cuts the power at every write and every flush of a 200-change script.</summary>
/// <remarks>
/// One traced run records each call that reached the disk, with its data, and each acknowledgement among them. The test then
/// builds the disk as it is after every single call, in three ways (<see cref="Cut"/>), starts on it, and compares with
/// what had been acknowledged by then.
/// </remarks>
public sealed class PowerCutTests
{
    private const int Workers = 2;

    [Fact]
    public async Task No_acknowledged_change_is_lost_wherever_the_power_goes()
    {
        CrashWriter.NeedsStrace();
        var run = await RecordAsync(Synchronous.Full);

        var outcome = await ReplayAsync(run, [Cut.Kill, Cut.PowerNothingKept, Cut.PowerSomeKept]);

        var flushes = run.Events.Count(happened => happened.Action == DiskAction.Flush && happened.Path.EndsWith("-wal", StringComparison.Ordinal));
        Console.WriteLine($"Power cuts, synchronous=FULL: {outcome.Calls} calls, {outcome.States} disks started on, {outcome.Faults.Count} with a fault; {flushes} flushes of the write-ahead log.");
        Assert.Equal(CrashWriter.Changes, outcome.Acknowledged);
        Assert.InRange(flushes, CrashWriter.Changes, CrashWriter.Changes * 12 / 10); // one a commit, and a few for checkpoints
        Assert.Empty(outcome.Faults);
    }

    [Fact]
    public async Task The_rig_sees_what_synchronous_NORMAL_loses_and_so_does_the_high_water_mark()
    {
        CrashWriter.NeedsStrace();
        var run = await RecordAsync(Synchronous.Normal);

        var outcome = await ReplayAsync(run, [Cut.PowerNothingKept]);

        var lost = outcome.Faults.Where(fault => fault.Description.Contains("is lost", StringComparison.Ordinal)).ToList();
        Console.WriteLine($"Power cuts, synchronous=NORMAL: {outcome.Calls} calls, {outcome.States} disks started on, {lost.Count} have lost acknowledged changes.");
        Assert.True(lost.Count > CrashWriter.Changes / 2, $"The rig is blind: it saw only {lost.Count} losses.");
        Assert.All(lost, fault => Assert.Equal(HighWaterVerdict.Behind, fault.Verdict));
    }

    private static async Task<Recording> RecordAsync(Synchronous synchronous)
    {
        using var writer = new CrashWriter();
        var (exitCode, output) = await writer.RunAsync(["--seccomp-bpf", "-y", "-xx", "-s", "70000", "-e", $"trace={SyscallTrace.Calls}", "-o", writer.Trace], synchronous);
        Assert.True(exitCode == 0, output);
        return new(SyscallTrace.Parse(File.ReadLines(writer.Trace), writer.Root), writer.DatabaseDirectory, writer.Acknowledgements);
    }

    private static async Task<Outcome> ReplayAsync(Recording run, Cut[] cuts)
    {
        var disks = Channel.CreateBounded<Disk>(2 * Workers);
        var faults = new ConcurrentBag<Fault>();
        var workers = Enumerable.Range(0, Workers).Select(_ => Task.Run(() => StartOnAsync(disks.Reader, faults))).ToArray();

        var (model, random, acknowledged, durable, states) = (new PlatterModel(), new Random(20_260_101), new List<(long, string)>(), -1, 0);
        for (var call = 0; call < run.Events.Count; call++)
        {
            var happened = run.Events[call];
            if (happened.Path == run.Acknowledgements)
            {
                if (happened.Action == DiskAction.Write) acknowledged.AddRange(CrashWriter.Acknowledged(happened.Data!));
            }
            else if (IsKept(happened.Path))
            {
                model.Apply(happened);
            }
            foreach (var cut in cuts)
            {
                // With nothing kept the disk changes only when something was flushed; but the acknowledgements grow meanwhile.
                var isSame = cut == Cut.PowerNothingKept ? durable == model.DurableVersion && happened.Path != run.Acknowledgements : happened.Action != DiskAction.Write;
                if (isSame) continue;
                states++;
                await disks.Writer.WriteAsync(new(call, cut, model.After(cut, random), [.. acknowledged], run.Directory));
            }
            durable = model.DurableVersion;
        }
        disks.Writer.Complete();
        await Task.WhenAll(workers);
        return new(run.Events.Count, states, acknowledged.Count, [.. faults.OrderBy(fault => fault.Call)]);
    }

    private static async Task StartOnAsync(ChannelReader<Disk> disks, ConcurrentBag<Fault> faults)
    {
        using var scratch = new ScratchDirectory(ScratchDirectory.InMemory); // flushes there cost nothing, and prove nothing here
        await foreach (var disk in disks.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            foreach (var leftover in Directory.EnumerateFiles(scratch.Path)) File.Delete(leftover);
            foreach (var (path, bytes) in disk.Files) await File.WriteAllBytesAsync(scratch.File(Path.GetRelativePath(disk.Root, path)), bytes);
            try
            {
                var survivor = await Survivor.ReadAsync(scratch.Path, goesOn: disk.Call % 10 == 0);
                if (survivor.Fault(disk.Acknowledged) is { } fault) faults.Add(new(disk.Call, $"{disk.Cut} after call {disk.Call}: {fault}", survivor.Verdict));
            }
            catch (Exception exception) when (exception is SqliteLogStoreException or IOException)
            {
                faults.Add(new(disk.Call, $"{disk.Cut} after call {disk.Call}: {exception.Message}", null));
            }
        }
    }

    /// <summary>The index of the write-ahead log is rebuilt at start, and the lock file is empty.</summary>
    private static bool IsKept(string path) => !path.EndsWith("-shm", StringComparison.Ordinal) && !path.EndsWith(".lock", StringComparison.Ordinal);

    private sealed record Recording(List<DiskEvent> Events, string Directory, string Acknowledgements);

    private sealed record Disk(int Call, Cut Cut, Dictionary<string, byte[]> Files, List<(long, string)> Acknowledged, string Root);

    private sealed record Fault(int Call, string Description, HighWaterVerdict? Verdict);

    private sealed record Outcome(int Calls, int States, int Acknowledged, List<Fault> Faults);
}
