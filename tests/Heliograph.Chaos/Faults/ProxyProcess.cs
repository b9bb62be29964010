// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.EndToEnd;

namespace Heliograph.Chaos.Faults;

/// <summary>A <c>helio fault-proxy</c> in front of something.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private readonly HelioProcess _process;

    private ProxyProcess(HelioProcess process, string listen) => (_process, Listen) = (process, listen);

    /// <summary>Where it listens, <c>host:port</c>.</summary>
    public string Listen { get; }

    public static async Task<ProxyProcess> StartAsync(string to, int seed)
    {
        var process = HelioProcess.Start("Heliograph.Cli", "helio", ["fault-proxy", "--to", to, "--seed", $"{seed}", "-o", "json"], keepsInput: true);
        var line = await process.ReadLineAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(90)) ?? throw new InvalidOperationException("The fault proxy did not start.");
        return new(process, (string)JsonNode.Parse(line)!["listen"]!);
    }

    /// <summary>Tells it what to do, and waits until it does.</summary>
    public async Task TellAsync(params string[] lines)
    {
        foreach (var line in lines)
        {
            await _process.WriteLineAsync(line);
            _ = await _process.ReadLineAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(90)) ?? throw new InvalidOperationException("The fault proxy has ended.");
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
