// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Microsoft.Data.Sqlite;

namespace Heliograph.Storage.Sqlite.Engine;

/// <summary>The tables, and the check that a file has exactly these. docs/reference/storage-sqlite.md describes them; change both together.</summary>
internal static class StoreSchema
{
    public const int Format = 1;

    private const int ApplicationId = 0x48454C49; // "HELI": file(1) and we tell our databases by it

    private static readonly (string Name, string Sql)[] Tables =
    [
        ("format", "CREATE TABLE format(id INTEGER PRIMARY KEY CHECK(id = 1), version INTEGER NOT NULL, log_id BLOB NOT NULL) STRICT"),
        ("entry", "CREATE TABLE entry(seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, hash BLOB NOT NULL, prev BLOB NOT NULL, bytes BLOB NOT NULL) STRICT"),
        ("op", "CREATE TABLE op(request_id TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID"),
        ("head", "CREATE TABLE head(id INTEGER PRIMARY KEY CHECK(id = 1), epoch INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, committed_at_ms INTEGER NOT NULL) STRICT"),
        ("leader", "CREATE TABLE leader(id INTEGER PRIMARY KEY CHECK(id = 1), token INTEGER NOT NULL, node TEXT NOT NULL, crc INTEGER NOT NULL) STRICT"),
        ("floor", "CREATE TABLE floor(id INTEGER PRIMARY KEY CHECK(id = 1), min_seq INTEGER NOT NULL, snap_seq INTEGER NOT NULL) STRICT"),
    ];

    /// <summary>Whether the file holds nothing yet.</summary>
    public static bool IsEmpty(SqliteConnection connection) =>
        connection.Ask("SELECT count(*) FROM sqlite_schema") == "0" && connection.Ask("PRAGMA application_id") == "0" && connection.Ask("PRAGMA user_version") == "0";

    /// <summary>Makes the tables of an empty log, all at once.</summary>
    public static void Create(SqliteConnection connection, Hash256 logId)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        var empty = LogTip.Empty;
        command.CommandText = $"""
            PRAGMA application_id={ApplicationId};
            PRAGMA user_version={Format};
            {string.Join(";\n", Tables.Select(table => table.Sql))};
            INSERT INTO format VALUES(1, {Format}, $log_id);
            INSERT INTO head VALUES(1, {empty.Revision.Epoch}, {empty.Revision.Sequence}, $zero, {empty.CommittedAtMs});
            INSERT INTO leader VALUES(1, 0, '', {LeaderRow.Checksum(0, "")});
            INSERT INTO floor VALUES(1, 1, 0);
            """;
        command.Parameters.AddWithValue("$log_id", logId.ToArray());
        command.Parameters.AddWithValue("$zero", empty.Hash.ToArray());
        command.ExecuteNonQuery();
        transaction.Commit();
    }

    /// <summary>Refuses whatever is not the log <paramref name="logId"/> in this format.</summary>
    /// <exception cref="SqliteLogStoreException">It is not.</exception>
    public static void Verify(SqliteConnection connection, string path, Hash256 logId)
    {
        if (connection.Ask("PRAGMA application_id") != Text(ApplicationId) || connection.Ask("PRAGMA user_version") != Text(Format))
            throw new SqliteLogStoreException(SqliteRefusal.OtherFormat, $"'{path}' is a database, but not a log of format {Format}. Check the path, and whether a newer version wrote it.");
        if (Found(connection) is var found && !found.SequenceEqual(Tables.OrderBy(table => table.Name, StringComparer.Ordinal)))
            throw new SqliteLogStoreException(SqliteRefusal.Corrupt, $"The tables of '{path}' are not those of format {Format}: it is damaged, or was changed by hand. Restore it.");
        var (version, held) = FormatRow(connection);
        if (version != Format || held.Length != Hash256.SizeBytes)
            throw new SqliteLogStoreException(SqliteRefusal.Corrupt, $"The format row of '{path}' is damaged. Restore the database.");
        if (new Hash256(held) != logId)
            throw new SqliteLogStoreException(SqliteRefusal.OtherLog, $"'{path}' holds the log {new Hash256(held)}, not {logId}. Check the path and the trust file.");
        if (connection.Ask("SELECT min_seq || '/' || snap_seq FROM floor WHERE id = 1") != "1/0")
            throw new SqliteLogStoreException(SqliteRefusal.OtherFormat, $"The log in '{path}' is trimmed, which this version cannot read.");
    }

    private static List<(string, string)> Found(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name, sql FROM sqlite_schema ORDER BY name";
        using var rows = command.ExecuteReader();
        var found = new List<(string, string)>();
        while (rows.Read()) found.Add((rows.GetValue(0) as string ?? "", rows.GetValue(1) as string ?? ""));
        return found;
    }

    private static (long Version, byte[] LogId) FormatRow(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT version, log_id FROM format WHERE id = 1";
        using var row = command.ExecuteReader();
        return row.Read() && row.GetValue(0) is long version && row.GetValue(1) is byte[] logId ? (version, logId) : (0, []);
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
