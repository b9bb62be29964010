// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace Heliograph.Platform;

/// <summary>Sends signals to processes of this host. Unix only.</summary>
public static partial class ProcessSignals
{
    /// <summary>Ask to end.</summary>
    public const int Terminate = 15;

    /// <summary>End at once.</summary>
    public const int Kill = 9;

    /// <summary>Sends a signal.</summary>
    /// <param name="process">The process; above 0: groups and everyone are not meant.</param>
    /// <param name="signal">Its number.</param>
    /// <returns>Whether it was sent; not if there is no such process, or it is another user's.</returns>
    public static bool TrySend(int process, int signal)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(process);
        return SendNative(process, signal) == 0;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendNative(int process, int signal);
}
