// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Hosting.Tests;

/// <summary>A directory of its own for each test, gone afterwards. Its path is short: a unix socket's path has some 100 bytes.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("hlg-").FullName;

    public string Join(string name) => System.IO.Path.Join(Path, name);

    /// <summary>A file's mode, octal. Skips the test where files have none.</summary>
    public string Mode(string name)
    {
        if (!OperatingSystem.IsWindows()) return Convert.ToString((int)File.GetUnixFileMode(Join(name)), 8);
        Assert.Skip("Windows has no such modes.");
        return "";
    }

    /// <summary>Sets a file's mode, octal. Skips the test where files have none.</summary>
    public void SetMode(string name, string octal)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no such modes.");
        else File.SetUnixFileMode(Join(name), (UnixFileMode)Convert.ToInt32(octal, 8));
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
