// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Log;

/// <summary>Where the log lives. SQLite on one machine, etcd in a cluster; one conformance and fault suite holds them all.</summary>
/// <remarks>
/// <para>Every operation can answer <c>OutcomeUnknown</c>: a caller never takes silence for failure. A watch is a hint;
/// the truth is "read after my last sequence, check density and chain".</para>
/// <para>Thread-safe. Entries come back byte for byte as they were appended.</para>
/// </remarks>
public interface ILogStore : IAsyncDisposable
{
    /// <summary>The newest durable entry.</summary>
    ValueTask<StoreAnswer<LogTip>> ReadTipAsync(CancellationToken cancellationToken);

    /// <summary>Appends all of a batch durably, or nothing of it.</summary>
    /// <param name="batch">At least one entry; the first follows <see cref="AppendBatch.Expected"/>, each the one before it.</param>
    /// <param name="cancellationToken">Stops the wait, not the append.</param>
    /// <exception cref="ArgumentException">The entries are not dense or not chained, or more than <see cref="BatchEntriesMax"/>: a bug of the caller. Nothing was written.</exception>
    ValueTask<AppendAnswer> AppendAsync(AppendBatch batch, CancellationToken cancellationToken);

    /// <summary>Reads entries with sequence &gt; <paramref name="after"/>, in order, without gaps.</summary>
    /// <param name="after">0 or more; beyond the tip gives an empty page.</param>
    /// <param name="entriesMax">At least 1.</param>
    /// <param name="bytesMax">Stop before this many bytes; at least one entry is returned all the same.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    ValueTask<StoreAnswer<EntryPage>> ReadAsync(long after, int entriesMax, long bytesMax, CancellationToken cancellationToken);

    /// <summary>The sequence of the entry that carries <paramref name="requestId"/>, or <see langword="null"/>.</summary>
    ValueTask<StoreAnswer<long?>> FindRequestAsync(string requestId, CancellationToken cancellationToken);

    /// <summary>Asks for the right to append. Whoever holds it holds a token that every append carries.</summary>
    /// <param name="nodeId">Who asks; the same node asking again gets a new token and its old one is void.</param>
    /// <param name="lease">How long the right lasts without renewal.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    ValueTask<LeadershipAnswer> CampaignAsync(string nodeId, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Prolongs the right by its lease.</summary>
    ValueTask<LeadershipAnswer> RenewAsync(LeaderToken token, CancellationToken cancellationToken);

    /// <summary>Gives the right back, so that another need not wait for the lease to end.</summary>
    ValueTask<LeadershipAnswer> ResignAsync(LeaderToken token, CancellationToken cancellationToken);

    /// <summary>Calls <paramref name="wakeUp"/> some time after entries were appended, by anyone. It may come late, twice or for nothing; it must be cheap and must not throw.</summary>
    /// <returns>Ends the watch when disposed.</returns>
    IDisposable Watch(Action wakeUp);

    /// <summary>Calls <paramref name="freed"/> some time after the right to append became free. It may come late, twice, for nothing or, where only one node ever asks, never; it must be cheap and must not throw.</summary>
    /// <returns>Ends the watch when disposed.</returns>
    IDisposable WatchLeadership(Action freed) => NoWatch.Instance;

    /// <summary>Most entries that one batch may hold. A store without a limit of its own says <see cref="int.MaxValue"/>.</summary>
    int BatchEntriesMax => int.MaxValue;

    /// <summary>Completes, with the reason, when the store can no longer vouch for what it holds (an I/O error on the write path, corruption). The host then ends the process; nothing is retried.</summary>
    Task<string> Failed { get; }
}

/// <summary>A watch that never calls.</summary>
internal sealed class NoWatch : IDisposable
{
    public static readonly NoWatch Instance = new();

    public void Dispose() { }
}

/// <summary>The right to append, as a number that only grows. An append under an old token is refused by the store itself, however late it arrives.</summary>
public readonly record struct LeaderToken(long Value);

/// <summary>What is appended at once.</summary>
/// <param name="Expected">The tip that the entries follow. If the store's tip is another, nothing is written.</param>
/// <param name="Token">The right to append.</param>
/// <param name="Entries">1 or more, chained.</param>
public sealed record AppendBatch(LogTip Expected, LeaderToken Token, IReadOnlyList<LogEntry> Entries);

/// <summary>Consecutive entries.</summary>
/// <param name="Entries">In order of sequence; empty when there is nothing after the position asked for.</param>
/// <param name="Tip">The store's tip when the page was read.</param>
public sealed record EntryPage(IReadOnlyList<LogEntry> Entries, LogTip Tip);

/// <summary>What a read of the store came to. Closed.</summary>
public abstract record StoreAnswer<T>
{
    private StoreAnswer() { }

    /// <summary>The answer.</summary>
    public sealed record Done(T Value) : StoreAnswer<T>;

    /// <summary>Not now; nothing happened. Safe to ask again.</summary>
    public sealed record Unavailable(string Reason, TimeSpan RetryAfter) : StoreAnswer<T>;

    /// <summary>No answer came, or one that cannot be trusted. Ask again, elsewhere if possible.</summary>
    public sealed record OutcomeUnknown(string Reason) : StoreAnswer<T>;

    /// <summary>What is stored is damaged. Never served, never skipped.</summary>
    public sealed record Corrupt(string Reason) : StoreAnswer<T>;
}

/// <summary>What an append came to. Closed: one case per next step.</summary>
public abstract record AppendAnswer
{
    private AppendAnswer() { }

    /// <summary>All of it is durable.</summary>
    public sealed record Appended(LogTip Tip) : AppendAnswer;

    /// <summary>Nothing written: the log has moved on. Read what came, decide again.</summary>
    public sealed record Moved(LogTip Current) : AppendAnswer;

    /// <summary>Nothing written: a request id of the batch is in the log already.</summary>
    public sealed record Duplicate(string RequestId, long Sequence) : AppendAnswer;

    /// <summary>Nothing written: another node holds the right to append.</summary>
    public sealed record Deposed(string Reason) : AppendAnswer;

    /// <summary>Nothing written: no space. Reads go on.</summary>
    public sealed record Full(string Reason) : AppendAnswer;

    /// <summary>Nothing written: the store cannot take writes now.</summary>
    public sealed record Unavailable(string Reason, TimeSpan RetryAfter) : AppendAnswer;

    /// <summary>Perhaps written. Find the request ids before doing anything else.</summary>
    public sealed record OutcomeUnknown(string Reason) : AppendAnswer;
}

/// <summary>What a campaign, a renewal or a resignation came to. Closed.</summary>
public abstract record LeadershipAnswer
{
    private LeadershipAnswer() { }

    /// <summary>The right is held (after a resignation: was given back).</summary>
    public sealed record Held(LeaderToken Token) : LeadershipAnswer;

    /// <summary>Another node holds it, at the longest until <paramref name="RetryAfter"/> from now unless it renews.</summary>
    public sealed record HeldByOther(string NodeId, TimeSpan RetryAfter) : LeadershipAnswer;

    /// <summary>Perhaps held, perhaps not: campaign again.</summary>
    public sealed record OutcomeUnknown(string Reason) : LeadershipAnswer;
}
