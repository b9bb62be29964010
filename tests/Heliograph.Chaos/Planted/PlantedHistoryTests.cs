// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Heliograph.Chaos.Checker.Histories;
using Heliograph.Chaos.Checker.Stores;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Heliograph.Chaos.Planted;

/// <summary>A checker that sees nothing proves nothing.</summary>
public sealed class PlantedHistoryTests
{
    [Fact]
    public void A_history_without_a_fault_is_clean()
    {
        var verdict = new SmallWorld().Judge();

        Assert.Empty(verdict.Violations);
        Assert.Equal((0, 0, 0), (verdict.Ambiguous, verdict.Lost, verdict.Duplicated));
        Assert.Equal(78, verdict.Operations);
    }

    [Fact]
    public void Every_planted_bug_is_caught_as_what_it_is()
    {
        var missed = new List<string>();
        foreach (var (invariant, name, plant) in PlantedBugs.All)
        {
            var world = new SmallWorld();
            plant(world);
            var caught = world.Judge().Violations.Where(violation => violation.Invariant == invariant).ToList();
            Console.WriteLine($"planted history {invariant,-3} {name}: {(caught.Count > 0 ? "caught" : "MISSED")}");
            if (caught.Count == 0) missed.Add(name);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{PlantedBugs.All.Count - missed.Count} of {PlantedBugs.All.Count} planted histories are caught, of {PlantedBugs.All.Select(bug => bug.Invariant).Distinct().Count()} promises"));
        Assert.Empty(missed);
        Assert.Equal(["I1", "I10", "I11", "I12", "I2", "I3", "I4", "I8", "I9"], PlantedBugs.All.Select(bug => bug.Invariant).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Twenty_thousand_operations_are_judged_and_one_bug_among_them_is_found()
    {
        var world = new SmallWorld(changes: 10_000);
        Assert.Empty(world.Judge().Violations);

        world.Entries.RemoveAt(world.Entries.Count - 1);

        Assert.Contains(world.Judge().Violations, violation => violation.Invariant == "I1");
    }

    [Fact]
    public void A_history_is_read_as_it_was_written_but_for_a_line_that_was_cut_off()
    {
        var path = Path.GetTempFileName();
        try
        {
            var world = new SmallWorld();
            File.WriteAllText(path, string.Concat(world.History.Select(line => HistoryFile.Write(line) + "\n")) + "{\"line\":\"mar");

            Assert.Equal(world.History.Select(HistoryFile.Write), HistoryFile.ReadHistory(path).Select(HistoryFile.Write));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void The_raw_stores_are_read_by_their_documents()
    {
        var directory = Directory.CreateTempSubdirectory("hl-planted-").FullName;
        try
        {
            var log = new SmallWorld().Log;
            WriteSqlite(Path.Combine(directory, "log.db"), log);
            File.WriteAllLines(Path.Combine(directory, "etcd.jsonl"), Dump(log).Select(EtcdDump.Write));

            foreach (var read in new[] { SqliteRawStore.Read(Path.Combine(directory, "log.db")), EtcdDump.Read(Path.Combine(directory, "etcd.jsonl")) })
            {
                Assert.Equal(log.Entries.Select(entry => entry.Hash), read.Entries.Select(entry => entry.Hash));
                Assert.Equal(log.Places, read.Places);
                Assert.Equal(log.Requests.OrderBy(it => it.Key), read.Requests.OrderBy(it => it.Key));
                Assert.Equal((log.Head, log.HeadHash), (read.Head, read.HeadHash));
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void WriteSqlite(string path, RawLog log)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Execute("CREATE TABLE entry(seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, hash BLOB NOT NULL, prev BLOB NOT NULL, bytes BLOB NOT NULL) STRICT");
        Execute("CREATE TABLE op(request_id TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID");
        Execute("CREATE TABLE head(id INTEGER PRIMARY KEY CHECK(id = 1), epoch INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, committed_at_ms INTEGER NOT NULL) STRICT");
        foreach (var entry in log.Entries)
        {
            Execute($"INSERT INTO entry VALUES({entry.Revision.Sequence}, 1, x'{entry.Hash}', x'{entry.PreviousHash}', x'{Convert.ToHexString(entry.Bytes.Span)}')");
            Execute($"INSERT INTO op VALUES('{entry.RequestId}', {entry.Revision.Sequence})");
        }
        Execute($"INSERT INTO head VALUES(1, 1, {log.Head.Sequence}, x'{log.HeadHash}', 0)");

        void Execute(string statement)
        {
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // written here
            command.CommandText = statement;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }
    }

    /// <summary>Entries in their keys, but for the last two, which are one batch in chunks of 50 bytes.</summary>
    private static IEnumerable<DumpedKey> Dump(RawLog log)
    {
        var (prefix, batch) = ($"/heliograph/{new string('d', 64)}/", log.Entries.TakeLast(2).ToList());
        foreach (var entry in log.Entries)
        {
            byte[] value = batch.Contains(entry) ? Reference(entry) : [0x01, .. entry.Bytes.Span];
            yield return Key($"e/{entry.Revision.Sequence:x16}", value, entry.StoreRevision);
            yield return Key($"op/{entry.RequestId}", Big(entry.Revision.Sequence), entry.StoreRevision);
        }
        byte[] whole = [.. batch.SelectMany(entry => entry.Bytes.ToArray())];
        foreach (var (chunk, i) in whole.Chunk(50).Select((chunk, i) => (chunk, i))) yield return Key($"b/{batch[^1].Revision.Sequence:x16}/{batch[^1].Hash}/{i:x4}", chunk, 0);
        yield return Key("head", [.. Big(1)[4..], .. Big(log.Head.Sequence), .. Convert.FromHexString(log.HeadHash), .. new byte[12]], 0);

        DumpedKey Key(string name, byte[] value, long created) => new(Encoding.UTF8.GetBytes(prefix + name), value, created);

        byte[] Reference(Checker.Stores.RawEntry entry) =>
            [0x02, .. Convert.FromHexString(entry.Hash), .. Big(batch[^1].Revision.Sequence), .. Convert.FromHexString(batch[^1].Hash), .. Big(entry == batch[0] ? 0 : batch[0].Bytes.Length)[4..], .. Big(entry.Bytes.Length)[4..]];
    }

    private static byte[] Big(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }
}
