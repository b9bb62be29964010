// SPDX-License-Identifier: Apache-2.0
using Microsoft.Data.Sqlite;

namespace Heliograph.Storage.Sqlite.Engine;

/// <summary>What an error of SQLite means for the store.</summary>
internal enum SqliteFault
{
    /// <summary>No space. The transaction is rolled back; the store goes on.</summary>
    Full,

    /// <summary>Another connection holds the database, or the process has no file descriptor left. Nothing happened; the store goes on.</summary>
    NotNow,

    /// <summary>The database cannot be written. The transaction did not begin; reads go on.</summary>
    ReadOnly,

    /// <summary>An I/O error, damage, or anything unforeseen: the outcome is unknown and nothing may be retried, for a second flush may report success although the data is gone.</summary>
    Fatal,
}

/// <summary>Reads SQLite's result codes (sqlite.org/rescode.html).</summary>
internal static class SqliteFaults
{
    private const int Busy = 5, Locked = 6, ReadOnly = 8, CorruptCode = 11, Full = 13, CannotOpenCode = 14, NotADatabase = 26;

    public static SqliteFault Kind(this SqliteException exception) => exception.SqliteErrorCode switch
    {
        Full => SqliteFault.Full,
        Busy or Locked or CannotOpenCode => SqliteFault.NotNow,
        ReadOnly => SqliteFault.ReadOnly,
        _ => SqliteFault.Fatal,
    };

    /// <summary>Whether SQLite found the file itself damaged.</summary>
    public static bool IsCorrupt(this SqliteException exception) => exception.SqliteErrorCode is CorruptCode or NotADatabase;

    /// <summary>The code in words, without anything that was stored.</summary>
    public static string Describe(this SqliteException exception) =>
        $"SQLite error {exception.SqliteErrorCode} ({exception.SqliteExtendedErrorCode}): {SQLitePCL.raw.sqlite3_errstr(exception.SqliteErrorCode).utf8_to_string()}";

    /// <summary>The refusal that an error during opening comes to.</summary>
    public static SqliteRefusal Refusal(this SqliteException exception) => exception.SqliteErrorCode switch
    {
        Full => SqliteRefusal.Full,
        Busy or Locked => SqliteRefusal.InUse,
        ReadOnly => SqliteRefusal.ReadOnly,
        CannotOpenCode => SqliteRefusal.CannotOpen,
        _ => SqliteRefusal.Corrupt,
    };
}
