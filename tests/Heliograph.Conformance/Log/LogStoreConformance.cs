// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Xunit;

namespace Heliograph.Conformance.Log;

/// <summary>What every log store promises. An adapter derives from this once and gives a fixture; the facts come with it.</summary>
public abstract partial class LogStoreConformance : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan EventDeadline = TimeSpan.FromSeconds(20); // of waits for something that must come

    private LogStoreFixture? _fixture;
    private ILogStore? _store;
    private LeaderToken _token;

    /// <summary>Cancelled when the run is.</summary>
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The adapter's means.</summary>
    protected LogStoreFixture Fixture => _fixture ?? throw new InvalidOperationException("The test has not begun.");

    /// <summary>The open store.</summary>
    protected ILogStore Store => _store ?? throw new InvalidOperationException("The test has not begun.");

    /// <summary>The right to append, held by <c>node-a</c>.</summary>
    protected LeaderToken Token => _token;

    /// <summary>Makes the means for one test: an empty log of its own.</summary>
    protected abstract LogStoreFixture CreateFixture();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _fixture = CreateFixture();
        _store = await _fixture.OpenAsync(Cancel);
        _token = await CampaignAsync(Store, "node-a");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
        if (_fixture is not null) await _fixture.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the store and opens it again, as a restart does. <c>node-a</c> campaigns anew.</summary>
    protected async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        _store = await Fixture.OpenAsync(Cancel);
        await Fixture.PassAsync(Lease + Lease); // where leases outlive a restart, this ends them
        _token = await CampaignAsync(Store, "node-a");
    }

    /// <summary>The tip, which must be given.</summary>
    protected async Task<LogTip> TipAsync() => Done(await Store.ReadTipAsync(Cancel));

    /// <summary>A page, which must be given.</summary>
    protected async Task<EntryPage> PageAsync(long after, int entriesMax = 1_000, long bytesMax = 64 << 20) => Done(await Store.ReadAsync(after, entriesMax, bytesMax, Cancel));

    /// <summary>Appends one entry per request id, which must succeed.</summary>
    protected async Task<AppendBatch> AppendAsync(params string[] requestIds)
    {
        var batch = TestChain.Batch(Fixture.LogId, await TipAsync(), Token, requestIds);
        var appended = Assert.IsType<AppendAnswer.Appended>(await Store.AppendAsync(batch, Cancel));
        Assert.Equal(TestChain.TipOf(batch.Entries[^1]), appended.Tip);
        return batch;
    }

    /// <summary>Wins the right to append, which must succeed.</summary>
    protected static async Task<LeaderToken> CampaignAsync(ILogStore store, string node) =>
        Assert.IsType<LeadershipAnswer.Held>(await store.CampaignAsync(node, Lease, Cancel)).Token;

    /// <summary>The value of an answer that must be one.</summary>
    protected static T Done<T>(StoreAnswer<T> answer) => Assert.IsType<StoreAnswer<T>.Done>(answer).Value;

    /// <summary>Asserts that the log holds exactly these entries, byte for byte.</summary>
    protected async Task AssertHoldsAsync(params IReadOnlyList<LogEntry> expected)
    {
        var page = await PageAsync(after: 0);
        Assert.Equal(expected.Select(entry => Convert.ToHexString(entry.Bytes.Span)), page.Entries.Select(entry => Convert.ToHexString(entry.Bytes.Span)));
        Assert.Equal(expected.Count == 0 ? LogTip.Empty : TestChain.TipOf(expected[^1]), page.Tip);
        Assert.Equal(page.Tip, await TipAsync());
    }
}
