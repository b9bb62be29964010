// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Listening;
using Heliograph.Origin;
using Microsoft.Data.Sqlite;

namespace Heliograph.Benchmarks;

/// <summary>Durable changes a second through a whole origin's sequencer (validated, signed, high-water mark flushed), beside raw commits of the same SQLite on the same disk, in alternating rounds.</summary>
internal static class DurableBenchmark
{
    private const int Rounds = 5;
    private const int EntryBytes = 400;
    private static readonly string Filler = new('x', 100);
    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(string directory)
    {
        await using var origin = await OriginHost.StartAsync(new OriginOptions
        {
            DataDirectory = Path.Combine(directory, "origin"),
            Listeners = new ListenerOptions { Endpoints = [ListenEndpoint.Parse("http://127.0.0.1:0")] },
        }, null, TimeProvider.System, CancellationToken.None);
        await origin.Sequencer.SubmitAsync(new Submission.Create(BenchRealm.Name, "", "bench", "create"), CancellationToken.None);
        await ChangesAsync(origin.Sequencer, 16, -1); // until its code is compiled
        var (raw, one, sixteen) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            raw.Add(RawCommits(Path.Combine(directory, $"raw-{round}.db")));
            one.Add(await ChangesAsync(origin.Sequencer, 1, round));
            sixteen.Add(await ChangesAsync(origin.Sequencer, 16, round));
        }
        Say("raw SQLite commits, WAL, FULL, one row each", raw);
        Say("durable changes, 1 author", one);
        Say("durable changes, 16 authors", sixteen);
    }

    private static double RawCommits(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE entry(sequence INTEGER PRIMARY KEY, bytes BLOB)");
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO entry(bytes) VALUES ($bytes)";
        insert.Parameters.AddWithValue("$bytes", new byte[EntryBytes]);
        var (clock, count) = (Stopwatch.StartNew(), 0);
        for (; clock.Elapsed < RoundTime; count++) insert.ExecuteNonQuery();
        return count / clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> ChangesAsync(Sequencer sequencer, int authors, int round)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, authors).Select(author => Task.Run(async () =>
        {
            var count = 0;
            for (; clock.Elapsed < RoundTime; count++)
            {
                var value = string.Create(CultureInfo.InvariantCulture, $"{authors}.{round}.{count} {Filler}"); // never what stands already: that would be no change
                var change = new Changeset(BenchRealm.Name, [new SettingOperation.Put(Setting.Of($"author{author}:key{count % 100}", value))]);
                var result = await sequencer.SubmitAsync(new Submission.Change(change, "bench", $"{authors}-{author}-{round}-{count}"), CancellationToken.None);
                if (result is not SubmitResult.Committed) throw new InvalidOperationException($"A change was answered with {result.GetType().Name}.");
            }
            return count;
        })));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static void Say(string what, List<double> rates)
    {
        rates.Sort();
        Measure.Say(what, $"{rates[0]:F0} / {rates[Rounds / 2]:F0} / {rates[^1]:F0} a second");
    }
}
