// SPDX-License-Identifier: Apache-2.0
using Heliograph.Storage.Sqlite.Engine;
using Heliograph.Storage.Sqlite.Tests.Support;
using Xunit;

namespace Heliograph.Storage.Sqlite.Tests;

/// <summary>The tables stand still: a database that any version of format 1 made is one that every other one reads. golden-schema.sql is what docs/reference/storage-sqlite.md shows.</summary>
public sealed class SchemaTests : IDisposable
{
    private readonly ScratchDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_new_database_has_the_tables_marks_and_rows_of_format_1()
    {
        var path = _directory.File("log.db");
        await (await TestStore.OpenAsync(path)).DisposeAsync();

        using var connection = StoreConnection.OpenReader(path);
        var golden = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "golden-schema.sql"));
        Assert.Equal(golden.Order(StringComparer.Ordinal), connection.Ask("SELECT group_concat(sql, char(10) ORDER BY sql) FROM sqlite_schema").Split('\n'));
        Assert.Equal("1212501065", connection.Ask("PRAGMA application_id")); // 0x48454C49, "HELI"
        Assert.Equal("1", connection.Ask("PRAGMA user_version"));
        Assert.Equal("1/0", connection.Ask("SELECT epoch || '/' || seq FROM head"));
        Assert.Equal("1/0", connection.Ask("SELECT min_seq || '/' || snap_seq FROM floor"));
    }

    [Theory] // computed apart from this code
    [InlineData(0, "", 2351477386)]
    [InlineData(7, "origin-ö", 1361429700)]
    public void A_leader_row_has_the_checksum_that_another_program_computed(long token, string node, long checksum) => Assert.Equal(checksum, LeaderRow.Checksum(token, node));
}
