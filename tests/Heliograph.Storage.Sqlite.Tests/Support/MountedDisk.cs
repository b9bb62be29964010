// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace Heliograph.Storage.Sqlite.Tests.Support;

/// <summary>A small disk in memory that may be full or read-only. Needs root on Linux; elsewhere the test is skipped and says so.</summary>
internal sealed class MountedDisk : IDisposable
{
    private readonly ScratchDirectory _directory = new();

    public MountedDisk(string size)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Mounting a disk needs root on Linux.");
        if (Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", Path)) return;
        _directory.Dispose();
        Assert.Skip("This machine does not let root mount a tmpfs.");
    }

    public string Path => _directory.Path;

    public string File(string name) => _directory.File(name);

    public void MakeReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", Path));

    public void Resize(string size) => Assert.True(Run("mount", "-o", $"remount,size={size}", Path));

    public void Dispose()
    {
        Run("umount", Path);
        _directory.Dispose();
    }

    private static bool Run(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(command, arguments);
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false; // there is no such command
        }
    }
}
