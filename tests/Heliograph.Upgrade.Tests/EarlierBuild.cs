// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.EndToEnd;
using Xunit;

namespace Heliograph.Upgrade.Tests;

/// <summary>The program as it was when the issue before was closed: built once of its commit, kept under artifacts.</summary>
internal static class EarlierBuild
{
    /// <summary>Its tag. A clone that has the commit but no tags knows it by its hash.</summary>
    private const string Tag = "issue-4-close", Commit = "1f3ac7386ba1d7d6ae63e73cfa9e80c3b7d8d126";

    private static readonly TimeSpan BuildMax = TimeSpan.FromMinutes(6);

    private static readonly SemaphoreSlim One = new(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Where it is; skips the test in a clone without that commit.</summary>
    public static async Task<string> HelioAsync()
    {
        var repository = Environment.GetEnvironmentVariable("HELIOGRAPH_REPOSITORY") ?? Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));
        var commit = await CommitAsync(repository, Tag) ?? await CommitAsync(repository, Commit);
        Assert.SkipWhen(commit is null, $"This clone holds neither the tag {Tag} nor its commit (a shallow clone?): there is no earlier build to upgrade from.");
        await One.WaitAsync(Cancel);
        try
        {
            var folder = Path.Combine(repository, "artifacts", "earlier", commit![..12]);
            var (program, done) = (Path.Combine(folder, "artifacts", "bin", "Heliograph.Cli", "debug", "helio"), Path.Combine(folder, "built"));
            if (File.Exists(done) && File.Exists(program)) return program;
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            Directory.CreateDirectory(folder);
            await RunAsync("bash", "-c", $"set -o pipefail; git -C '{repository}' archive {commit} | tar -x -C '{folder}'");
            await RunAsync("dotnet", "build", Path.Combine(folder, "src", "Heliograph.Cli"), "-v", "quiet", "--nologo", "-nodeReuse:false", "-p:RunAnalyzers=false", "-p:NuGetAudit=false", "-p:SourceRevisionId=0");
            await File.WriteAllTextAsync(done, commit, Cancel);
            return program;
        }
        finally
        {
            One.Release();
        }
    }

    private static async Task<string?> CommitAsync(string repository, string name)
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["-C", repository, "rev-parse", "--quiet", "--verify", $"{name}^{{commit}}"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var commit = (await git.StandardOutput.ReadToEndAsync(Cancel)).Trim();
        await git.WaitForExitAsync(Cancel);
        return git.ExitCode == 0 ? commit : null;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        await using var process = HelioProcess.Run(program, arguments);
        var (code, output, errors) = await process.WaitAsync(BuildMax, Cancel);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)}: {output}{errors}");
    }
}
