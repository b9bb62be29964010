// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Platform.Files;
using Heliograph.Yardstick.Load;

namespace Heliograph.Scale.Tree;

/// <summary>What this machine's disk needs for one flush, alone and while many clients keep last-known-good on it: on one machine, all clients of a tree share it.</summary>
/// <remarks>The steps are those of a namespace's files: a record is appended and flushed; the floor is written, flushed and renamed, and its directory flushed.</remarks>
/// <param name="Milliseconds">Time, divided by the flushes that twenty writers did together.</param>
/// <param name="AloneMilliseconds">How long a flush takes with one writer, and the steps around it.</param>
/// <param name="CpuMicros">CPU of a flush and the steps around it, with twenty writers.</param>
internal sealed record FlushProbe(double Milliseconds, double AloneMilliseconds, double CpuMicros)
{
    private const int Writers = 20, RecordBytes = 1_024, FlushesPerRound = 3;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);

    public static async Task<FlushProbe> MeasureAsync(string directory)
    {
        var (alone, _) = await MeasureAsync(directory, 1);
        var (together, cpu) = await MeasureAsync(directory, Writers);
        Directory.Delete(directory, recursive: true);
        return new(together, alone, cpu);
    }

    private static async Task<(double Milliseconds, double CpuMicros)> MeasureAsync(string directory, int writers)
    {
        var (rounds, cpu, elapsed) = (0L, MeasuredProcess.OwnCpuSeconds, Stopwatch.StartNew());
        await Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
        {
            var files = new DiskFileStore(Directory.CreateDirectory(Path.Combine(directory, $"{writer}")).FullName);
            for (var record = new byte[RecordBytes]; elapsed.Elapsed < Length; Interlocked.Increment(ref rounds))
            {
                await files.AppendAsync("delta", record, CancellationToken.None);
                await files.FlushAsync("delta", CancellationToken.None);
                await files.WriteAsync("floor.tmp", [record.AsMemory()], CancellationToken.None);
                await files.FlushAsync("floor.tmp", CancellationToken.None);
                await files.RenameAsync("floor.tmp", "floor", CancellationToken.None);
                await files.FlushDirectoryAsync("", CancellationToken.None);
            }
        }));
        var flushes = Math.Max(1, FlushesPerRound * rounds);
        return (elapsed.Elapsed.TotalMilliseconds / flushes, (MeasuredProcess.OwnCpuSeconds - cpu) * 1e6 / flushes);
    }
}
