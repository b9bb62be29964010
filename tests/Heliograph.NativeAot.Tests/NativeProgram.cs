// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Heliograph.EndToEnd;
using Xunit;

namespace Heliograph.NativeAot.Tests;

/// <summary>Programs of this repository, compiled to native code.</summary>
internal static class NativeProgram
{
    private static readonly SemaphoreSlim s_one = new(1); // they share the assemblies below them, and the compiler takes every processor

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Publishes a project, warnings being errors; skips where there is no native compiler, or its package is not served.</summary>
    /// <param name="folder">The project's folder, from the root of the repository.</param>
    /// <param name="program">What is made.</param>
    /// <param name="how">The property by which it is native.</param>
    public static async Task<string> PublishAsync(string folder, string program, string how)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Native publishing is tested on Linux.");
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').SelectMany(path => new[] { $"{path}/clang", $"{path}/gcc" }).Any(File.Exists), "Neither clang nor gcc is here: native code cannot be linked.");
        var repository = Environment.GetEnvironmentVariable("HELIOGRAPH_REPOSITORY") ?? Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));
        var (project, artifacts, runtime) = (Path.GetFileName(folder), Path.Combine(repository, "artifacts", "native"), RuntimeInformation.RuntimeIdentifier);
        await s_one.WaitAsync(Cancel);
        try
        {
            await using var publish = HelioProcess.Run("dotnet", ["publish", Path.Combine(repository, folder, $"{project}.csproj"), "-c", "Release", "-r", runtime, how, $"-p:ArtifactsPath={artifacts}", "--nologo", "-nodeReuse:false"]);
            var (code, output, errors) = await publish.WaitAsync(TimeSpan.FromMinutes(8), Cancel);
            Assert.SkipWhen(code != 0 && output.Contains("NU1101", StringComparison.Ordinal), "The native compiler's package (runtime.*.Microsoft.DotNet.ILCompiler) is not served here.");
            Assert.True(code == 0, $"{output}{errors}");
            Assert.DoesNotContain("warning", output, StringComparison.OrdinalIgnoreCase);
        }
        finally
        {
            s_one.Release();
        }
        return Path.Combine(artifacts, "publish", project, $"release_{runtime}", program);
    }

    /// <summary>Memory of a process that is in use now.</summary>
    public static string ResidentKiB(int process) => File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
}
