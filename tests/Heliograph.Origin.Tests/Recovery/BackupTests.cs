// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Core.LogFiles;
using Heliograph.Hosting.Grpc;
using Heliograph.Origin.Recovery;
using Heliograph.Replication.Entries;
using Heliograph.Replication.Ports;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Recovery;

public sealed class BackupTests : IDisposable
{
    private readonly RecoveryScene _scene = new();

    [Fact]
    public async Task A_backup_taken_under_load_ends_with_a_head_and_holds_what_the_head_says()
    {
        await using var origin = await _scene.StartAsync();
        await origin.SeedAsync("shop");
        await RecoveryScene.ChangeAsync(origin, 20);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var load = LoadAsync(origin, stop.Token);

        var reports = new[] { await _scene.BackUpAsync(origin, "1.backup"), await _scene.BackUpAsync(origin, "2.backup"), await _scene.BackUpAsync(origin, "3.backup") };
        await stop.CancelAsync();
        await load;

        foreach (var report in reports)
        {
            var file = LogBackup.Verify(report.Path, _ => { }, Cancel);
            Assert.Equal(report.Revision, file.Head!.Revision);
            Assert.Equal(report.Revision.Sequence, file.Read(0, report.Revision.Sequence).Count());
            Assert.Equal("-rw-------", ModeOf(report.Path));
            Assert.DoesNotContain("PRIVATE KEY", await File.ReadAllTextAsync(report.Path, Cancel), StringComparison.Ordinal);
        }
        Assert.Empty(Directory.EnumerateFiles(Path.GetDirectoryName(reports[0].Path)!, "*.partial"));
    }

    [Fact]
    public async Task A_large_entry_comes_in_parts_and_is_the_same()
    {
        await using var origin = await _scene.StartAsync();
        await origin.SeedAsync("shop", [.. Enumerable.Range(0, 7).Select(i => ($"large{i}", new string((char)('a' + i), 1_000_000)))]);
        var report = await _scene.BackUpAsync(origin, "a.backup");
        Assert.InRange(report.Bytes, 7_000_000, 8_000_000);
        Assert.Equal(origin.Host.Sequencer.Current.State.Revision, report.Revision);
    }

    [Fact]
    public async Task Nothing_is_overwritten()
    {
        await using var origin = await _scene.StartAsync();
        await File.WriteAllTextAsync(_scene.PathOf("a.backup"), "mine", Cancel);
        Assert.Contains("not overwritten", (await Assert.ThrowsAsync<IOException>(() => _scene.BackUpAsync(origin, "a.backup"))).Message, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(_scene.PathOf("a.backup"), Cancel));
    }

    [Fact]
    public async Task Whoever_has_no_role_on_the_log_is_given_no_entry_and_loses_it_with_the_role()
    {
        await using var origin = await _scene.StartAsync();
        await origin.SeedAsync("shop");
        foreach (var (subject, namespaces) in new[] { ("reader", "*"), ("shopkeeper", "shop") })
        {
            await origin.PutRoleAsync(subject, "admin", namespaces);
            Assert.Contains("not_authorized", (await Assert.ThrowsAsync<IOException>(() => FetchAsync(subject))).Message, StringComparison.Ordinal);
        }
        Assert.Contains("not_authorized", (await Assert.ThrowsAsync<IOException>(() => RecoveryScene.From(origin, "").RunAsync(_scene.PathOf("nobody.backup"), _ => { }, Cancel))).Message, StringComparison.Ordinal);

        await origin.PutRoleAsync("archivist", "reader", "heliograph.log");
        await FetchAsync("archivist");

        async Task FetchAsync(string subject)
        {
            var token = await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/tokens", new JsonObject { ["subject"] = subject }, System.Net.HttpStatusCode.Created);
            await RecoveryScene.From(origin, (string)token["token"]!).RunAsync(_scene.PathOf($"{subject}.backup"), _ => { }, Cancel);
        }
    }

