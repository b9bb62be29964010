// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Platform;

/// <summary>Which boot of the host this is, where the platform says so: a power cut says nothing about a revision.</summary>
public static class HostBoot
{
    private const string LinuxBootId = "/proc/sys/kernel/random/boot_id";

    /// <summary>An identifier that is another after each boot; empty if it is not known.</summary>
    public static string Read()
    {
        try
        {
            return File.Exists(LinuxBootId) ? File.ReadAllText(LinuxBootId).Trim() : "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ""; // then every unclean end counts, which errs on the safe side
        }
    }
}
