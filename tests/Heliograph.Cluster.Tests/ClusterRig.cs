// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Heliograph.EndToEnd;
using Heliograph.Storage.Etcd.Tests.Support;
using Xunit;

[assembly: CollectionBehavior(DisableTestParallelization = true)] // each test is a dozen processes

namespace Heliograph.Cluster.Tests;

/// <summary>Three real etcd members, three real origins over them, and whatever follows, on loopback, in one directory that goes with them.</summary>
internal sealed class ClusterRig : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90); // only a broken test waits so long

    private readonly string _directory = Directory.CreateTempSubdirectory("hl-cluster-").FullName;
    private readonly List<HelioProcess> _others = [];

    private ClusterRig(int members, ClusterPlace place, IReadOnlyList<string> ofMembers)
    {
        Place = place;
        var ports = EtcdProcess.FreePorts(2 * members);
        var cluster = string.Join(',', Enumerable.Range(0, members).Select(i => $"m{i}=http://127.0.0.1:{ports[(2 * i) + 1]}"));
        Etcd = [.. Enumerable.Range(0, members).Select(i => new EtcdProcess($"m{i}", _directory, ports[2 * i], ports[(2 * i) + 1], cluster, "http", ofMembers, place.Before($"m{i}")))];
        var more = EtcdProcess.FreePorts(6);
        Origins = [.. Enumerable.Range(0, 3).Select(i => new ClusterOrigin($"o{i + 1}", PathOf($"origin-{i + 1}"), more[2 * i], more[(2 * i) + 1], this))];
    }

    public IReadOnlyList<EtcdProcess> Etcd { get; }

    public IReadOnlyList<ClusterOrigin> Origins { get; }

    public string Token { get; private set; } = "";

    /// <summary>Where its processes run.</summary>
    public ClusterPlace Place { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>What is done before its directory is deleted, when no process is there any more.</summary>
    public Func<Task>? BeforeDelete { get; set; }

    /// <param name="members">Of etcd.</param>
    /// <param name="place">Where its processes run.</param>
    /// <param name="ofMembers">Further arguments of each member.</param>
    /// <param name="before">What is done before the members are started.</param>
    public static async Task<ClusterRig> StartAsync(int members = 3, ClusterPlace? place = null, IReadOnlyList<string>? ofMembers = null, Func<ClusterRig, Task>? before = null)
    {
        EtcdProcess.Need();
        var rig = new ClusterRig(members, place ?? new(), ofMembers ?? []);
        if (before is not null) await before(rig);
        foreach (var member in rig.Etcd) member.Start();
        await rig.HelioAsync(0, "cluster", "init", "--out", rig._directory, "--origins", "3", "--realm", "cluster-test");
        foreach (var origin in rig.Origins) await origin.StartAsync();
        rig.Token = (await File.ReadAllTextAsync(rig.Origins.Select(origin => Path.Combine(origin.Data, "admin.token")).Single(File.Exists), Cancel)).Trim();
        foreach (var origin in rig.Origins) origin.Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", rig.Token);
        return rig;
    }

    public string PathOf(params string[] parts) => Path.Combine([_directory, .. parts]);

    /// <summary>The origin that orders changes now, once there is one.</summary>
    public async Task<ClusterOrigin> SequencerAsync(ClusterOrigin? butNot = null)
    {
        ClusterOrigin? found = null;
        await EventuallyAsync(async () =>
        {
            foreach (var origin in Origins)
                if (origin != butNot && await origin.IsSequencerAsync()) found = origin;
            return found is not null;
        }, "an origin orders changes");
        return found!;
    }

    /// <summary>Starts a relay of all three, or of one.</summary>
    /// <returns>Where it listens.</returns>
    public async Task<string> StartRelayAsync(string id, params ClusterOrigin[] parents)
    {
        var address = $"tcp://127.0.0.1:{EtcdProcess.FreePorts(1)[0]}";
        var relay = HelioProcess.Start("Heliograph.Cli", "helio", before: Place.Before(id), arguments:
            ["relay", "--id", id, "--data", PathOf(id), "--trust", PathOf("origin-1", "trust.json"), "--listen", address, "--stale-after", "3s", "-o", "json", "--single-parent", .. parents.SelectMany(parent => new[] { "--parent", parent.Sync })]);
        _others.Add(relay);
        Assert.NotNull(await relay.ReadLineAsync(Cancel));
        return address;
    }

    /// <summary>Starts the sample service, whose journal says with which revisions it ran.</summary>
    public void StartService(string name, string parent, string namespaces) => _others.Add(HelioProcess.Start("ShopService", "ShopService", before: Place.Before(name), arguments:
        ["--name", name, "--service", name, "--region", "here", "--trust", PathOf("origin-1", "trust.json"), "--parents", parent, "--namespaces", namespaces, "--journal", PathOf(name + ".journal"), "--wait", "60"]));

    /// <summary>The sequences with which a service ran, in order.</summary>
    public List<long> Ran(string name)
    {
        if (!File.Exists(PathOf(name + ".journal"))) return [];
        using var file = new FileStream(PathOf(name + ".journal"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return [.. reader.ReadToEnd().Split('\n').SkipLast(1).Select(line => SequenceOf((string)JsonNode.Parse(line)!["revision"]!))];
    }

    public static long SequenceOf(string revision) => long.Parse(revision.Split('.')[1], CultureInfo.InvariantCulture);

    public async Task<string> HelioAsync(int expected, params string[] arguments)
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", arguments);
        var (code, output, errors) = await helio.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.True(code == expected, $"helio {string.Join(' ', arguments)} ended with {code}, not {expected}: {output}{errors}");
        return output + errors;
    }

    public static Task EventuallyAsync(Func<Task<bool>> condition, string what) => EventuallyAsync(condition, () => what);

    public static async Task EventuallyAsync(Func<Task<bool>> condition, Func<string> what)
    {
        for (var waiting = Stopwatch.StartNew(); !await condition(); await Task.Delay(50, Cancel))
            if (waiting.Elapsed > Limit) Assert.Fail($"It never came about: {what()}.");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var other in _others) await other.DisposeAsync();
        foreach (var origin in Origins) await origin.DisposeAsync();
        foreach (var member in Etcd) member.Dispose();
        if (BeforeDelete is not null) await BeforeDelete();
        Directory.Delete(_directory, recursive: true);
    }
}
