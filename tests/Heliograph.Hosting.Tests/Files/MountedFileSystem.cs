// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace Heliograph.Hosting.Tests.Files;

/// <summary>A small file system in memory, so that a disk can be full or read-only without harm. Needs root on Linux.</summary>
public sealed class MountedFileSystem : IDisposable
{
    public static bool IsPossible => OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Run("mount", "--version") == 0;

    private readonly string _path;

    public MountedFileSystem(string path, string options)
    {
        Directory.CreateDirectory(path);
        _path = path;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path) == 0, "This machine does not let root mount a tmpfs.");
    }

    public void MakeReadOnly() => Assert.Equal(0, Run("mount", "-o", "remount,ro", _path));

    public void Dispose() => Run("umount", _path);

    private static int Run(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1; // there is no such command
        }
    }
}
