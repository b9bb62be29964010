// SPDX-License-Identifier: Apache-2.0
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Heliograph.EndToEnd;
using Xunit;

namespace Heliograph.Cluster.Tests;

/// <summary>A log is moved to etcd and back by a command that is killed again and again; with real processes.</summary>
public sealed class MigrateTests
{
    private const string Namespace = "shop.cart";
    private const int Changes = 900;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_log_moves_to_etcd_and_back_whole_however_often_the_move_is_killed()
    {
        // Given a log of some length in a file
        await using var rig = await ClusterRig.StartAsync(members: 1);
        var (origin, data) = (rig.Origins[0], rig.PathOf("alone"));
        foreach (var running in rig.Origins) await running.StopAsync(); // only their etcd is wanted, and one's address
        string[] inFile = ["origin", "--id", "o1", "--data", data, "--listen", origin.Api.BaseAddress!.GetLeftPart(UriPartial.Authority), "--heartbeat", "1s", "-o", "json"];
        string[] etcd = ["--etcd", rig.Etcd[0].Address.GetLeftPart(UriPartial.Authority), "--allow-unsupported-etcd"];
        string[] inEtcd = [.. inFile, .. etcd, "--advertise", origin.Api.BaseAddress!.GetLeftPart(UriPartial.Authority)];
        List<(string Revision, string RequestId, string Hash)> history;
        await using (var alone = await StartAsync(inFile))
        {
            origin.Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(Path.Combine(data, "admin.token"), Cancel)).Trim());
            await origin.CreateAsync(Namespace);
            await Parallel.ForEachAsync(Enumerable.Range(0, Changes), new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancel },
                async (i, _) => Assert.Equal(200, (await origin.PutAsync(Namespace, $"key-{i % 50}", $"value-{i}", $"before-{i}")).Status));
            history = await origin.HistoryAsync(Namespace);
            await StopAsync(alone);
        }

        // When it is moved by a command that is killed at ever later times
        string[] toEtcd = ["migrate", "--data", data, "--to", "etcd", .. etcd], toFile = ["migrate", "--data", data, "--to", "sqlite", .. etcd];
        await KillRepeatedlyAsync(toEtcd);
        await rig.HelioAsync(0, toEtcd);
        await rig.HelioAsync(0, toEtcd); // and once more: it is done already

        // Then the origin goes on over etcd with the same history, and the file is refused
        Assert.Contains("moved to etcd", await RefusedAsync(inFile), StringComparison.Ordinal);
        var over = await StartAsync(inEtcd);
        Assert.Equal(history, await origin.HistoryAsync(Namespace));
        Assert.Equal(200, (await origin.PutAsync(Namespace, "over", "etcd", "over-etcd")).Status);
        Assert.Equal(200, (await origin.PutAsync(Namespace, "key-1", "value-1", "before-1")).Status); // the same request, long ago: no second effect
        Assert.Equal(history.Count + 1, (history = await origin.HistoryAsync(Namespace)).Count);

        // When it is moved back while the origin still runs
        await KillRepeatedlyAsync(toFile);
        await rig.HelioAsync(0, toFile);

        // Then that origin writes nothing any more and ends, and the file has everything
        var (status, _, _) = await origin.PutAsync(Namespace, "too", "late", "too-late");
        Assert.NotInRange(status, 200, 299);
        Assert.Equal(1, (await over.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).Code);
        await over.DisposeAsync();
        Assert.Contains("not moved to etcd", await RefusedAsync(inEtcd), StringComparison.Ordinal);
        await using var back = await StartAsync(inFile);
        Assert.Equal(history, await origin.HistoryAsync(Namespace));
        Assert.Equal(200, (await origin.PutAsync(Namespace, "back", "again", "back-again")).Status);
        await StopAsync(back);
    }

    private static async Task KillRepeatedlyAsync(string[] command)
    {
        for (var (delay, hasEnded) = (250, false); !hasEnded && delay < 4_000; delay += 150)
        {
            await using var move = HelioProcess.Start("Heliograph.Cli", "helio", command);
            await Task.Delay(delay, Cancel);
            hasEnded = !move.IsRunning;
            if (!hasEnded) await move.SignalAsync("KILL");
        }
    }

    private static async Task<HelioProcess> StartAsync(string[] arguments)
    {
        var process = HelioProcess.Start("Heliograph.Cli", "helio", arguments);
        if (await process.ReadLineAsync(Cancel) is null) Assert.Fail((await process.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).Errors);
        return process;
    }

    private static async Task StopAsync(HelioProcess process)
    {
        await process.SignalAsync("TERM");
        Assert.Equal(0, (await process.WaitAsync(TimeSpan.FromSeconds(60), Cancel)).Code);
    }

    private static async Task<string> RefusedAsync(string[] arguments)
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", arguments);
        var (code, output, errors) = await helio.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.NotEqual(0, code);
        return output + errors;
    }
}
