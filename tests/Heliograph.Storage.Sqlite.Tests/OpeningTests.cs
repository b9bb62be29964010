// SPDX-License-Identifier: Apache-2.0
using Heliograph.Conformance.Log;
using Heliograph.Core.Log;
using Heliograph.Storage.Sqlite.Engine;
using Heliograph.Storage.Sqlite.Tests.Support;
using Xunit;

namespace Heliograph.Storage.Sqlite.Tests;

/// <summary>What is refused before the first answer, and that the reason is clear.</summary>
public sealed class OpeningTests : IDisposable
{
    private readonly ScratchDirectory _directory = new();

    private string Database => _directory.File("log.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_second_origin_on_the_same_file_is_refused_until_the_first_ends()
    {
        var first = await TestStore.OpenAsync(Database);
        await first.AppendAsync("one");

        var refused = await TestStore.RefusedAsync(Database);
        Assert.Equal(SqliteRefusal.InUse, refused.Refusal);
        Assert.Contains("Another process", refused.Message, StringComparison.Ordinal);

        await first.AppendAsync("two"); // and the first is none the worse for it
        await first.DisposeAsync();
        await using var second = await TestStore.OpenAsync(Database);
        Assert.Equal(2, (await second.TipAsync()).Revision.Sequence);
    }

    [Fact]
    public async Task Every_file_of_the_log_is_its_owners_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no modes on Windows.");
        if (OperatingSystem.IsWindows()) return; // what the line above means, in words that the compiler knows
        await using var store = await TestStore.OpenAsync(Database);
        await store.AppendAsync("one");

        var files = Directory.GetFiles(_directory.Path);

        Assert.Equal(["log.db", "log.db-shm", "log.db-wal", "log.db.lock"], files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var file in files) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_database_of_another_log_is_refused()
    {
        await TestStore.CreateAsync(Database, entries: 1);
        Assert.Equal(SqliteRefusal.OtherLog, (await TestStore.RefusedAsync(Database, LogEntry.HashOf("other"u8))).Refusal);
    }

    [Fact]
    public async Task A_database_of_something_else_is_refused_and_left_alone()
    {
        TestStore.Tamper(Database, "CREATE TABLE somebody(elses INTEGER)");
        Assert.Equal(SqliteRefusal.OtherFormat, (await TestStore.RefusedAsync(Database)).Refusal);
        TestStore.Tamper(Database, "INSERT INTO somebody VALUES(1)");
    }

    [Fact]
    public async Task A_log_of_a_newer_format_is_refused()
    {
        await TestStore.CreateAsync(Database, entries: 1);
        TestStore.Tamper(Database, "PRAGMA user_version = 2");
        Assert.Equal(SqliteRefusal.OtherFormat, (await TestStore.RefusedAsync(Database)).Refusal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        await File.WriteAllBytesAsync(Database, [.. Enumerable.Repeat((byte)0x5A, 8_192)], TestContext.Current.CancellationToken);
        Assert.Equal(SqliteRefusal.Corrupt, (await TestStore.RefusedAsync(Database)).Refusal);
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_named()
    {
        var refused = await TestStore.RefusedAsync(Path.Combine(_directory.Path, "missing", "log.db"));
        Assert.Equal(SqliteRefusal.CannotOpen, refused.Refusal);
        Assert.Contains("missing", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DELETE FROM entry WHERE seq = 5", "Entry 5")]
    [InlineData("DELETE FROM entry WHERE seq = 3", "entries")]
    [InlineData("DELETE FROM op WHERE request_id = 'r-1'", "request ids")]
    [InlineData("UPDATE op SET seq = 1 WHERE request_id = 'r-1'", "request ids")]
    [InlineData("UPDATE op SET request_id = 'q-1' WHERE request_id = 'r-1'", "request ids")]
    [InlineData("UPDATE entry SET bytes = CAST(bytes || X'00' AS BLOB) WHERE seq = 2", "Entry 2")]
    [InlineData("UPDATE entry SET hash = zeroblob(32) WHERE seq = 2", "Entry 2")]
    [InlineData("UPDATE entry SET prev = zeroblob(32) WHERE seq = 2", "Entry 2")]
    [InlineData("UPDATE entry SET epoch = 2 WHERE seq = 2", "Entry 2")]
    [InlineData("UPDATE head SET seq = 4", "head row")]
    [InlineData("UPDATE head SET hash = zeroblob(32)", "head row")]
    [InlineData("UPDATE head SET epoch = 2", "head row")]
    [InlineData("UPDATE head SET committed_at_ms = 0", "head row")]
    [InlineData("DELETE FROM head", "head row")]
    [InlineData("DROP TABLE floor", "tables")]
    [InlineData("CREATE INDEX more ON entry(epoch)", "tables")]
    [InlineData("UPDATE format SET log_id = X'01'", "format row")]
    public async Task What_was_changed_behind_the_stores_back_is_refused(string sql, string culprit)
    {
        await TestStore.CreateAsync(Database, entries: 5);
        TestStore.Tamper(Database, sql);

        var refused = await TestStore.RefusedAsync(Database);

        Assert.Equal(SqliteRefusal.Corrupt, refused.Refusal);
        Assert.Contains(culprit, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flipped_token_is_noticed_when_leadership_is_asked_for()
    {
        await TestStore.CreateAsync(Database, entries: 1);
        TestStore.Tamper(Database, "UPDATE leader SET token = token + 64");
        await using var store = await SqliteLogStore.OpenAsync(
            new() { Path = Database, LogId = TestStore.LogId }, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, TestContext.Current.CancellationToken);

        Assert.IsType<LeadershipAnswer.OutcomeUnknown>(await store.CampaignAsync("node", TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken));
        Assert.Contains("leader row", await store.Failed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_only_disk_is_refused()
    {
        using var disk = new MountedDisk("8m");
        await TestStore.CreateAsync(disk.File("log.db"), entries: 1);
        disk.MakeReadOnly();

        var refused = await TestStore.RefusedAsync(disk.File("log.db"));
        Assert.Equal(SqliteRefusal.ReadOnly, refused.Refusal);
        Assert.Contains("read-only", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_refused_when_the_log_is_created()
    {
        using var disk = new MountedDisk("16k");
        await File.WriteAllBytesAsync(disk.File("ballast"), new byte[12 << 10], TestContext.Current.CancellationToken);

        Assert.Equal(SqliteRefusal.Full, (await TestStore.RefusedAsync(disk.File("log.db"))).Refusal);

        File.Delete(disk.File("ballast"));
        disk.Resize("8m");
        await TestStore.CreateAsync(disk.File("log.db"), entries: 1); // what the attempt left behind is no obstacle
    }

    [Theory]
    [InlineData("3.51.2", false)]
    [InlineData("3.7.0", false)]
    [InlineData("3.51.3", true)]
    [InlineData("3.53.3", true)]
    [InlineData("4.0.0", true)]
    [InlineData("", false)]
    [InlineData("three", false)]
    public void An_engine_with_the_reset_fault_is_refused(string version, bool isAccepted) => Assert.Equal(isAccepted, EngineVersion.Fault(version) is null);

    [Theory]
    [InlineData(DriveType.Fixed, "ext4", true)]
    [InlineData(DriveType.Fixed, "xfs", true)]
    [InlineData(DriveType.Ram, "tmpfs", true)]
    [InlineData(DriveType.Fixed, "fuseblk", true)]
    [InlineData(DriveType.Network, "whatever", false)]
    [InlineData(DriveType.Unknown, "nfs", false)]
    [InlineData(DriveType.Fixed, "9p", false)]
    [InlineData(DriveType.Fixed, "fuse.sshfs", false)]
    public void A_file_system_over_a_network_is_refused(DriveType type, string format, bool isAccepted) => Assert.Equal(isAccepted, StorageMedium.Fault(type, format) is null);

    [Fact]
    public void The_connections_have_the_settings_that_durability_rests_on()
    {
        using var writer = StoreConnection.OpenWriter(Database, Synchronous.Full);
        string[] expected = ["journal_mode=wal", "synchronous=2", "wal_autocheckpoint=0", "busy_timeout=5000", "foreign_keys=1", "trusted_schema=0", "cell_size_check=1", "mmap_size=0", "temp_store=2", "secure_delete=2"];
        Assert.Equal(expected, expected.Select(setting => setting.Split('=')[0]).Select(name => $"{name}={writer.Ask($"PRAGMA {name}")}"));
        Assert.Null(EngineVersion.Fault(writer.ServerVersion));

        TestStore.Tamper(Database, "CREATE TABLE t(a)");
        using var reader = StoreConnection.OpenReader(Database);
        Assert.Throws<Microsoft.Data.Sqlite.SqliteException>(() => reader.Ask("INSERT INTO t VALUES(1)"));
    }
}
