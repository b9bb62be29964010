// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core;
using Heliograph.Core.Log;
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Members;
using Heliograph.Storage.Etcd.Reading;
using Heliograph.Storage.Etcd.Wire;

namespace Heliograph.Storage.Etcd.Writing;

/// <summary>The one transaction that appends a batch: compares the tip, the epoch, the leader and the request ids; writes everything, or reads why not.</summary>
internal static class AppendTransaction
{
    private const int LeaderAt = 0, HeadAt = 1, EpochAt = 2, FormatAt = 3, OperationsAt = 4;
    private const int HeadCompared = 0, LeaderCompared = 3; // of the comparisons below

    /// <summary>The transaction.</summary>
    public static TxnRequest Of(AppendBatch batch, BatchLayout layout, StoreKeys keys, EpochRecord epoch, LogPhase phase)
    {
        var last = batch.Entries[^1];
        var request = new TxnRequest
        {
            Compare =
            {
                Requests.Holds(keys.Head, HeadRecord.Encode(batch.Expected)), // a tip never comes back: sequence and hash chain see to that
                Requests.Holds(keys.Epoch, epoch.Encode()),
                Requests.Holds(keys.Format, FormatRecord.Of(phase)),
                Requests.WasWrittenAt(keys.Leader, batch.Token.Value),
            },
            Failure = { Requests.Get(keys.Leader), Requests.Get(keys.Head), Requests.Get(keys.Epoch), Requests.Get(keys.Format) },
        };
        for (var i = 0; i < batch.Entries.Count; i++)
        {
            var (entry, operation) = (batch.Entries[i], keys.Operation(batch.Entries[i].Content.RequestId));
            if (!Planted.RequestIdsNotCompared) request.Compare.Add(Requests.IsAbsent(operation));
            request.Success.Add(Requests.Put(keys.Entry(entry.Revision.Sequence), layout.Records[i].Encode()));
            request.Success.Add(Requests.Put(operation, LogReader.SequenceValue(entry.Revision.Sequence)));
            request.Failure.Add(Requests.Get(operation));
        }
        if (Planted.LeaderNotCompared || Planted.AppendBlindly) request.Compare.RemoveAt(LeaderCompared);
        if (Planted.AppendBlindly) request.Compare.RemoveAt(HeadCompared);
        request.Success.Add(Requests.Put(keys.Head, HeadRecord.Encode(new(last.Revision, last.Hash, last.Content.CommittedAtMs))));
        if (EpochBegunBy(batch) is { } next) request.Success.Add(Requests.Put(keys.Epoch, next.Encode()));
        return request;
    }

    /// <summary>The epoch that a batch begins; <see langword="null"/> for most.</summary>
    public static EpochRecord? EpochBegunBy(AppendBatch batch) =>
        EpochStep.IsBeginning(batch.Entries[0]) ? new(batch.Entries[0].Revision.Epoch, batch.Expected.Revision.Sequence, batch.Expected.Hash) : null;

    /// <summary>Why a transaction wrote nothing. A request id that is there comes first: whoever retries learns that it succeeded, deposed or not.</summary>
    /// <exception cref="CorruptLogException">What it read is damaged, or says that there was no reason.</exception>
    public static AppendAnswer Refusal(AppendBatch batch, TxnResponse response, EpochRecord epoch, LogPhase phase)
    {
        for (var i = 0; i < batch.Entries.Count; i++)
            if (response.Found(OperationsAt + i) is { } operation) return new AppendAnswer.Duplicate(batch.Entries[i].Content.RequestId, LogReader.Sequence(operation));
        var leader = response.Found(LeaderAt);
        if (leader is null) return new AppendAnswer.Deposed("Nobody holds the right to append: its lease ended, or it was given back.");
        if (leader.ModRevision != batch.Token.Value) return new AppendAnswer.Deposed($"Node '{LeaderRecord.Decode(leader.Value.Span)?.Node}' holds the right to append.");
        if (End(response, epoch, phase) is { } end) return new AppendAnswer.Deposed(end); // the store stops at that
        return new AppendAnswer.Moved(LogReader.Tip(response.Found(HeadAt)));
    }

    /// <summary>Why nobody who opened the log as it was may go on with it; <see langword="null"/> if they may.</summary>
    public static string? End(TxnResponse response, EpochRecord epoch, LogPhase phase) =>
        response.Found(EpochAt)?.Value != epoch.Encode() ? "The log has begun another epoch: it was recovered. Start again."
        : response.Found(FormatAt)?.Value != FormatRecord.Of(phase) ? "The log was moved, and goes on elsewhere: 'helio migrate' said where."
        : null;
}
