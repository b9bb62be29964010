// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;
using Microsoft.Data.Sqlite;

namespace Heliograph.Chaos.Checker.Stores;

/// <summary>Reads the tables of docs/reference/storage-sqlite.md from a copy of a database that nobody writes.</summary>
public static class SqliteRawStore
{
    public static RawLog Read(string path)
    {
        var copy = Directory.CreateTempSubdirectory("hl-raw-").FullName; // SQLite recovers the write-ahead log of what it opens: not of the evidence
        try
        {
            foreach (var end in new[] { "", "-wal" })
                if (File.Exists(path + end)) File.Copy(path + end, Path.Combine(copy, "log" + end));
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(copy, "log"), Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
            connection.Open();
            var (entries, places, requests) = (new List<RawEntry>(), new List<long>(), new Dictionary<string, long>(StringComparer.Ordinal));
            foreach (var row in Rows(connection, "SELECT seq, bytes, hash FROM entry ORDER BY seq"))
            {
                var entry = RawEntry.Parse((byte[])row[1]);
                if (entry.Hash != Convert.ToHexStringLower((byte[])row[2])) throw new InvalidDataException($"{path}: entry {row[0]} does not have the hash that stands beside it.");
                entries.Add(entry);
                places.Add((long)row[0]);
            }
            foreach (var row in Rows(connection, "SELECT request_id, seq FROM op")) requests.Add((string)row[0], (long)row[1]);
            var head = Rows(connection, "SELECT epoch, seq, hash FROM head").Single();
            return new(path, entries, places, requests, new(checked((int)(long)head[0]), (long)head[1]), Convert.ToHexStringLower((byte[])head[2]));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static IEnumerable<object[]> Rows(SqliteConnection connection, string query)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // three constants above
        command.CommandText = query;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            yield return row;
        }
    }
}
