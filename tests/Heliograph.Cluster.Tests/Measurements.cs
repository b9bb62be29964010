// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Google.Protobuf;
using Grpc.Net.Client;
using Heliograph.EndToEnd;
using Heliograph.Storage.Etcd.Wire;
using Xunit;

namespace Heliograph.Cluster.Tests;

/// <summary>Figures, not judgements: run by hand on a quiet machine, in a release build, with <c>-explicit only</c>. docs/performance.md has what came out.</summary>
public sealed class Measurements(ITestOutputHelper output)
{
    private const string Namespace = "bench.writes";

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(6);
    private static readonly int[] AuthorCounts = [1, 16, 64];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Writes_per_second_on_a_file_on_three_members_of_etcd_and_on_etcd_itself()
    {
        await using var rig = await ClusterRig.StartAsync();
        var (alone, sequencer) = (rig.PathOf("alone"), await rig.SequencerAsync());
        var port = Heliograph.Storage.Etcd.Tests.Support.EtcdProcess.FreePorts(1)[0];
        await using var file = HelioProcess.Start("Heliograph.Cli", "helio", ["origin", "--data", alone, "--listen", $"http://127.0.0.1:{port}", "-o", "json"]);
        Assert.NotNull(await file.ReadLineAsync(Cancel));
        using var fileApi = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };
        fileApi.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(Path.Combine(alone, "admin.token"), Cancel)).Trim());
        foreach (var api in new[] { fileApi, sequencer.Api }) (await PostAsync(api, "/api/v1/namespaces", $$"""{"name":"{{Namespace}}"}""")).Dispose();
        using var channel = GrpcChannel.ForAddress(rig.Etcd[0].Address);
        var raw = new KV.KVClient(channel);

        foreach (var authors in AuthorCounts)
        {
            var inFile = await RateAsync(authors, (author, i) => PutAsync(fileApi, author, i));
            var atSequencer = await RateAsync(authors, (author, i) => PutAsync(sequencer.Api, author, i));
            var anywhere = await RateAsync(authors, (author, i) => PutAsync(rig.Origins[author % 3].Api, author, i));
            var onEtcd = await RateAsync(authors, async (author, i) => await raw.PutAsync(new() { Key = ByteString.CopyFromUtf8($"raw/{author}"), Value = ByteString.CopyFrom(new byte[256]) }, cancellationToken: Cancel));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{authors,3} authors: file {inFile:N0}/s, cluster at the sequencer {atSequencer:N0}/s, cluster at all three {anywhere:N0}/s, etcd itself {onEtcd:N0} puts/s"));
        }
    }

    [Fact(Explicit = true)]
    public async Task Twenty_killed_sequencers()
    {
        await using var rig = await ClusterRig.StartAsync();
        await rig.Origins[0].CreateAsync(Namespace);
        var (elected, written) = (new List<double>(), new List<double>());
        for (var round = 0; round < 20; round++)
        {
            var sequencer = await rig.SequencerAsync();
            await Task.Delay(137 * (round % 8), Cancel); // at any time between two renewals
            var survivor = rig.Origins.First(origin => origin != sequencer);
            var began = Stopwatch.GetTimestamp();
            await sequencer.KillAsync();
            var write = survivor.PutAsync(Namespace, "marker", $"{round}", $"round-{round}"); // it waits at the survivor
            await rig.SequencerAsync(butNot: sequencer);
            elected.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            Assert.Equal(200, (await write).Status);
            written.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            await sequencer.StartAsync();
        }
        Report("another origin orders changes", elected);
        Report("a change that waited is acknowledged", written);
    }

    [Fact(Explicit = true)]
    public async Task Ten_hand_overs()
    {
        await using var rig = await ClusterRig.StartAsync();
        await rig.Origins[0].CreateAsync(Namespace);
        var (elected, written) = (new List<double>(), new List<double>());
        for (var round = 0; round < 10; round++)
        {
            var sequencer = await rig.SequencerAsync();
            await Task.Delay(137 * (round % 8), Cancel); // at any time between two renewals
            var survivor = rig.Origins.First(origin => origin != sequencer);
            var began = Stopwatch.GetTimestamp();
            var stopping = sequencer.StopAsync();
            await rig.SequencerAsync(butNot: sequencer);
            elected.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            Assert.Equal(200, (await survivor.PutAsync(Namespace, "marker", $"{round}", $"hand-over-{round}")).Status);
            written.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            await stopping;
            await sequencer.StartAsync();
        }
        Report("another origin orders changes after SIGTERM", elected);
        Report("a change is acknowledged after SIGTERM", written);
    }

    [Fact(Explicit = true)]
    public async Task An_idle_cluster()
    {
        await using var rig = await ClusterRig.StartAsync();
        await Task.Delay(15_000, Cancel);
        var processes = rig.Etcd.Select(member => (member.Name, member.Id)).Concat(rig.Origins.Select(origin => (origin.Id, origin.ProcessId))).Select(it => (it.Item1, Process: Process.GetProcessById(it.Item2))).ToList();
        var before = processes.ConvertAll(it => it.Process.TotalProcessorTime);
        var began = Stopwatch.GetTimestamp();
        await Task.Delay(30_000, Cancel);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        for (var i = 0; i < processes.Count; i++)
        {
            processes[i].Process.Refresh();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{processes[i].Item1}: {(processes[i].Process.TotalProcessorTime - before[i]).TotalSeconds / seconds * 100:F1} % of a core, {processes[i].Process.WorkingSet64 >> 20} MiB resident"));
            processes[i].Process.Dispose();
        }
    }

    private void Report(string what, List<double> milliseconds)
    {
        milliseconds.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: min {milliseconds[0]:F0} ms, median {milliseconds[milliseconds.Count / 2]:F0} ms, max {milliseconds[^1]:F0} ms of {milliseconds.Count}"));
    }

    private static async Task<double> RateAsync(int authors, Func<int, int, Task> write)
    {
        for (var i = 0; i < 20; i++) await write(0, -i); // warm
        var (done, clock) = (0, Stopwatch.StartNew());
        await Task.WhenAll(Enumerable.Range(0, authors).Select(author => Task.Run(
            async () =>
            {
                for (var i = 0; clock.Elapsed < Duration; i++)
                {
                    await write(author, i);
                    Interlocked.Increment(ref done);
                }
            },
            Cancel)));
        return done / clock.Elapsed.TotalSeconds;
    }

    private static async Task PutAsync(HttpClient api, int author, int i)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri($"/api/v1/namespaces/{Namespace}/setting?key=author-{author}", UriKind.Relative))
        {
            Content = new StringContent($$"""{"value":"{{i}} {{Stopwatch.GetTimestamp()}}"}""", System.Text.Encoding.UTF8, "application/json"),
        };
        using var response = await api.SendAsync(request, Cancel);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}");
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient api, string path, string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var response = await api.PostAsync(new Uri(path, UriKind.Relative), content, Cancel);
        Assert.True(response.IsSuccessStatusCode);
        return response;
    }
}
