// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Heliograph.Client;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Benchmarks;

/// <summary>An agent as a process of its own: what it costs while nothing happens, and how soon it serves from last-known-good when nothing above it answers.</summary>
internal static class AgentBenchmark
{
    private const int Settings = 10_000, Starts = 5;
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(60), IdleTime = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(string directory)
    {
        var helio = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Heliograph.Cli", "release", "helio"));
        if (!File.Exists(helio)) throw new FileNotFoundException("The agent is measured as it is released: build src/Heliograph.Cli in Release, or run ./bench heart.", helio);
        var ports = MeasuredSystem.FreePorts(3);
        var (api, sync, http) = (new Uri($"http://127.0.0.1:{ports[0]}"), $"tcp://127.0.0.1:{ports[1]}", new IPEndPoint(IPAddress.Loopback, ports[2]));
        using (var origin = new MeasuredProcess(helio, ["origin", "--realm", "bench", "--id", "o1", "--data", In("origin"), "--listen", api.OriginalString, "--listen", sync, "-o", "json"], In("origin.log")))
        {
            using var ready = JsonDocument.Parse(origin.WaitForReadyLine(Within));
            File.Copy(ready.RootElement.GetProperty("trust").GetString()!, In("trust.json"));
            using var author = new OriginApi(api, (await File.ReadAllTextAsync(ready.RootElement.GetProperty("tokenFile").GetString()!)).Trim());
            await PrepareAsync(author);
            using var agent = Agent();
            agent.WaitForReadyLine(Within);
            await ReadAsync(); // it has followed
            await IdleAsync(agent);
            await new AgentReads(http, BenchRealm.Name.Value).RunAsync();
            await StartLiveAsync();
        }
        await StartAloneAsync();
        var (served, read) = (new List<double>(), new List<double>());
        for (var i = 0; i < Starts; i++)
        {
            var clock = Stopwatch.StartNew();
            using var agent = Agent();
            agent.WaitForReadyLine(Within);
            served.Add(clock.Elapsed.TotalMilliseconds);
            await ReadAsync();
            read.Add(clock.Elapsed.TotalMilliseconds);
        }
        Say($"agent, start to serving, {Settings} settings, no parent", served);
        Say("  and until an application has them", read);

        string In(string name) => Path.Combine(directory, name);

        MeasuredProcess Agent() => new(helio,
            ["agent", "--id", "a1", "--data", In("agent"), "--socket", In("a.sock"), "--trust", In("trust.json"), "--parent", sync, "--listen", $"http://{http}", "--subscribe", BenchRealm.Name.Value, "-o", "json"], In("agent.log"));

        async Task StartLiveAsync()
        {
            var live = new List<double>();
            for (var i = 0; i < Starts; i++) live.Add(await ReadAsync(In("kept")));
            Say($"client, start to first value, {Settings} settings, live", live);
        }

        async Task StartAloneAsync()
        {
            var alone = new List<double>();
            for (var i = 0; i < Starts; i++) alone.Add(await ReadAsync(In("kept")));
            Say("  and from its own last-known-good, no agent", alone);
        }

        async Task<double> ReadAsync(string? kept = null)
        {
            var options = new HeliographClientOptions { AllowSingleParent = true, TrustFile = In("trust.json"), StartupWait = Within };
            options.Parents.Add($"unix://{In("a.sock")}");
            options.Namespaces.Add(BenchRealm.Name);
            (options.Instance.Id, options.Instance.Service) = ("bench-1", "bench");
            options.LastKnownGoodDirectory = kept;
            var clock = Stopwatch.StartNew();
            await using var client = await HeliographClient.ConnectAsync(options);
            var count = client.GetNamespace(BenchRealm.Name)?.Count;
            if (count != Settings) throw new InvalidOperationException($"The agent served {count} settings, not {Settings}.");
            return clock.Elapsed.TotalMilliseconds;
        }
    }

    private static async Task PrepareAsync(OriginApi author)
    {
        await author.GrantAsync("this-machine", "local*", "*");
        await author.CreateNamespaceAsync(BenchRealm.Name.Value);
        foreach (var chunk in Enumerable.Range(0, Settings).Chunk(1_000))
            await author.PutManyAsync(BenchRealm.Name.Value, chunk.Select(index => (BenchRealm.Key(index).Key, $"value {index}, {new string('x', 100)}")));
    }

    private static async Task IdleAsync(MeasuredProcess agent)
    {
        await Task.Delay(TimeSpan.FromSeconds(5)); // compiled, collected
        var (cpu, clock) = (agent.CpuSeconds, Stopwatch.StartNew());
        await Task.Delay(IdleTime);
        Measure.Say($"agent, idle with {Settings} settings", $"{agent.ResidentKib / 1_024.0:F1} MiB resident, {(agent.CpuSeconds - cpu) / clock.Elapsed.TotalSeconds * 100:F2} % of a core");
    }

    private static void Say(string what, List<double> milliseconds)
    {
        milliseconds.Sort();
        Measure.Say(what, $"{milliseconds[0]:F0} / {milliseconds[Starts / 2]:F0} / {milliseconds[^1]:F0} ms");
    }
}
