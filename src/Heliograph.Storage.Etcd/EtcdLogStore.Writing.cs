// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Members;
using Heliograph.Storage.Etcd.Reading;
using Heliograph.Storage.Etcd.Wire;
using Heliograph.Storage.Etcd.Writing;

namespace Heliograph.Storage.Etcd;

public sealed partial class EtcdLogStore
{
    /// <inheritdoc/>
    public async ValueTask<AppendAnswer> AppendAsync(AppendBatch batch, CancellationToken cancellationToken)
    {
        Enter(cancellationToken);
        if (BatchRules.Fault(batch, _options.LogId) is { } fault) throw new ArgumentException(fault, nameof(batch));
        if (batch.Entries.Count > BatchEntriesMax) throw new ArgumentException($"A batch holds at most {BatchEntriesMax} entries here, not {batch.Entries.Count}.", nameof(batch));
        if (Failure is { } failure) return new AppendAnswer.Unavailable(failure, TimeSpan.FromMinutes(1));

        var layout = BatchLayout.Of(batch.Entries);
        if (await PutChunksAsync(layout, batch.Token, cancellationToken) is { } refused) return refused;
        return await _cluster.TransactAsync(AppendTransaction.Of(batch, layout, _keys, _epoch, _options.Phase), cancellationToken) switch
        {
            EtcdReply<TxnResponse>.Answer({ Succeeded: true }) => Appended(batch),
            EtcdReply<TxnResponse>.Answer(var response) => await RefusedAsync(batch, response),
            EtcdReply<TxnResponse>.Refused(var kind, var reason) => NotWritten(kind, reason),
            EtcdReply<TxnResponse>.Unknown(var reason) => new AppendAnswer.OutcomeUnknown(reason),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>Writes the large entries ahead of the transaction that names them. A batch that never comes leaves chunks, which are swept.</summary>
    /// <returns>Why the batch is not appended; <see langword="null"/>: go on.</returns>
    private async ValueTask<AppendAnswer?> PutChunksAsync(BatchLayout layout, LeaderToken token, CancellationToken cancellationToken)
    {
        for (var i = 0; i < layout.Chunks.Count; i++)
        {
            var put = new TxnRequest
            {
                Compare = { Requests.WasWrittenAt(_keys.Leader, token.Value) },
                Success = { Requests.Put(_keys.Chunk(layout.Name, i), Google.Protobuf.UnsafeByteOperations.UnsafeWrap(layout.Chunks[i])) },
            };
            switch (await _cluster.TransactAsync(put, cancellationToken))
            {
                case EtcdReply<TxnResponse>.Answer({ Succeeded: true }): break;
                case EtcdReply<TxnResponse>.Answer: return null; // deposed: the transaction will say so, and whether the batch is in the log already
                case EtcdReply<TxnResponse>.Refused(var kind, var reason): return NotWritten(kind, reason);
                case EtcdReply<TxnResponse>.Unknown(var reason): return NotWritten(EtcdRefusalKind.NotNow, reason); // of the entries themselves nothing was sent
            }
        }
        return null;
    }

    private async ValueTask<AppendAnswer> RefusedAsync(AppendBatch batch, TxnResponse response)
    {
        try
        {
            if (AppendTransaction.End(response, _epoch, _options.Phase) is { } end) Fail(end);
            var refusal = AppendTransaction.Refusal(batch, response, _epoch, _options.Phase);
            return refusal is AppendAnswer.Duplicate duplicate ? await VerifyAsync(duplicate) : refusal;
        }
        catch (CorruptLogException exception)
        {
            Fail(exception.Message);
            return new AppendAnswer.Unavailable(exception.Message, TimeSpan.FromMinutes(1)); // the transaction said itself that it wrote nothing
        }
    }

    /// <summary>Lets no damaged index tell an author where a request stands: the entry itself must carry it.</summary>
    private async ValueTask<AppendAnswer> VerifyAsync(AppendAnswer.Duplicate duplicate) => await FindRequestAsync(duplicate.RequestId, CancellationToken.None) switch
    {
        StoreAnswer<long?>.Done(var sequence) when sequence == duplicate.Sequence => duplicate,
        StoreAnswer<long?>.Unavailable(var reason, var retryAfter) => new AppendAnswer.Unavailable(reason, retryAfter),
        _ => new AppendAnswer.OutcomeUnknown("The index of request ids could not be compared with the entries."),
    };

    private AppendAnswer NotWritten(EtcdRefusalKind kind, string reason)
    {
        _logger.WriteRefused(reason);
        if (kind == EtcdRefusalKind.Corrupt) Fail(reason);
        return kind == EtcdRefusalKind.NoSpace ? new AppendAnswer.Full(reason) : new AppendAnswer.Unavailable(reason, RetrySoon);
    }

    private AppendAnswer.Appended Appended(AppendBatch batch)
    {
        if (AppendTransaction.EpochBegunBy(batch) is { } epoch) _epoch = epoch;
        return new(TipOf(batch.Entries[^1]));
    }

    private static LogTip TipOf(LogEntry entry) => new(entry.Revision, entry.Hash, entry.Content.CommittedAtMs);
}
