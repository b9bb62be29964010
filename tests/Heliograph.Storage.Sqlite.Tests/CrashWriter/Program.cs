// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using Heliograph;
using Heliograph.Conformance.Log;
using Heliograph.Core.Log;
using Heliograph.Platform.Files;
using Heliograph.Replication.Log;
using Heliograph.Storage.Sqlite;
using Heliograph.Storage.Sqlite.Engine;
using Microsoft.Extensions.Logging.Abstractions;

// The victim of the fault suite: does single-entry changes in order, as the origin does them (commit, mark, acknowledge),
// and journals each acknowledgement to a file on another disk. It is killed, starved and traced from outside.
//   <database> <acknowledgements> <changes> <Full|Normal> <checkpoint bytes>
// Ends with 0 when all changes are done, 2 when the store refused to open, 3 when it stopped or refused a change.
var (database, acknowledgements, changes) = (args[0], args[1], int.Parse(args[2], CultureInfo.InvariantCulture));
var options = new SqliteLogStoreOptions
{
    Path = database,
    LogId = LogEntry.HashOf("crash"u8),
    Synchronous = Enum.Parse<Synchronous>(args[3]),
    CheckpointBytes = long.Parse(args[4], CultureInfo.InvariantCulture),
};
try
{
    await using var store = await SqliteLogStore.OpenAsync(options, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
    using var mark = new HighWaterFile(new DiskFileStore(Path.GetDirectoryName(database)!), options.LogId);
    using var journal = File.OpenHandle(acknowledgements, FileMode.OpenOrCreate, FileAccess.Write);
    return await DoChangesAsync(store, mark, journal);
}
catch (SqliteLogStoreException refused)
{
    Console.WriteLine($"{refused.Refusal}: {refused.Message}");
    return 2;
}

async Task<int> DoChangesAsync(SqliteLogStore store, HighWaterFile mark, Microsoft.Win32.SafeHandles.SafeFileHandle journal)
{
    if (await store.CampaignAsync("victim", TimeSpan.FromHours(1), CancellationToken.None) is not LeadershipAnswer.Held(var token)
        || await store.ReadTipAsync(CancellationToken.None) is not StoreAnswer<LogTip>.Done(var tip))
        return Stopped(store, "Before the first change.");

    for (var change = tip.Revision.Sequence + 1; change <= changes; change++)
    {
        var entry = TestChain.Entry(options.LogId, tip, string.Create(CultureInfo.InvariantCulture, $"change-{change}"), valueBytes: 200);
        var answer = await store.AppendAsync(new(tip, token, [entry]), CancellationToken.None);
        if (answer is not AppendAnswer.Appended done) return Stopped(store, answer.ToString());
        tip = done.Tip;
        await mark.AdvanceAsync(tip, CancellationToken.None);
        var line = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{tip.Revision.Sequence} {tip.Hash}\n"));
        RandomAccess.Write(journal, line, RandomAccess.GetLength(journal));
        RandomAccess.FlushToDisk(journal);
    }
    return 0;
}

static int Stopped(SqliteLogStore store, string reason)
{
    Console.WriteLine(store.Failed.IsCompleted ? $"Failed: {store.Failed.Result} {reason}" : reason);
    return 3;
}
