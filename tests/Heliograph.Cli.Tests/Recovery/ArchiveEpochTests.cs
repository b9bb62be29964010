// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Cli.Tests.Realm;
using Heliograph.Cli.Tiers;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Replicas;
using Heliograph.Platform.LogFiles;
using Heliograph.Relay;
using Xunit;

namespace Heliograph.Cli.Tests.Recovery;

/// <summary>An archive relay that runs on while its realm rotates its root and ends an epoch, over real sockets, by the commands that people type.</summary>
public sealed class ArchiveEpochTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("helio-epochs-").FullName;
    private readonly int _port = FreePorts.Take(1)[0];
    private readonly Helio _offline = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string ArchivePath => PathOf("archive/log.helio");

    private string TrustPath => PathOf("realm/origin/trust.json");

    [Fact]
    public async Task A_rotated_root_is_in_the_archive_before_the_first_head_under_it_and_a_new_archive_begins_with_it()
    {
        await FoundAsync();
        await using var origin = await StartOriginAsync();
        await GrantAsync(origin);
        await using (var relay = await StartRelayAsync())
        {
            await ArchivedAsync(relay, await SetAsync(origin, 3));
            await RotateHeadAsync();
            await EventuallyAsync(async () => (int)JsonNode.Parse((await RunAsync(origin.Admin, "trust", "show", "-o", "json")).Out)!["rootVersion"]! == 2, () => "the origin signs with the new key");
            await ArchivedAsync(relay, await SetAsync(origin, 3));
            Assert.Equal(2u, LogFile.Open(ArchivePath, null, Cancel).Trust.Roots.Version);
        }
        await using (var relay = await StartRelayAsync()) await ArchivedAsync(relay, await SetAsync(origin, 1)); // it reads what it wrote
        File.Copy(TrustPath, PathOf("handed-out.json"), overwrite: true);
        await using (var fresh = await StartRelayAsync("fresh")) await ArchivedAsync(fresh, await SetAsync(origin, 1));
        Assert.Equal(2u, LogFile.Open(PathOf("fresh-archive/log.helio"), null, Cancel).Trust.Roots.Version);
        await RunAsync(origin.Admin, "backup", PathOf("a.backup"), "--from", origin.Sync, "--trust", TrustPath);
        Assert.Equal(2u, LogFile.Open(PathOf("a.backup"), null, Cancel).Trust.Roots.Version);
    }

    [Fact]
    public async Task Where_an_epoch_ends_before_the_archive_does_it_goes_on_behind_the_base_and_keeps_aside_what_was_discarded()
    {
        await FoundAsync();
        Revision kept;
        await using (var origin = await StartOriginAsync())
        {
            await GrantAsync(origin);
            kept = await SetAsync(origin, 5);
            await RunAsync(origin.Admin, "backup", PathOf("old.backup"), "--from", origin.Sync, "--trust", TrustPath);
        }
        await using (var relay = await RelayOverAsync(origin => SetAsync(origin, 5))) await RecoverUnderAsync(relay, kept);

        // What it has then is the log: from it alone, and by the newest trust file, everything comes back
        await RunAsync(_offline, "restore", "--data", PathOf("again"), "--harvest", PathOf("archive"), "--trust", TrustPath, "--high-water", PathOf("realm/origin/head.hw"));
        Assert.Equal(await File.ReadAllTextAsync(TrustPath, Cancel), await File.ReadAllTextAsync(PathOf("again/trust.json"), Cancel));
    }

    [Fact]
    public async Task An_archive_that_was_killed_while_it_followed_comes_to_an_end_with_it()
    {
        await FoundAsync();
        await using var origin = await StartOriginAsync();
        await GrantAsync(origin);
        var revision = await SetAsync(origin, 3);
        await using (var relay = await StartRelayAsync()) await ArchivedAsync(relay, revision);
        var whole = await File.ReadAllBytesAsync(ArchivePath, Cancel);

        await File.WriteAllBytesAsync(PathOf("archive/log.next.helio"), whole[..100], Cancel); // while it wrote the new file: that is none
        await using (var relay = await StartRelayAsync()) await ArchivedAsync(relay, revision);
        Assert.False(File.Exists(PathOf("archive/log.next.helio")));

        File.Move(ArchivePath, PathOf("archive/log.next.helio")); // after the old file was set aside, before the new one had its name
        await using (var relay = await StartRelayAsync()) await ArchivedAsync(relay, revision);
        Assert.Equal(whole, (await File.ReadAllBytesAsync(ArchivePath, Cancel))[..whole.Length]);
    }

    public void Dispose()
    {
        _offline.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private string PathOf(string name) => Path.Combine(_directory, name);

    private async Task FoundAsync()
    {
        await RunAsync(_offline, "trust", "init", "acme", "--out", PathOf("realm"), "--root-keys", "1", "--threshold", "1");
        File.Copy(TrustPath, PathOf("handed-out.json"));
    }

    private async Task RotateHeadAsync()
    {
        var old = (string)JsonNode.Parse((await RunAsync(_offline, "trust", "show", TrustPath, "-o", "json")).Out)!["headKeys"]![0]!["id"]!;
        await RunAsync(_offline, "trust", "key", PathOf("head-2.pem"));
        await RunAsync(_offline, "trust", "rotate-head", "--trust", TrustPath, "--add", PathOf("head-2.pem.pub"), "--remove", old, "--out", PathOf("root-2.json"));
        await RunAsync(_offline, "trust", "sign", PathOf("root-2.json"), "--key", PathOf("realm/keys/root-1.pem"));
        await RunAsync(_offline, "trust", "add", PathOf("root-2.json"), "--trust", TrustPath, "--head-key", PathOf("head-2.pem"));
    }

    private async Task RecoverUnderAsync(ReplicaNode relay, Revision kept)
    {
        var lost = HeadOf(relay)!.Value;
        foreach (var file in Directory.EnumerateFiles(PathOf("realm/origin"), "log.db*")) File.Delete(file);
        await RunAsync(_offline, "restore", PathOf("old.backup"), "--data", PathOf("realm/origin"));
        await RunAsync(_offline, "recover", "propose", "--data", PathOf("realm/origin"), "--reason", "test", "--seen", lost.ToString(), "--out", PathOf("epoch.json"));
        foreach (var key in (string[])["recovery-1", "recovery-2"]) await RunAsync(_offline, "trust", "sign", PathOf("epoch.json"), "--key", PathOf($"realm/keys/{key}.pem"));
        await RunAsync(_offline, "recover", "apply", PathOf("epoch.json"), "--data", PathOf("realm/origin"));

        await using var origin = await StartOriginAsync();
        var revision = await SetAsync(origin, 3);
        Assert.Equal(2, revision.Epoch);
        await ArchivedAsync(relay, revision);
        var archive = LogFile.Open(ArchivePath, null, Cancel);
        Assert.Equal((2, revision), (archive.Trust.Epochs.Epoch, archive.Head!.Revision));
        var aside = LogFile.Open(PathOf($"archive/log.until-{lost}.helio"), null, Cancel);
        Assert.Equal((lost, 1), (aside.Head!.Revision, aside.Trust.Epochs.Epoch));
        Assert.Equal(aside.Read(0, kept.Sequence).Select(entry => entry.Hash), archive.Read(0, kept.Sequence).Select(entry => entry.Hash));
    }

    private Task<RealOrigin> StartOriginAsync() => RealOrigin.StartAsync(data: PathOf("realm/origin"), syncPort: _port);

    private static async Task GrantAsync(RealOrigin origin)
    {
        await RunAsync(origin.Admin, "roles", "grant", "local*", "reader", "*");
        await RunAsync(origin.Admin, "roles", "grant", "local*", "reader", "heliograph.log", "--name", "archives");
        await RunAsync(origin.Admin, "ns", "create", "shop");
    }

    /// <summary>A relay that has archived what was done at an origin, which has stopped since.</summary>
    private async Task<ReplicaNode> RelayOverAsync(Func<RealOrigin, Task<Revision>> act)
    {
        await using var origin = await StartOriginAsync();
        var relay = await StartRelayAsync();
        await ArchivedAsync(relay, await act(origin));
        return relay;
    }

    private Task<ReplicaNode> StartRelayAsync(string id = "") => RelayHost.StartAsync(
        new()
        {
            Id = $"{id}relay", DataDirectory = PathOf($"{id}relay"), TrustFile = PathOf("handed-out.json"), Parents = [new($"tcp://127.0.0.1:{_port}")], AllowSingleParent = true,
            Listen = [ListenEndpoint.Parse("tcp://127.0.0.1:0")], ArchiveDirectory = PathOf(id.Length == 0 ? "archive" : $"{id}-archive"),
        },
        TimeProvider.System, _ => { }, Cancel);

    private static async Task<Ran> RunAsync(Helio helio, params string[] arguments)
    {
        var ran = await helio.RunAsync(arguments);
        Assert.True(ran.Code == 0, $"helio {string.Join(' ', arguments)} ended with {ran.Code}: {ran.Out}{ran.Error}");
        return ran;
    }

    private static async Task<Revision> SetAsync(RealOrigin origin, int changes)
    {
        var revision = Revision.None;
        for (var i = 0; i < changes; i++)
            Assert.True(Revision.TryParse((string)JsonNode.Parse((await RunAsync(origin.Admin, "set", "shop", $"k{i}", Guid.NewGuid().ToString(), "-o", "json")).Out)!["revision"]!, out revision));
        return revision;
    }

    private static Revision? HeadOf(ReplicaNode relay) => Revision.TryParse((string?)relay.Archive!.Facts()["revision"], out var held) ? held : null;

    private static Task ArchivedAsync(ReplicaNode relay, Revision revision) => EventuallyAsync(
        () => Task.FromResult(HeadOf(relay) is { } held && held.Epoch == revision.Epoch && !held.IsBefore(revision)), () => $"the archive holds {revision}; {relay.Archive!.Facts().ToJsonString()}");

    private static async Task EventuallyAsync(Func<Task<bool>> condition, Func<string> what)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !await condition(); await Task.Delay(50, Cancel))
            if (TimeProvider.System.GetElapsedTime(began) > Limit) Assert.Fail($"It never came about that {what()}.");
    }
}
