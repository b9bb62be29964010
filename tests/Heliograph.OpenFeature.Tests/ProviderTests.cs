// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Text.Json.Nodes;
using Heliograph.Hosting.Listening;

namespace Heliograph.OpenFeature.Tests;

/// <summary>The published providers, unmodified: OFREP for servers and for the web, flagd in the process.</summary>
[Collection(nameof(NodeClients))]
public sealed class ProviderTests(NodeClients clients)
{
    [Fact]
    public async Task The_published_providers_evaluate_and_hear_of_changes()
    {
        clients.Require();
        await using var flags = await RunningFlags.StartAsync();
        await flags.SetAsync("""{"id":"first","enabled":true}"""); // the agent follows
        var grpc = flags.Flags.Endpoints.Of(ListenProtocol.Grpc).Address!;

        using var node = Process.Start(new ProcessStartInfo("node", ["providers.js", flags.Http.BaseAddress!.ToString().TrimEnd('/'), "127.0.0.1", $"{grpc.Port}"]) { WorkingDirectory = clients.Directory, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = node.StandardError.ReadToEndAsync(RunningFlags.Cancel);
        JsonNode? result = null;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(RunningFlags.Cancel);
            limit.CancelAfter(TimeSpan.FromMinutes(2));
            while (await node.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                if (!line.StartsWith('{')) continue; // what the packages say
                var said = JsonNode.Parse(line)!;
                if (said["set"] is { } flag)
                {
                    await flags.WriteAsync(flag.ToJsonString());
                    await flags.UntilServedAsync((string)flag["id"]!);
                    await node.StandardInput.WriteLineAsync("done");
                    await node.StandardInput.FlushAsync(limit.Token);
                }
                else result = said;
            }
        }
        finally
        {
            if (!node.HasExited) node.Kill(entireProcessTree: true);
        }

        Assert.True(result is not null, await errors);
        Assert.Equal(22, (int)result["passed"]!);
        TestContext.Current.SendDiagnosticMessage("from the commit to the provider, ms: {0}", result["latencies"]!.ToJsonString());
    }
}
