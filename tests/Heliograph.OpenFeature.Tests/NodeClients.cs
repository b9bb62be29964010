// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace Heliograph.OpenFeature.Tests;

/// <summary>The published packages in <c>tests/OpenFeatureClients</c>, as its lock file names them. Installed once for all tests that run them.</summary>
public sealed class NodeClients : IAsyncLifetime
{
    private static readonly string[] s_noNetwork = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH"];
    private string? _missing;

    /// <summary>Where they are.</summary>
    public string Directory { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "tests", "OpenFeatureClients"));

    public async ValueTask InitializeAsync()
    {
        if (!IsThere("node") || !IsThere("npm"))
        {
            _missing = "node and npm are not here: the published packages need Node 20.";
            return;
        }
        var start = new ProcessStartInfo("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]) { WorkingDirectory = Directory, RedirectStandardError = true, RedirectStandardOutput = true };
        using var install = Process.Start(start)!;
        var (output, errors) = (install.StandardOutput.ReadToEndAsync(), install.StandardError.ReadToEndAsync());
        await install.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(5));
        var said = await output + await errors;
        if (install.ExitCode == 0) return;
        if (!Array.Exists(s_noNetwork, code => said.Contains(code, StringComparison.Ordinal))) throw new InvalidOperationException($"npm ci in {Directory}: {said}");
        _missing = $"npm reaches no registry: {said}";
    }

    /// <summary>Skips the test where they cannot run.</summary>
    public void Require() => Assert.SkipWhen(_missing is not null, _missing ?? "");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, program)));
}

/// <summary>Tests that run the packages: one installation, one after the other.</summary>
[CollectionDefinition(nameof(NodeClients))]
public sealed class NodeClientsCollection : ICollectionFixture<NodeClients>;
