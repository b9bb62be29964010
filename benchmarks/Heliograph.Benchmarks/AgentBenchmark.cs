// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Heliograph.Client;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Benchmarks;

/// <summary>An agent as a process of its own, under the runtime and, where it was published, as native code: what it costs while nothing happens, how much it answers, and how soon it serves from last-known-good when nothing above it answers.</summary>
internal static class AgentBenchmark
{
    private const int Settings = 10_000, Starts = 5;
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(60), IdleTime = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(string directory)
    {
        var helio = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Heliograph.Cli", "release", "helio"));
        if (!File.Exists(helio)) throw new FileNotFoundException("The agent is measured as it is released: build src/Heliograph.Cli in Release, or run ./bench heart.", helio);
        var native = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "published", "helio-agent"));
        List<AgentProgram> programs = [new("agent", helio), .. File.Exists(native) ? [new AgentProgram("native agent", native)] : Array.Empty<AgentProgram>()];
        if (programs.Count == 1) Console.WriteLine("the native agent is not measured: it is not in artifacts/published");
        else Measure.Say("native agent, size on disk", $"{new FileInfo(native).Length / 1_048_576.0:F1} MiB");
        var ports = MeasuredSystem.FreePorts(3);
        var (api, sync, http) = (new Uri($"http://127.0.0.1:{ports[0]}"), $"tcp://127.0.0.1:{ports[1]}", new IPEndPoint(IPAddress.Loopback, ports[2]));
        using (var origin = new MeasuredProcess(helio, ["origin", "--realm", "bench", "--id", "o1", "--data", In("origin"), "--listen", api.OriginalString, "--listen", sync, "-o", "json"], In("origin.log")))
        {
            using var ready = JsonDocument.Parse(origin.WaitForReadyLine(Within));
            File.Copy(ready.RootElement.GetProperty("trust").GetString()!, In("trust.json"));
            using var author = new OriginApi(api, (await File.ReadAllTextAsync(ready.RootElement.GetProperty("tokenFile").GetString()!)).Trim());
            await PrepareAsync(author);
            foreach (var program in programs)
            {
                using var agent = Agent(program);
                agent.WaitForReadyLine(Within);
                await ReadAsync(program); // it has followed
                await IdleAsync(program, agent);
                await new AgentReads(http, BenchRealm.Name.Value).RunAsync(program.Name);
                if (program == programs[0]) await StartLiveAsync(program);
            }
            using var bare = new MeasuredProcess(Environment.ProcessPath!, ["read-bare", http.Port.ToString(CultureInfo.InvariantCulture)], In("bare.log"));
            bare.WaitForReadyLine(Within);
            await new AgentReads(http, BenchRealm.Name.Value).RunBareAsync();
        }
        await StartAloneAsync(programs[0]);
        foreach (var program in programs)
        {
            var (served, read) = (new List<double>(), new List<double>());
            for (var i = 0; i < Starts; i++)
            {
                var clock = Stopwatch.StartNew();
                using var agent = Agent(program);
                agent.WaitForReadyLine(Within);
                served.Add(clock.Elapsed.TotalMilliseconds);
                await ReadAsync(program);
                read.Add(clock.Elapsed.TotalMilliseconds);
            }
            Say($"{program.Name}, start to serving, {Settings} settings, no parent", served);
            Say("  and until an application has them", read);
        }

        string In(string name) => Path.Combine(directory, name);

        MeasuredProcess Agent(AgentProgram program) => new(program.Path,
            ["agent", "--id", "a1", "--data", In(program.Name.Replace(' ', '-')), "--socket", SocketOf(program), "--trust", In("trust.json"), "--parent", sync, "--listen", $"http://{http}", "--subscribe", BenchRealm.Name.Value, "-o", "json"], In("agent.log"));

        string SocketOf(AgentProgram program) => In($"{program.Name[0]}.sock");

        async Task StartLiveAsync(AgentProgram program)
        {
            var live = new List<double>();
            for (var i = 0; i < Starts; i++) live.Add(await ReadAsync(program, In("kept")));
            Say($"client, start to first value, {Settings} settings, live", live);
        }

        async Task StartAloneAsync(AgentProgram program)
        {
            var alone = new List<double>();
            for (var i = 0; i < Starts; i++) alone.Add(await ReadAsync(program, In("kept")));
            Say("  and from its own last-known-good, no agent", alone);
        }

        async Task<double> ReadAsync(AgentProgram program, string? kept = null)
        {
            var options = new HeliographClientOptions { AllowSingleParent = true, TrustFile = In("trust.json"), StartupWait = Within };
            options.Parents.Add($"unix://{SocketOf(program)}");
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

    private static async Task IdleAsync(AgentProgram program, MeasuredProcess agent)
    {
        await Task.Delay(TimeSpan.FromSeconds(5)); // compiled, collected
        var (cpu, clock) = (agent.CpuSeconds, Stopwatch.StartNew());
        await Task.Delay(IdleTime);
        Measure.Say($"{program.Name}, idle with {Settings} settings", $"{agent.ResidentKib / 1_024.0:F1} MiB resident, {(agent.CpuSeconds - cpu) / clock.Elapsed.TotalSeconds * 100:F2} % of a core");
    }

    /// <summary>How an agent is called here, and the program that it is.</summary>
    private sealed record AgentProgram(string Name, string Path);

    private static void Say(string what, List<double> milliseconds)
    {
        milliseconds.Sort();
        Measure.Say(what, $"{milliseconds[0]:F0} / {milliseconds[Starts / 2]:F0} / {milliseconds[^1]:F0} ms");
    }
}
