// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Platform.Files;

namespace Heliograph.Scale.Tree;

/// <summary>What this machine's disk needs for one flush while many clients keep last-known-good on it: on one machine, all clients of a tree share it.</summary>
/// <remarks>The steps are those of a namespace's files: a record is appended and flushed; the floor is written, flushed and renamed, and its directory flushed.</remarks>
internal static class FlushProbe
{
    private const int Writers = 20, RecordBytes = 1_024, FlushesPerRound = 3;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);

    /// <summary>Milliseconds for a flush: time, divided by the flushes that all writers did together.</summary>
    public static async Task<double> MeasureAsync(string directory)
    {
        var (rounds, elapsed) = (0L, Stopwatch.StartNew());
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
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
        var milliseconds = elapsed.Elapsed.TotalMilliseconds / Math.Max(1, FlushesPerRound * rounds);
        Directory.Delete(directory, recursive: true);
        return milliseconds;
    }
}
