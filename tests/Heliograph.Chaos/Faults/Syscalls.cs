// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using Heliograph.EndToEnd;

namespace Heliograph.Chaos.Faults;

/// <summary>Lets the n-th flush of a running process go wrong, by strace.</summary>
internal static class Syscalls
{
    public static string? Missing { get; } = !OperatingSystem.IsLinux() ? "Linux, whose strace injects faults" : !Shell.Has("strace") ? "strace (Debian package strace)" : !Shell.IsRoot ? "root, to trace a process that runs" : null;

    /// <summary>Attaches, and waits until the process has ended of it.</summary>
    /// <param name="what"><c>error=EIO</c>, <c>signal=SIGKILL</c>.</param>
    /// <param name="nth">Which flush of a thread.</param>
    /// <returns>Whether it ended.</returns>
    public static async Task<bool> InjectAsync(int process, string what, int nth, Func<bool> isRunning)
    {
        await using var strace = HelioProcess.Run("strace", "-f", "-qq", "-p", process.ToString(CultureInfo.InvariantCulture), "-e", "trace=fsync,fdatasync", "-e", string.Create(CultureInfo.InvariantCulture, $"inject=fsync,fdatasync:{what}:when={nth}"), "-o", "/dev/null");
        for (var waiting = Stopwatch.StartNew(); isRunning() && waiting.Elapsed < TimeSpan.FromSeconds(60);) await Task.Delay(50);
        if (strace.IsRunning) await strace.SignalAsync("TERM"); // it lets go of the process: killed, it would leave it stopped
        await strace.WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None);
        return !isRunning();
    }
}
