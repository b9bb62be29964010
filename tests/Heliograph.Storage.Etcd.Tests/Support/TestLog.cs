// SPDX-License-Identifier: Apache-2.0
using Heliograph.Conformance.Log;
using Heliograph.Core.Log;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Heliograph.Storage.Etcd.Tests.Support;

/// <summary>An open store with the right to append, and what most tests do with one.</summary>
internal sealed class TestLog : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private TestLog(EtcdLogStore store, Hash256 logId, LeaderToken token) => (Store, LogId, Token) = (store, logId, token);

    public EtcdLogStore Store { get; }

    public Hash256 LogId { get; }

    public LeaderToken Token { get; private set; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<TestLog> OpenAsync(EtcdTestCluster cluster, Hash256? logId = null, string node = "node-a", int leaseSeconds = 60, Func<HttpMessageHandler, HttpMessageHandler>? transport = null, TimeSpan? upkeep = null)
    {
        var id = logId ?? EtcdTestCluster.NewLogId();
        var store = await EtcdLogStore.OpenAsync(cluster.Options(id, transport, upkeep), TimeProvider.System, NullLogger.Instance, Cancel);
        return new(store, id, Assert.IsType<LeadershipAnswer.Held>(await store.CampaignAsync(node, TimeSpan.FromSeconds(leaseSeconds), Cancel)).Token);
    }

    public async Task<LogTip> TipAsync() => await InsistAsync(() => Store.ReadTipAsync(Cancel));

    public async Task<IReadOnlyList<LogEntry>> EntriesAsync() => (await InsistAsync(() => Store.ReadAsync(0, 100_000, long.MaxValue, Cancel))).Entries;

    public async Task<AppendAnswer> TryAppendAsync(params string[] requestIds) => await Store.AppendAsync(TestChain.Batch(LogId, await TipAsync(), Token, requestIds), Cancel);

    public async Task AppendAsync(params string[] requestIds) => Assert.IsType<AppendAnswer.Appended>(await TryAppendAsync(requestIds));

    /// <summary>Does what a sequencer does: repeats under the same request id until it knows.</summary>
    /// <returns>Whether there was ever doubt.</returns>
    public async Task<bool> AppendSurelyAsync(string requestId)
    {
        var hadDoubt = false;
        for (var deadline = DateTime.UtcNow + Patience; DateTime.UtcNow < deadline; await Task.Delay(50, Cancel))
        {
            var answer = await TryAppendAsync(requestId);
            if (answer is AppendAnswer.Appended or AppendAnswer.Duplicate) return hadDoubt;
            if (answer is AppendAnswer.Deposed) Token = await CampaignAsync();
            hadDoubt |= answer is AppendAnswer.OutcomeUnknown;
        }
        Assert.Fail($"'{requestId}' was not appended within {Patience}.");
        return false;
    }

    private async Task<LeaderToken> CampaignAsync()
    {
        for (var deadline = DateTime.UtcNow + Patience; DateTime.UtcNow < deadline; await Task.Delay(100, Cancel))
            if (await Store.CampaignAsync("node-a", TimeSpan.FromSeconds(60), Cancel) is LeadershipAnswer.Held held) return held.Token;
        Assert.Fail("The right to append was not won.");
        return default;
    }

    private static async Task<T> InsistAsync<T>(Func<ValueTask<StoreAnswer<T>>> read)
    {
        for (var deadline = DateTime.UtcNow + Patience; ;)
        {
            var answer = await read();
            if (answer is StoreAnswer<T>.Done done) return done.Value;
            Assert.True(DateTime.UtcNow < deadline && answer is not StoreAnswer<T>.Corrupt, answer.ToString());
            await Task.Delay(100, Cancel);
        }
    }

    public ValueTask DisposeAsync() => Store.DisposeAsync();
}
