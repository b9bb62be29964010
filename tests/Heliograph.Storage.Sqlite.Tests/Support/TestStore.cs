// SPDX-License-Identifier: Apache-2.0
using Heliograph.Conformance.Log;
using Heliograph.Core.Log;
using Heliograph.Storage.Sqlite.Engine;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Heliograph.Storage.Sqlite.Tests.Support;

/// <summary>A store in a directory, and the few things that most tests do with one.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    public static readonly Hash256 LogId = LogEntry.HashOf("test log"u8);

    private TestStore(SqliteLogStore store, LeaderToken token) => (Store, Token) = (store, token);

    public SqliteLogStore Store { get; }

    public LeaderToken Token { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<TestStore> OpenAsync(
        string path, Action<StoreStep>? probe = null, TimeProvider? time = null, long checkpointBytes = 16 << 20, bool isLockExclusive = true)
    {
        var options = new SqliteLogStoreOptions { Path = path, LogId = LogId, Probe = probe, CheckpointBytes = checkpointBytes, IsLockExclusive = isLockExclusive };
        var store = await SqliteLogStore.OpenAsync(options, time ?? TimeProvider.System, NullLogger.Instance, Cancel);
        var held = Assert.IsType<LeadershipAnswer.Held>(await store.CampaignAsync("node", TimeSpan.FromHours(1), Cancel));
        return new(store, held.Token);
    }

    /// <summary>Makes a log of so many entries, and closes it.</summary>
    public static async Task<LogTip> CreateAsync(string path, int entries)
    {
        await using var store = await OpenAsync(path);
        await store.AppendAsync(TestChain.RequestIds("r", entries));
        return await store.TipAsync();
    }

    /// <summary>Expects that the file is not opened, and says why it was not.</summary>
    public static async Task<SqliteLogStoreException> RefusedAsync(string path, Hash256? logId = null) =>
        await Assert.ThrowsAsync<SqliteLogStoreException>(async () =>
        {
            var options = new SqliteLogStoreOptions { Path = path, LogId = logId ?? LogId };
            await using var store = await SqliteLogStore.OpenAsync(options, TimeProvider.System, NullLogger.Instance, Cancel);
        });

    /// <summary>Does to a database what its owner would not.</summary>
    public static void Tamper(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public async Task<LogTip> TipAsync() => Assert.IsType<StoreAnswer<LogTip>.Done>(await Store.ReadTipAsync(Cancel)).Value;

    public async Task<AppendAnswer> TryAppendAsync(params string[] requestIds) => await Store.AppendAsync(TestChain.Batch(LogId, await TipAsync(), Token, requestIds), Cancel);

    public async Task AppendAsync(params string[] requestIds) => Assert.IsType<AppendAnswer.Appended>(await TryAppendAsync(requestIds));

    public async Task<IReadOnlyList<LogEntry>> EntriesAsync() => Assert.IsType<StoreAnswer<EntryPage>.Done>(await Store.ReadAsync(0, 100_000, long.MaxValue, Cancel)).Value.Entries;

    public ValueTask DisposeAsync() => Store.DisposeAsync();
}
