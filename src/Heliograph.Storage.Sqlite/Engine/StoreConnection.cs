// SPDX-License-Identifier: Apache-2.0
using Microsoft.Data.Sqlite;

namespace Heliograph.Storage.Sqlite.Engine;

/// <summary>Opens connections with the settings that the log's durability rests on, and reads each of them back.</summary>
internal static class StoreConnection
{
    private const int CommandTimeoutSeconds = 1; // the ADO layer's own retry on BUSY; the wait itself is busy_timeout

    private static readonly (string Name, string Set, string Expect)[] Common =
    [
        ("busy_timeout", "5000", "5000"),
        ("foreign_keys", "ON", "1"),
        ("trusted_schema", "OFF", "0"), // a schema from outside must not call functions
        ("cell_size_check", "ON", "1"), // finds some damage early
        ("mmap_size", "0", "0"), // an I/O error must be an error code, not a signal
        ("temp_store", "MEMORY", "2"),
    ];

    /// <summary>The one connection that writes.</summary>
    /// <exception cref="SqliteException">The file cannot be opened or written.</exception>
    /// <exception cref="SqliteLogStoreException">The engine is too old, or a setting did not take.</exception>
    public static SqliteConnection OpenWriter(string path, Synchronous synchronous)
    {
        var durability = ((int)synchronous).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Open(path, SqliteOpenMode.ReadWriteCreate,
        [
            ("journal_mode", "WAL", "wal"),
            ("synchronous", durability, durability),
            ("wal_autocheckpoint", "0", "0"), // the writer thread checkpoints, see Checkpointer
            ("secure_delete", "FAST", "2"),
            .. OperatingSystem.IsMacOS() ? [("fullfsync", "ON", "1")] : Array.Empty<(string, string, string)>(),
            .. Common,
        ]);
    }

    /// <summary>A connection that only reads.</summary>
    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    /// <exception cref="SqliteLogStoreException">A setting did not take.</exception>
    public static SqliteConnection OpenReader(string path) => Open(path, SqliteOpenMode.ReadOnly, [("query_only", "ON", "1"), .. Common]);

    /// <summary>The first column of the first row, as text; empty if there is none.</summary>
    public static string Ask(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture) ?? "";
    }

    /// <summary>A statement that is compiled once and kept.</summary>
    public static SqliteCommand Prepare(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, SqliteType Type)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, type) in parameters) command.Parameters.Add(name, type);
        command.Prepare();
        return command;
    }

    /// <summary>Whether a transaction is open. SQLite ends one by itself after some errors.</summary>
    public static bool IsInTransaction(this SqliteConnection connection) => SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0;

    private static SqliteConnection Open(string path, SqliteOpenMode mode, ReadOnlySpan<(string Name, string Set, string Expect)> settings)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path, Mode = mode, Pooling = false, Cache = SqliteCacheMode.Private, DefaultTimeout = CommandTimeoutSeconds,
        }.ToString());
        try
        {
            connection.Open();
            if (EngineVersion.Fault(connection.Ask("SELECT sqlite_version()")) is { } fault) throw new SqliteLogStoreException(SqliteRefusal.EngineTooOld, fault);
            foreach (var (name, set, expect) in settings)
            {
                connection.Ask($"PRAGMA {name}={set}");
                var found = connection.Ask($"PRAGMA {name}");
                if (found != expect) throw new SqliteLogStoreException(SqliteRefusal.Setting, $"SQLite keeps {name} at '{found}', not '{expect}', for '{path}'. The log would not be safe.");
            }
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
