// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Cli.Tests.Realm;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Replicas;
using Heliograph.Platform.LogFiles;
using Heliograph.Relay;
using Xunit;

namespace Heliograph.Cli.Tests.Recovery;

/// <summary>A relay that archives, over real sockets, beside a real origin.</summary>
public sealed class ArchiveTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("helio-archive-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string ArchivePath => Path.Combine(_directory, "archive", LogFile.ArchiveFileName);

    [Fact]
    public async Task Every_entry_is_kept_verbatim_and_a_backup_from_the_archive_is_the_origins()
    {
        await using var origin = await StartOriginAsync();
        await using var relay = await StartRelayAsync(origin);
        var revision = await SetAsync(origin, 30);
        await ArchivedAsync(relay, revision);

        var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await RunAsync(origin, 0, "backup", PathOf("origin.backup"), "--from", origin.Sync, "--trust", origin.Trust, "--metrics-file", PathOf("backup.prom"));
        var told = (await File.ReadAllLinesAsync(PathOf("backup.prom"), Cancel))[2].Split(' ');
        Assert.Equal("heliograph_backup_verified_timestamp_seconds", told[0]);
        Assert.InRange(long.Parse(told[1], System.Globalization.CultureInfo.InvariantCulture), before, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        await RunAsync(origin, 0, "backup", PathOf("relay.backup"), "--from", $"tcp://{relay.Endpoints.Of(ListenProtocol.Sync).Address}", "--trust", origin.Trust);
        var (ofOrigin, ofRelay) = (LogFile.Open(PathOf("origin.backup"), null, Cancel), LogFile.Open(PathOf("relay.backup"), null, Cancel));
        Assert.Equal(ofOrigin.Tip, ofRelay.Tip);
        Assert.Equal(ofOrigin.Read(0, ofOrigin.Tip.Revision.Sequence).Select(entry => entry.Hash), ofRelay.Read(0, ofRelay.Tip.Revision.Sequence).Select(entry => entry.Hash));
    }

    [Fact]
    public async Task A_torn_end_is_set_aside_and_fetched_again()
    {
        await using var origin = await StartOriginAsync();
        Revision revision;
        await using (var relay = await StartRelayAsync(origin)) await ArchivedAsync(relay, revision = await SetAsync(origin, 10));
        await using (var file = new FileStream(ArchivePath, FileMode.Open)) file.SetLength(file.Length - 700); // in the midst of the last entries
        Assert.NotNull(LogFile.Open(ArchivePath, null, Cancel).Torn);

        await using (var relay = await StartRelayAsync(origin)) await ArchivedAsync(relay, revision);
        var mended = LogFile.Open(ArchivePath, null, Cancel);
        Assert.Null(mended.Torn);
        Assert.Equal(revision, mended.Head!.Revision);
        Assert.True(File.Exists(Path.Combine(_directory, "archive", "log.torn")));
    }

    [Fact]
    public async Task Without_the_role_nothing_is_archived_the_relay_serves_and_says_so()
    {
        await using var origin = await StartOriginAsync(grants: false);
        await using var relay = await StartRelayAsync(origin);
        await EventuallyAsync(() => (string?)Facts(relay)["trouble"] is { } trouble && trouble.Contains("heliograph.log", StringComparison.Ordinal), "the relay says which role it needs");
        Assert.Null((string?)Facts(relay)["revision"]);
        await RunAsync(origin, 0, "roles", "grant", "local*", "reader", "heliograph.log");
        await ArchivedAsync(relay, new(1, 1)); // without a restart
    }

    [Fact]
    public async Task Two_relays_do_not_share_an_archive()
    {
        await using var origin = await StartOriginAsync();
        await using var relay = await StartRelayAsync(origin);
        Assert.Contains("used by another process", (await Assert.ThrowsAsync<IOException>(() => StartRelayAsync(origin, "other"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_a_relay_without_an_archive_no_backup_is_taken()
    {
        await using var origin = await StartOriginAsync();
        await using var relay = await StartRelayAsync(origin, archives: false);
        var said = await RunAsync(origin, 1, "backup", PathOf("a.backup"), "--from", $"tcp://{relay.Endpoints.Of(ListenProtocol.Sync).Address}", "--trust", origin.Trust, "--metrics-file", PathOf("backup.prom"));
        Assert.False(File.Exists(PathOf("backup.prom"))); // only what was proven
        Assert.Contains("has no log to give", said.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("a.backup")));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string PathOf(string name) => Path.Combine(_directory, name);

    private static async Task<RealOrigin> StartOriginAsync(bool grants = true)
    {
        var origin = await RealOrigin.StartAsync();
        await RunAsync(origin, 0, "roles", "grant", "local*", "reader", "*");
        if (grants) await RunAsync(origin, 0, "roles", "grant", "local*", "reader", "heliograph.log", "--name", "archives");
        await RunAsync(origin, 0, "ns", "create", "shop");
        return origin;
    }

    private Task<ReplicaNode> StartRelayAsync(RealOrigin origin, string id = "relay", bool archives = true) => RelayHost.StartAsync(
        new()
        {
            Id = id, DataDirectory = PathOf(id), TrustFile = origin.Trust, Parents = [new(origin.Sync)], AllowSingleParent = true, Listen = [ListenEndpoint.Parse("tcp://127.0.0.1:0")],
            ArchiveDirectory = archives ? PathOf("archive") : null,
        },
        TimeProvider.System, _ => { }, Cancel);

    private static async Task<Ran> RunAsync(RealOrigin origin, int expected, params string[] arguments)
    {
        var ran = await origin.Admin.RunAsync(arguments);
        Assert.True(ran.Code == expected, $"helio {string.Join(' ', arguments)} ended with {ran.Code}, not {expected}: {ran.Out}{ran.Error}");
        return ran;
    }

    /// <summary>Makes changes, and gives the revision of the last.</summary>
    private static async Task<Revision> SetAsync(RealOrigin origin, int changes)
    {
        var revision = Revision.None;
        for (var i = 0; i < changes; i++)
            Assert.True(Revision.TryParse((string)JsonNode.Parse((await RunAsync(origin, 0, "set", "shop", $"k{i % 5}", $"{i}", "-o", "json")).Out)!["revision"]!, out revision));
        return revision;
    }

    private static JsonObject Facts(ReplicaNode relay) => relay.Archive!.Facts();

    private static Task ArchivedAsync(ReplicaNode relay, Revision revision) => EventuallyAsync(
        () => Revision.TryParse((string?)Facts(relay)["revision"], out var held) && !held.IsBefore(revision), $"the archive holds {revision}; {Facts(relay).ToJsonString()}");

    private static async Task EventuallyAsync(Func<bool> condition, string what)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !condition(); await Task.Delay(50, Cancel))
            if (TimeProvider.System.GetElapsedTime(began) > Limit) Assert.Fail($"It never came about that {what}.");
    }
}