    [Fact]
    public async Task A_role_that_is_taken_away_counts_from_the_next_request()
    {
        await using var origin = await _scene.StartAsync();
        await origin.PutRoleAsync("archivist", "reader", "heliograph.log");
        var token = await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/tokens", new JsonObject { ["subject"] = "archivist" }, System.Net.HttpStatusCode.Created);
        await using var stream = await EntryStream.OpenAsync(new ParentDialer(new(), TimeProvider.System), new ParentAddress(RecoveryScene.SyncOf(origin)), "test", System.Text.Encoding.ASCII.GetBytes((string)token["token"]!), origin.Host.Anchor.LogId, TimeProvider.System, Cancel);
        Assert.NotEmpty((await stream.AskAsync(0, TimeSpan.Zero, Cancel)).Entries);
        await SendAsync(origin.Admin, HttpMethod.Delete, "/api/v1/namespaces/heliograph.realm/setting?key=roles/archivist");
        Assert.Contains("not_authorized", (await Assert.ThrowsAsync<IOException>(() => stream.AskAsync(0, TimeSpan.Zero, Cancel))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_waits_is_answered_when_something_is_appended()
    {
        await using var origin = await _scene.StartAsync();
        await origin.SeedAsync("shop");
        await using var stream = await EntryStream.OpenAsync(new ParentDialer(new(), TimeProvider.System), new ParentAddress(RecoveryScene.SyncOf(origin)), "test", System.Text.Encoding.ASCII.GetBytes((await File.ReadAllTextAsync(origin.Host.AdminTokenPath, Cancel)).Trim()), origin.Host.Anchor.LogId, TimeProvider.System, Cancel);
        var waiting = stream.AskAsync(origin.Host.Sequencer.Current.State.Revision.Sequence, TimeSpan.FromSeconds(30), Cancel);
        await RecoveryScene.ChangeAsync(origin, 1);
        Assert.Single((await waiting).Entries);
    }

    [Fact]
    public async Task Of_another_realm_nothing_is_taken()
    {
        await using var origin = await _scene.StartAsync();
        await using var other = await _scene.StartAsync("other");
        Assert.Contains("wrong_log", (await Assert.ThrowsAsync<IOException>(() => RecoveryScene.From(origin, anchor: other.Host.Anchor).RunAsync(_scene.PathOf("a.backup"), _ => { }, Cancel))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_damage_to_a_backup_is_found_whatever_byte_it_strikes()
    {
        var whole = await File.ReadAllBytesAsync((await _scene.MakeAsync(changes: 5)).Path, Cancel);
        var damaged = _scene.PathOf("damaged");
        for (var at = 0; at < whole.Length; at += at < 200 || at > whole.Length - 200 ? 1 : 37)
        {
            var bytes = (byte[])whole.Clone();
            bytes[at] ^= 0x10;
            await File.WriteAllBytesAsync(damaged, bytes, Cancel);
            Assert.Throws<LogFileException>(() => LogBackup.Verify(damaged, _ => { }, Cancel));
        }
        for (var length = 0; length < whole.Length; length += 61)
        {
            await File.WriteAllBytesAsync(damaged, whole[..length], Cancel);
            Assert.Throws<LogFileException>(() => LogBackup.Verify(damaged, _ => { }, Cancel));
        }
        await File.WriteAllBytesAsync(damaged, [.. whole, 0], Cancel);
        Assert.Throws<LogFileException>(() => LogBackup.Verify(damaged, _ => { }, Cancel));
    }

    [Fact]
    public async Task Keys_are_copied_to_a_file_of_their_own_and_back()
    {
        await _scene.MakeAsync();
        OriginKeys.Save(_scene.PathOf("origin"), _scene.PathOf("keys"));
        Assert.Equal("-rw-------", ModeOf(_scene.PathOf("keys")));
        Assert.Throws<IOException>(() => OriginKeys.Save(_scene.PathOf("origin"), _scene.PathOf("keys")));

        Directory.CreateDirectory(_scene.PathOf("new"));
        OriginKeys.Restore(_scene.PathOf("keys"), _scene.PathOf("new"), _scene.Open("a.backup").Anchor);
        foreach (var name in new[] { "head-key.pem", "access-keys.key" })
            Assert.Equal(await File.ReadAllTextAsync(Path.Combine(_scene.PathOf("origin"), name), Cancel), await File.ReadAllTextAsync(Path.Combine(_scene.PathOf("new"), name), Cancel));

        await File.WriteAllTextAsync(Path.Combine(_scene.PathOf("new"), "head-key.pem"), "another", Cancel);
        Assert.Contains("not overwritten", Assert.Throws<IOException>(() => OriginKeys.Restore(_scene.PathOf("keys"), _scene.PathOf("new"), _scene.Open("a.backup").Anchor)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _scene.Dispose();

    private static async Task LoadAsync(RunningOrigin origin, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested) await RecoveryScene.ChangeAsync(origin, 1);
    }

    private static string ModeOf(string path) => OperatingSystem.IsWindows() ? "" : File.GetUnixFileMode(path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite) ? "-rw-------" : File.GetUnixFileMode(path).ToString();
}
