// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Heliograph.Platform;

/// <summary>Core dumps of processes that hold keys: a dump is a copy of every secret in memory, for whoever reads the disk.</summary>
public static partial class CoreDumps
{
    private const int RlimitCore = 4; // Linux, on every architecture that .NET runs on

    /// <summary>Lets this process, and what it starts, write none: soft and hard limit 0. setrlimit(2).</summary>
    /// <returns><see langword="null"/>, or why it did not work.</returns>
    [SupportedOSPlatform("linux")]
    public static string? Forbid() => setrlimit(RlimitCore, default) == 0 ? null : Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    private struct Limits
    {
        public nuint Soft, Hard;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, in Limits limits);
}
