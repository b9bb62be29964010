// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.LogFiles;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Recovery;

public sealed class RestoreTests : IDisposable
{
    private readonly RecoveryScene _scene = new();

    [Fact]
    public async Task A_backup_is_restored_to_the_same_entries_and_content_and_the_origin_leads()
    {
        var backup = await _scene.MakeAsync();
        var before = await _scene.StateAsync("origin");
        _scene.CopyOrigin("origin", "new", "trust.json", "head-key.pem", "access-keys.key", "admin.token", "head.hw");

        var report = await _scene.RestoreAsync("new", ["a.backup"]);
        Assert.Null(report.Unproven);
        Assert.Equal((backup.Revision, backup.Revision.Sequence), (report.Revision, report.Added));
        var after = await _scene.StateAsync("new");
        Assert.Equal((before.Revision, before.Content, true), after);

        await using var origin = await _scene.StartAsync("new");
        await RecoveryScene.ChangeAsync(origin, 1);
        Assert.Equal(before.Revision.Sequence + 1, origin.Host.Sequencer.Current.State.Revision.Sequence);
    }

    [Fact]
    public async Task Interrupted_before_any_step_no_origin_starts_and_the_same_restore_goes_on()
    {
        var backup = await _scene.MakeAsync();
        _scene.CopyOrigin("origin", "new", "trust.json", "head-key.pem", "access-keys.key", "admin.token", "head.hw");
        var steps = new HashSet<string>();
        while (true)
        {
            try
            {
                var report = await _scene.RestoreAsync("new", ["a.backup"], probe: step =>
                {
                    if (steps.Add(step)) throw new InterruptedException();
                });
                Assert.Null(report.Unproven);
                Assert.Equal(backup.Revision, report.Revision);
                break;
            }
            catch (InterruptedException)
            {
                if (steps.Count == 1) continue; // before the first step nothing was touched: there is no log, and nobody has begun
                Assert.Contains("being restored", (await Assert.ThrowsAnyAsync<IOException>(() => _scene.StateAsync("new"))).Message, StringComparison.Ordinal);
            }
        }
        Assert.Equal(6, steps.Count);
        Assert.Equal(backup.Revision, (await _scene.StateAsync("new")).Revision);
        Assert.False(File.Exists(Path.Combine(_scene.PathOf("new"), "restore.json")));
    }

    [Fact]
    public async Task Without_the_high_water_mark_no_origin_starts_until_it_is_brought()
    {
        await _scene.MakeAsync();
        _scene.CopyOrigin("origin", "new", "trust.json", "head-key.pem", "access-keys.key", "admin.token");

        Assert.Contains("Nothing proves", (await _scene.RestoreAsync("new", ["a.backup"])).Unproven, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<IOException>(() => _scene.StateAsync("new"));
        File.Delete(Path.Combine(_scene.PathOf("new"), "restore.json")); // the file itself says it, too
        Assert.Contains("being restored", (await Assert.ThrowsAnyAsync<IOException>(() => _scene.StateAsync("new"))).Message, StringComparison.Ordinal);

        Assert.Null((await _scene.RestoreAsync("new", ["a.backup"], highWater: ["origin/head.hw"])).Unproven);
        Assert.True((await _scene.StateAsync("new")).Signs);
    }

    [Fact]
    public async Task What_an_old_backup_lacks_is_noticed_and_harvested_from_what_has_more()
    {
        var old = await _scene.MakeAsync(20, "old.backup");
        var newer = await _scene.MakeAsync(20, "newer.backup");
        _scene.CopyOrigin("origin", "new", "trust.json", "head-key.pem", "access-keys.key", "admin.token", "head.hw");

        var report = await _scene.RestoreAsync("new", ["old.backup"]);
        Assert.Contains("entries are missing", report.Unproven, StringComparison.Ordinal);
        Assert.Equal(old.Revision, report.Revision);

        report = await _scene.RestoreAsync("new", ["old.backup", "newer.backup"]);
        Assert.Null(report.Unproven);
        Assert.Equal((newer.Revision, newer.Revision.Sequence - old.Revision.Sequence), (report.Revision, report.Added));
    }

    [Fact]
    public async Task A_log_that_has_lost_its_end_is_filled_in_place_and_only_behind_its_end()
    {
        await _scene.MakeAsync(20, "old.backup");
        foreach (var file in Directory.EnumerateFiles(_scene.PathOf("origin"), "log.db*")) File.Copy(file, _scene.PathOf(Path.GetFileName(file)));
        var newer = await _scene.MakeAsync(20, "newer.backup");
        foreach (var file in Directory.EnumerateFiles(_scene.PathOf("origin"), "log.db*")) File.Delete(file);
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(_scene.PathOf("x"))!, "log.db*")) File.Move(file, Path.Combine(_scene.PathOf("origin"), Path.GetFileName(file)));
        Assert.False((await _scene.StateAsync("origin")).Signs); // a cloned disk: it is served, and nothing is signed

        Assert.Contains("not overwritten", (await Assert.ThrowsAsync<IOException>(() => _scene.RestoreAsync("origin", ["newer.backup"]))).Message, StringComparison.Ordinal);
        var report = await _scene.RestoreAsync("origin", ["newer.backup"], harvestsOnly: true);
        Assert.Null(report.Unproven);
        Assert.Equal((newer.Revision, 20L), (report.Revision, report.Added));
        Assert.True((await _scene.StateAsync("origin")).Signs);
    }

    [Fact]
    public async Task Another_history_is_refused_and_nothing_is_added()
    {
        await _scene.MakeAsync(10, "common.backup");
        _scene.CopyOrigin("origin", "fork", "trust.json", "head-key.pem", "access-keys.key", "admin.token", "head.hw", "log.db");
        var one = await _scene.MakeAsync(10, "one.backup");
        await using (var fork = await _scene.StartAsync("fork"))
        {
            await RecoveryScene.ChangeAsync(fork, 20);
            await _scene.BackUpAsync(fork, "fork.backup");
        }
        _scene.CopyOrigin("origin", "new", "trust.json", "head-key.pem", "access-keys.key", "admin.token", "head.hw");
        Assert.Contains("two histories", (await Assert.ThrowsAsync<LogFileException>(() => _scene.RestoreAsync("new", ["one.backup", "fork.backup"]))).Message, StringComparison.Ordinal);
        var report = await _scene.RestoreAsync("new", ["one.backup"]);
        Assert.Null(report.Unproven);
        Assert.Equal(one.Revision, report.Revision);
    }

    [Fact]
    public async Task A_directory_with_something_else_or_of_another_realm_is_left_alone()
    {
        await _scene.MakeAsync();
        Directory.CreateDirectory(_scene.PathOf("full"));
        await File.WriteAllTextAsync(_scene.PathOf("full/mine"), "mine", Cancel);
        Assert.Contains("not empty", (await Assert.ThrowsAsync<IOException>(() => _scene.RestoreAsync("full", ["a.backup"]))).Message, StringComparison.Ordinal);
        Assert.Equal("mine", Path.GetFileName(Assert.Single(Directory.EnumerateFileSystemEntries(_scene.PathOf("full")))));

        await using (await _scene.StartAsync("other")) { }
        Assert.Contains("another realm", (await Assert.ThrowsAsync<IOException>(() => _scene.RestoreAsync("other", ["a.backup"]))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _scene.Dispose();

    private sealed class InterruptedException : Exception;
}
