// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Chaos.Faults;

/// <summary>A process's own wall clock, by libfaketime: stepped by writing a file. The monotonic clock goes on.</summary>
internal static class SteppedClock
{
    private static readonly string? s_library = new[] { "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1" }.FirstOrDefault(File.Exists);

    public static string? Missing => s_library is null ? "libfaketime (Debian package faketime)" : null;

    /// <summary>What the process must be started with.</summary>
    /// <remarks>Without <c>FORCE_MONOTONIC_FIX=0</c>, libfaketime takes a wait of the monotonic clock, which it is told to leave alone, for one of the other: it ends at once, and the runtime's timer, finalizer and server threads spin.</remarks>
    public static IReadOnlyDictionary<string, string> Of(string file)
    {
        if (!File.Exists(file)) Set(file, "+0");
        return new Dictionary<string, string> { ["LD_PRELOAD"] = s_library!, ["FAKETIME_TIMESTAMP_FILE"] = file, ["FAKETIME_CACHE_DURATION"] = "1", ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1", ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0" };
    }

    /// <summary>From within a second on its clock is that much off.</summary>
    public static void Set(string file, string offset)
    {
        File.WriteAllText(file + ".new", offset + "\n");
        File.Move(file + ".new", file, overwrite: true); // it never reads half of it
    }
}
