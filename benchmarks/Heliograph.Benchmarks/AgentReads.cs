// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using Heliograph.Benchmarks.AppConfiguration;

namespace Heliograph.Benchmarks;

/// <summary>How many reads over loopback HTTP an agent answers: values, settings, and who has them already.</summary>
internal sealed class AgentReads(IPEndPoint agent, string name)
{
    private const int Connections = 16, Keys = 256;
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(3);

    public async Task RunAsync(string program)
    {
        var load = new HttpLoad(agent, Connections);
        var answer = await load.AskAsync(Request("setting", BenchRealm.Key(0).Key));
        var tag = answer.Split('\n').First(line => line.StartsWith("ETag: ", StringComparison.OrdinalIgnoreCase))[6..].Trim();
        await MeasureAsync(load, program, "value", 200, null);
        await MeasureAsync(load, program, "setting", 200, null);
        await MeasureAsync(load, program, "setting", 304, tag);
    }

    /// <summary>The same requests to what knows nothing and answers fixed bytes.</summary>
    public Task RunBareAsync() => MeasureAsync(new HttpLoad(agent, Connections), "bare Kestrel", "value", 200, null);

    private async Task MeasureAsync(HttpLoad load, string program, string what, int status, string? known)
    {
        var requests = Enumerable.Range(0, Keys).Select(index => Request(what, BenchRealm.Key(known is null ? index : 0).Key, known)).ToArray();
        await load.RunAsync((connection, count) => requests[(connection + count) % Keys], status, TimeSpan.FromSeconds(1)); // warm
        var result = await load.RunAsync((connection, count) => requests[(connection + count) % Keys], status, s_time);
        Measure.Say($"{program}, GET {what}, {status}, {Connections} connections", $"{result.PerSecond:F0} a second, p50 {result.P50Ms:F2} ms, p99 {result.P99Ms:F2} ms");
    }

    private byte[] Request(string what, string key, string? known = null) =>
        Encoding.ASCII.GetBytes($"GET /api/v1/namespaces/{name}/{what}?key={Uri.EscapeDataString(key)} HTTP/1.1\r\nHost: {agent}\r\n{(known is null ? "" : $"If-None-Match: {known}\r\n")}\r\n");
}
