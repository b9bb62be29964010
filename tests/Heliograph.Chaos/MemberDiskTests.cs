// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Heliograph.Chaos.Faults;
using Heliograph.Cluster.Tests;
using Heliograph.Storage.Etcd.Tests.Support;
using Xunit;

namespace Heliograph.Chaos;

/// <summary>Disks of etcd's members: the files of one of them damaged at rest, and the power of all of them cut at once. Origins go on with two members, and nothing that was acknowledged is lost, changed or there twice.</summary>
public sealed class MemberDiskTests(ITestOutputHelper output)
{
    private const string Namespace = "shop.cart";
    private const int DiskMebibytes = 288; // etcd takes 64 MiB for a segment before it writes it, and another for the next

    private static readonly bool s_isNightly = Environment.GetEnvironmentVariable("HELIOGRAPH_NIGHTLY") == "1";
    private static readonly TimeSpan s_lookAtMember = TimeSpan.FromSeconds(3), s_limit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, string> _acknowledged = new(StringComparer.Ordinal);
    private int _asked;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_members_files_are_damaged_and_origins_go_on_with_two_and_nothing_is_lost()
    {
        await using var rig = await ClusterRig.StartAsync(ofMembers: ["--snapshot-count", "100"]); // so that there are files of every kind
        await rig.SequencerAsync();
        await rig.Origins[0].CreateAsync(Namespace);
        await WriteAsync(rig, 150);
        var random = new Random(1);
        var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var round = 0; round < (s_isNightly ? 3 : 1); round++)
            foreach (var (pattern, kind) in s_isNightly ? from pattern in (string[])["*.wal", "db", "*.snap"] from kind in Damage.Kinds select (pattern, kind) : [("*.wal", "bit flip"), ("db", "truncation")])
            {
                var member = rig.Etcd[random.Next(rig.Etcd.Count)];
                await LevelAsync(rig);
                member.KillNow();
                var (data, whole) = (rig.PathOf(member.Name), rig.PathOf(member.Name + ".whole"));
                await Shell.RunAsync("cp", "-a", "--sparse=always", data, whole);
                var files = Directory.EnumerateFiles(data, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
                var what = $"{member.Name}: {Damage.DoWhereUsed(files[random.Next(files.Count)], kind, random)}";

                // With the damaged member there, or gone because it noticed, everyone goes on, and an origin that starts anew does too
                member.Start();
                await Task.WhenAll(WriteAsync(rig, 30), RestartAsync(rig.Origins[random.Next(rig.Origins.Count)]));
                for (var looking = Stopwatch.StartNew(); member.IsRunning && looking.Elapsed < s_lookAtMember;) await Task.Delay(50, Cancel);
                var outcome = member.IsRunning ? "the member runs" : "the member ended";
                await WriteAsync(rig, 10);
                await JudgeAsync(rig, what);
                output.WriteLine($"{what}: {outcome}");
                outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;

                // And a member that did not run with it takes part again once its disk is as it was; one that did has promised the others what was not there before, so it is replaced
                var hasRun = member.IsRunning;
                member.KillNow();
                Directory.Delete(data, recursive: true);
                if (hasRun)
                {
                    Directory.Delete(whole, recursive: true);
                    await ReplaceAsync(rig, member);
                }
                else
                {
                    Directory.Move(whole, data);
                    member.Start();
                }
            }
        await LevelAsync(rig);
        await JudgeAsync(rig, "at the end");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"damaged files of members of etcd: {outcomes.Values.Sum()}; {string.Join(", ", outcomes.Select(it => $"{it.Key} {it.Value}"))}; {_acknowledged.Count} acknowledged changes, none lost"));
    }

    [Fact]
    public async Task The_power_of_all_members_is_cut_at_once_and_nothing_that_was_acknowledged_is_lost()
    {
        EtcdProcess.Need();
        Assert.SkipUnless(PlatterDisk.Missing is null, $"It needs {PlatterDisk.Missing}.");
        var (disks, missing) = (new List<PlatterDisk>(), (string?)null);
        await using var rig = await ClusterRig.StartAsync(before: async rig =>
        {
            rig.BeforeDelete = async () => { foreach (var disk in disks) await disk.DisposeAsync(); };
            foreach (var member in rig.Etcd)
            {
                var (disk, why) = await PlatterDisk.TryMountAsync(Directory.CreateDirectory(rig.PathOf(member.Name + ".disk")).FullName, rig.PathOf(member.Name), DiskMebibytes);
                if (disk is not null) disks.Add(disk);
                missing ??= why;
            }
        });
        Assert.SkipUnless(missing is null, $"It needs {missing}.");
        await rig.SequencerAsync();
        await rig.Origins[0].CreateAsync(Namespace);
        var cuts = s_isNightly ? 10 : 1;
        for (var cut = 0; cut < cuts; cut++)
        {
            await WriteAsync(rig, 20);
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            var authors = Enumerable.Range(0, 6).Select(author => Task.Run(() => WriteUntilAsync(rig, author, stopping.Token), Cancel)).ToList();
            await Task.Delay(500 + 137 * cut, Cancel); // they are in the middle of it
            foreach (var member in rig.Etcd) member.Pause(); // what was acknowledged, was before
            foreach (var disk in disks) await disk.FreezeAsync();
            foreach (var member in rig.Etcd) member.KillNow();
            foreach (var disk in disks) await disk.ThawAsync();
            foreach (var member in rig.Etcd) member.Start();
            await WriteAsync(rig, 10);
            await stopping.CancelAsync();
            await Task.WhenAll(authors);
            await JudgeAsync(rig, $"power cut {cut}");
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"power cuts of all members of etcd: {cuts}; {_acknowledged.Count} acknowledged changes, none lost"));
    }

    private static async Task RestartAsync(ClusterOrigin origin)
    {
        await origin.KillAsync();
        await origin.StartAsync();
    }

    /// <summary>Changes, at one origin after the other, each asked for until it is acknowledged.</summary>
    private async Task WriteAsync(ClusterRig rig, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var (requestId, waiting) = ($"r{Interlocked.Increment(ref _asked)}", Stopwatch.StartNew());
            for (var attempt = 0; !await TryWriteAsync(rig.Origins[(i + attempt) % 3], requestId, Cancel); attempt++)
            {
                Assert.True(waiting.Elapsed < s_limit, $"A change was not taken for {s_limit.TotalSeconds} s.");
                await Task.Delay(100, Cancel);
            }
        }
    }

    /// <summary>Changes without a pause; what becomes of one that fails, nobody knows.</summary>
    private async Task WriteUntilAsync(ClusterRig rig, int author, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
            if (!await TryWriteAsync(rig.Origins[author % 3], $"r{Interlocked.Increment(ref _asked)}", CancellationToken.None)) await Task.Delay(20, CancellationToken.None);
    }

    private async Task<bool> TryWriteAsync(ClusterOrigin origin, string requestId, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (status, body, answer) = await origin.PutAsync(Namespace, $"key-{requestId[^1]}", requestId, requestId);
            answer.Dispose();
            if (status != 200)
            {
                Assert.True(status is 429 or 502 or 503 or 504, $"{requestId}: {status} {body?.ToJsonString()}");
                return false;
            }
            _acknowledged[requestId] = (string)body!["revision"]!;
            return true;
        }
        catch (HttpRequestException)
        {
            return false; // the origin is starting
        }
    }

    /// <summary>Each origin knows every acknowledged change, once, at the revision that was answered; and all of them the same history.</summary>
    private async Task JudgeAsync(ClusterRig rig, string what)
    {
        List<(string Revision, string RequestId, string Hash)>? first = null;
        foreach (var origin in rig.Origins)
        {
            var history = await origin.HistoryAsync(Namespace);
            var byRequest = history.ToLookup(entry => entry.RequestId, entry => entry.Revision, StringComparer.Ordinal);
            foreach (var (requestId, revision) in _acknowledged) Assert.True(byRequest[requestId].SequenceEqual([revision]), $"{what}: {requestId} was acknowledged at {revision}; {origin.Id} has it at: {string.Join(", ", byRequest[requestId])}");
            first ??= history;
            Assert.Equal(first, history.Take(first.Count));
        }
    }

    /// <summary>What an operator does about a member whose disk is lost: the others are told that it is gone, and that a new one comes in its place.</summary>
    private static async Task ReplaceAsync(ClusterRig rig, EtcdProcess member)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10), BaseAddress = rig.Etcd.First(other => other != member).Address };
        var members = JsonNode.Parse(await PostAsync("list", new JsonObject()))!["members"]!.AsArray();
        await PostAsync("remove", new JsonObject { ["ID"] = members.Single(it => (string?)it!["name"] == member.Name)!["ID"]!.DeepClone() });
        await PostAsync("add", new JsonObject { ["peerURLs"] = new JsonArray(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{member.PeerPort}")) });
        member.StartAnew();

        async Task<string> PostAsync(string what, JsonObject body)
        {
            using var content = new StringContent(body.ToJsonString());
            using var answer = await http.PostAsync(new Uri($"/v3/cluster/member/{what}", UriKind.Relative), content, Cancel);
            var text = await answer.Content.ReadAsStringAsync(Cancel);
            Assert.True(answer.IsSuccessStatusCode, $"{what}: {text}");
            return text;
        }
    }

    /// <summary>Waits until no member is behind: to damage one of three is a fault that a quorum must bear, to damage one of two is not.</summary>
    private static async Task LevelAsync(ClusterRig rig)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        await ClusterRig.EventuallyAsync(async () => (await Task.WhenAll(rig.Etcd.Select(RevisionAsync))) is var revisions && revisions[0] > 0 && revisions.Distinct().Count() == 1, "all members are at the same revision");

        async Task<long> RevisionAsync(EtcdProcess member)
        {
            try
            {
                using var content = new StringContent("""{"key":"AA==","serializable":true}""");
                using var answer = await http.PostAsync(new Uri(member.Address, "/v3/kv/range"), content, Cancel);
                return answer.IsSuccessStatusCode ? long.Parse((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!["header"]!["revision"]!, CultureInfo.InvariantCulture) : -1 - member.PeerPort;
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !Cancel.IsCancellationRequested)
            {
                return -1 - member.PeerPort; // not there yet
            }
        }
    }
}
