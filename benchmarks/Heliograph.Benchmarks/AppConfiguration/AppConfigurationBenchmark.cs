// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Text.Json;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Benchmarks.AppConfiguration;

/// <summary>
/// The App Configuration face of a released origin and agent beside a bare Kestrel endpoint that checks the same signatures: the same requests, in turns, in one run. Each load
/// lasts three seconds of warming, once, and the time given, at most three times; on a machine that does other things the ratios say more than the figures.
/// </summary>
internal static class AppConfigurationBenchmark
{
    private const string Store = "bench.store";
    private const int Settings = 250, Connections = 32, Writers = 16;
    private static readonly TimeSpan s_within = TimeSpan.FromSeconds(60), s_warm = TimeSpan.FromSeconds(3);

    /// <summary>The work that can be asked for.</summary>
    public static readonly string[] Works = ["304", "one", "list", "put"];

    public static async Task RunAsync(string directory, IReadOnlyList<string> works, TimeSpan time, int pairs)
    {
        var helio = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Heliograph.Cli", "release", "helio"));
        if (!File.Exists(helio)) throw new FileNotFoundException("The face is measured as it is released: build src/Heliograph.Cli in Release, or run ./bench azure.", helio);
        var ports = MeasuredSystem.FreePorts(4);
        var api = new Uri($"http://127.0.0.1:{ports[0]}");
        string In(string name) => Path.Combine(directory, name);
        using var origin = new MeasuredProcess(helio, ["origin", "--realm", "bench", "--id", "o1", "--data", In("origin"), "--listen", api.OriginalString, "--listen", $"unix://{In("o.sock")}", "--app-configuration-listen", $"http://127.0.0.1:{ports[1]}", "-o", "json"], In("origin.log"));
        using var ready = JsonDocument.Parse(origin.WaitForReadyLine(s_within));
        using var author = new OriginApi(api, (await File.ReadAllTextAsync(ready.RootElement.GetProperty("tokenFile").GetString()!)).Trim());
        await author.GrantAsync("this-user", "local:uid=*", "*");
        await author.CreateNamespaceAsync(Store);
        await author.PutManyAsync(Store, Enumerable.Range(0, Settings).Select(index => ($"app/{index:000}", $"value {index}, {new string('x', 40)}")));
        var (writing, reading) = (await author.CreateAccessKeyAsync(Store, "write"), await author.CreateAccessKeyAsync(Store, "read"));
        using var agent = new MeasuredProcess(helio, ["agent", "--id", "a1", "--data", In("agent"), "--socket", In("a.sock"), "--trust", ready.RootElement.GetProperty("trust").GetString()!, "--parent", $"unix://{In("o.sock")}", "--subscribe", Store, "--app-configuration-listen", $"http://127.0.0.1:{ports[2]}", "-o", "json"], In("agent.log"));
        agent.WaitForReadyLine(s_within);
        using var bare = new MeasuredProcess(Environment.ProcessPath!, ["azure-bare", ports[3].ToString(CultureInfo.InvariantCulture), writing.Id, writing.Secret], In("bare.log"));
        bare.WaitForReadyLine(s_within);
        Target[] targets = [new("bare Kestrel, signature checked", bare, ports[3], writing), new("origin", origin, ports[1], writing), new("agent", agent, ports[2], reading)];
        foreach (var work in works) await CompareAsync(work, work == "put" ? [targets[1]] : targets, time, pairs);
    }

    private static async Task CompareAsync(string work, Target[] targets, TimeSpan time, int pairs)
    {
        var results = targets.ToDictionary(target => target, _ => new List<(LoadResult Load, double CpuMicros)>());
        for (var pair = 0; pair < pairs; pair++)
        {
            foreach (var target in targets)
            {
                var (next, status) = await RequestsAsync(target, work);
                var load = new HttpLoad(target.Address, work == "put" ? Writers : Connections);
                if (pair == 0) await load.RunAsync(next, status, s_warm);
                var cpu = target.Process.CpuSeconds;
                var result = await load.RunAsync(next, status, time);
                results[target].Add((result, (target.Process.CpuSeconds - cpu) / result.Requests * 1e6));
            }
        }
        var bare = results[targets[0]];
        foreach (var target in targets)
        {
            var own = results[target];
            var (rate, micros) = (Percentiles.Median(own.Select(one => one.Load.PerSecond)), Percentiles.Median(own.Select(one => one.CpuMicros)));
            var ratio = target == targets[0] ? "" : $", {Ratio(own, bare, one => one.Load.PerSecond)} of the bare endpoint's rate, {Ratio(own, bare, one => one.CpuMicros)} of its CPU";
            Measure.Say($"{work}: {target.Name}", $"{rate:F0}/s, {micros:F1} µs CPU each, p99 {Percentiles.Median(own.Select(one => one.Load.P99Ms)):F2} ms{ratio}");
        }
        foreach (var target in targets)
        {
            var (next, status) = await RequestsAsync(target, work);
            var half = Percentiles.Median(results[target].Select(one => one.Load.PerSecond)) / 2;
            var paced = await new HttpLoad(target.Address, work == "put" ? Writers : Connections).RunAsync(next, status, time, half);
            Measure.Say($"  at half that load: {target.Name}", $"{paced.PerSecond:F0}/s, p50 {paced.P50Ms:F2} ms, p99 {paced.P99Ms:F2} ms");
        }
    }

    /// <summary>Ratios of neighbouring runs: their median, and the least and the most.</summary>
    private static string Ratio(List<(LoadResult Load, double CpuMicros)> own, List<(LoadResult Load, double CpuMicros)> bare, Func<(LoadResult Load, double CpuMicros), double> figure)
    {
        double[] ratios = [.. own.Zip(bare, (mine, its) => figure(mine) / figure(its)).Order()];
        return string.Create(CultureInfo.InvariantCulture, $"{ratios[ratios.Length / 2]:F2} ({ratios[0]:F2} to {ratios[^1]:F2})");
    }

    private static async Task<(Func<int, int, byte[]> Next, int Status)> RequestsAsync(Target target, string work)
    {
        const string List = "/kv?api-version=2026-04-01&key=app%2F*", One = "/kv/app%2F007?api-version=2026-04-01";
        var signed = new SignedBytes($"127.0.0.1:{target.Address.Port}", target.Key.Id, Convert.FromBase64String(target.Key.Secret));
        switch (work)
        {
            case "304":
                var first = await new HttpLoad(target.Address, 1).AskAsync(signed.Of("GET", List));
                var etag = first.Split("\r\n").FirstOrDefault(line => line.StartsWith("ETag: ", StringComparison.Ordinal))?[6..] ?? BareEndpoint.ETag;
                var conditional = signed.Of("GET", List, ifNoneMatch: etag);
                return ((_, _) => conditional, 304);
            case "put":
                return ((connection, count) => signed.Of("PUT", $"/kv/put%2F{connection}?api-version=2026-04-01", body: $"{{\"value\":\"{count} {Guid.NewGuid()}\"}}"), 200);
            default:
                var plain = signed.Of("GET", work == "one" ? One : List);
                return ((_, _) => plain, 200);
        }
    }

    private sealed record Target(string Name, MeasuredProcess Process, int Port, (string Id, string Secret) Key)
    {
        public IPEndPoint Address { get; } = new(IPAddress.Loopback, Port);
    }
}
