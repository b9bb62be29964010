// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace Heliograph.Scale.Tree;

/// <summary>What this machine's disk needs for one flush while many files are being flushed: on one machine, all clients of a tree share it.</summary>
internal static class FlushProbe
{
    private const int Writers = 20, RecordBytes = 1_024;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);

    /// <summary>Milliseconds for a flush: time, divided by the flushes that all writers did together.</summary>
    public static double Milliseconds(string directory)
    {
        Directory.CreateDirectory(directory);
        var (flushes, elapsed) = (0L, Stopwatch.StartNew());
        var writers = Enumerable.Range(0, Writers).Select(writer => new Thread(() =>
        {
            using var file = new FileStream(Path.Combine(directory, $"probe-{writer}"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            for (var record = new byte[RecordBytes]; elapsed.Elapsed < Length; Interlocked.Increment(ref flushes))
            {
                file.Write(record);
                file.Flush(flushToDisk: true);
            }
        })).ToList();
        foreach (var writer in writers) writer.Start();
        foreach (var writer in writers) writer.Join();
        var milliseconds = elapsed.Elapsed.TotalMilliseconds / Math.Max(1, flushes);
        Directory.Delete(directory, recursive: true);
        return milliseconds;
    }
}
