// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace Heliograph.Platform;

/// <summary>The user of the operating system that this process acts for.</summary>
public static partial class HostUser
{
    /// <summary>The effective user id, as the kernel tells it to the other end of a unix socket; <see langword="null"/> where there is no such thing (Windows).</summary>
    public static uint? EffectiveId => OperatingSystem.IsWindows() ? null : geteuid();

    [LibraryImport("libc")]
    private static partial uint geteuid();
}
