// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Storage.Sqlite.Writing;

namespace Heliograph.Storage.Sqlite;

public sealed partial class SqliteLogStore
{
    /// <inheritdoc/>
    public async ValueTask<AppendAnswer> AppendAsync(AppendBatch batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (BatchRules.Fault(batch, _options.LogId) is { } fault) throw new ArgumentException(fault, nameof(batch));
        var job = new WriteJob<AppendAnswer>(
            writer =>
            {
                var answer = writer.Append(batch);
                if (answer is AppendAnswer.Appended) _wakeUps.Fire();
                return answer;
            },
            (trouble, reason) => trouble switch
            {
                WriteTrouble.NotStarted => new AppendAnswer.Unavailable(reason, RetryAfter()),
                WriteTrouble.Full => new AppendAnswer.Full(reason),
                _ => new AppendAnswer.OutcomeUnknown(reason),
            });
        Enqueue(job);
        var answer = await job.WaitAsync(cancellationToken);
        return answer is AppendAnswer.Duplicate duplicate ? await VerifyAsync(duplicate) : answer;
    }

    /// <inheritdoc/>
    public ValueTask<LeadershipAnswer> CampaignAsync(string nodeId, TimeSpan lease, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(nodeId);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lease, TimeSpan.Zero);
        return LeadAsync(writer => writer.Campaign(nodeId, lease), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<LeadershipAnswer> RenewAsync(LeaderToken token, CancellationToken cancellationToken) => LeadAsync(writer => writer.Renew(token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LeadershipAnswer> ResignAsync(LeaderToken token, CancellationToken cancellationToken) => LeadAsync(writer => writer.Resign(token), cancellationToken);

    private async ValueTask<LeadershipAnswer> LeadAsync(Func<LogWriter, LeadershipAnswer> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // The port knows no "not now" here; "campaign again" is the next step after any trouble.
        var job = new WriteJob<LeadershipAnswer>(work, static (_, reason) => new LeadershipAnswer.OutcomeUnknown(reason));
        Enqueue(job);
        return await job.WaitAsync(cancellationToken);
    }

    /// <summary>Lets no damaged index tell an author where a request stands: the entry itself must carry it.</summary>
    private async ValueTask<AppendAnswer> VerifyAsync(AppendAnswer.Duplicate duplicate) => await FindRequestAsync(duplicate.RequestId, CancellationToken.None) switch
    {
        StoreAnswer<long?>.Done(var sequence) when sequence == duplicate.Sequence => duplicate,
        StoreAnswer<long?>.Unavailable(var reason, var retryAfter) => new AppendAnswer.Unavailable(reason, retryAfter),
        _ => new AppendAnswer.OutcomeUnknown("The index of request ids does not agree with the entries."),
    };

    private void Enqueue(IWriteJob job)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isClosed) != 0, this);
        if (_failure.Reason is { } reason) job.End(WriteTrouble.NotStarted, reason);
        else if (!_thread.TryEnqueue(job)) job.End(WriteTrouble.NotStarted, $"{WriterThread.QueueMax} writes wait already, or the store is being closed.");
    }

    private TimeSpan RetryAfter() => _failure.Reason is null ? RetrySoon : RetryElsewhere;
}
