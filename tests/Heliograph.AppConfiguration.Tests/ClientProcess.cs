// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>Programs of other languages, run to their end.</summary>
internal static class ClientProcess
{
    /// <summary>Where the clients' own tests are.</summary>
    public static string Directory
    {
        get
        {
            for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
                if (File.Exists(Path.Combine(directory.FullName, "Heliograph.slnx"))) return Path.Combine(directory.FullName, "tests", "AppConfigurationClients");
            throw new InvalidOperationException("The repository was not found above the test program.");
        }
    }

    private static readonly SemaphoreSlim s_installing = new(1, 1);

    /// <summary>Skips the test where node is not, or its packages cannot be had; installs them if they are not those of the lock file.</summary>
    public static async Task RequireNodeAsync()
    {
        if (await RunAsync("node", ["--version"]) is not { Code: 0 }) Assert.Skip("node is not installed here.");
        await s_installing.WaitAsync(RunningFace.Cancel);
        try
        {
            var (asked, there) = (Path.Combine(Directory, "package-lock.json"), Path.Combine(Directory, "node_modules", ".package-lock.json"));
            if (File.Exists(there) && File.GetLastWriteTimeUtc(asked) <= File.GetLastWriteTimeUtc(there)) return;
            var installed = await RunAsync("npm", ["ci", "--no-audit", "--no-fund"]);
            if (installed.Code != 0) Assert.Skip($"The npm packages could not be installed: {installed.Output[..Math.Min(300, installed.Output.Length)]}");
        }
        finally
        {
            s_installing.Release();
        }
    }

    /// <summary>Runs a program in <see cref="Directory"/>; the code is 127 if it is not there.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Directory, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        try
        {
            using var process = Process.Start(start)!;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(RunningFace.Cancel);
            limit.CancelAfter(TimeSpan.FromMinutes(4));
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            try { await process.WaitForExitAsync(limit.Token); }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
            return (process.ExitCode, await output + await error);
        }
        catch (System.ComponentModel.Win32Exception) { return (127, $"{program} is not installed here."); }
    }
}
