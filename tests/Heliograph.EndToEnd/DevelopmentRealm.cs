// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>A realm that <c>helio dev</c> runs, and the commands of its author.</summary>
internal sealed class DevelopmentRealm : IAsyncDisposable
{
    private readonly HelioProcess _process;
    private readonly Dictionary<string, string> _access;

    private DevelopmentRealm(HelioProcess process, JsonElement ready)
    {
        (_process, Ready) = (process, ready);
        _access = new() { ["HELIOGRAPH_SERVER"] = ready.GetProperty("api").GetString()!, ["HELIOGRAPH_TOKEN"] = ready.GetProperty("token").GetString()! };
    }

    /// <summary>What it printed when it was ready.</summary>
    public JsonElement Ready { get; }

    /// <summary>What commands need to know of it, as variables.</summary>
    public IReadOnlyDictionary<string, string> Access => _access;

    public string Trust => Ready.GetProperty("trust").GetString()!;

    /// <summary>The gRPC envelope at the origin, and at the agent.</summary>
    public string Grpc => Ready.GetProperty("grpc").GetString()!;

    public string AgentGrpc => Ready.GetProperty("agent").GetProperty("grpc").GetString()!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<DevelopmentRealm> StartAsync()
    {
        var process = HelioProcess.Start("Heliograph.Cli", "helio", ["dev", "--ephemeral", "-o", "json"]);
        try
        {
            return new(process, JsonDocument.Parse(await process.ReadLineAsync(Cancel) ?? "").RootElement);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command as the realm's administrator; it must succeed.</summary>
    public async Task<string> HelioAsync(params string[] arguments)
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", arguments, _access);
        var (code, output, errors) = await helio.WaitAsync(TimeSpan.FromSeconds(180), Cancel);
        Assert.True(code == 0, $"helio {string.Join(' ', arguments)} ended with {code}: {output}{errors}");
        return output;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.SignalAsync("TERM");
        await _process.WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None);
        await _process.DisposeAsync();
    }
}
