// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>The follower in <c>samples/node-follower</c>, with the packages that its lock file names. Installed once for all tests that run it.</summary>
public sealed class NodeSample : IAsyncLifetime
{
    private static readonly string[] NoNetwork = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH"];

    private readonly string _directory = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "samples", "node-follower"));
    private string? _missing;

    public async ValueTask InitializeAsync()
    {
        if (!IsThere("node") || !IsThere("npm"))
        {
            _missing = "node and npm are not here: the sample needs Node 20.";
            return;
        }
        var start = new ProcessStartInfo("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]) { WorkingDirectory = _directory, RedirectStandardError = true, RedirectStandardOutput = true };
        using var install = Process.Start(start)!;
        var (output, errors) = (install.StandardOutput.ReadToEndAsync(), install.StandardError.ReadToEndAsync());
        await install.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(5));
        var said = await output + await errors;
        if (install.ExitCode == 0) return;
        if (!Array.Exists(NoNetwork, code => said.Contains(code, StringComparison.Ordinal))) throw new InvalidOperationException($"npm ci in {_directory}: {said}");
        _missing = $"npm reaches no registry: {said}";
    }

    /// <summary>Starts it; skips the test where it cannot run.</summary>
    internal HelioProcess Run(params string[] arguments)
    {
        Require();
        return HelioProcess.Run("node", [Path.Combine(_directory, "follow.mjs"), "--namespace", "demo", .. arguments]);
    }

    /// <summary>Skips the test where the sample cannot run.</summary>
    public void Require() => Assert.SkipWhen(_missing is not null, _missing ?? "");

    private static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, program)));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
