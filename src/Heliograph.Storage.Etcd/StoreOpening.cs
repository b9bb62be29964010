// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Log;
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Members;
using Heliograph.Storage.Etcd.Reading;
using Heliograph.Storage.Etcd.Wire;
using Microsoft.Extensions.Logging;

namespace Heliograph.Storage.Etcd;

/// <summary>A cluster that was found fit, and the log in it.</summary>
internal sealed record StoreOpening(EtcdCluster Cluster, StoreKeys Keys, EpochRecord Epoch)
{
    private const int FormatAt = 0, EpochAt = 1, HeadAt = 2;

    /// <summary>Connects, judges the members, and begins the log if there is none.</summary>
    /// <exception cref="EtcdLogStoreException">Something is not as it must be. Nothing stays open.</exception>
    public static async ValueTask<StoreOpening> OpenAsync(EtcdLogStoreOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var (cluster, usable) = await ConnectAsync(options, time, logger, cancellationToken);
        try
        {
            var keys = new StoreKeys(options.LogId);
            var found = await FindAsync(cluster, keys, options, time, cancellationToken);
            if (found.Found(FormatAt)?.Value is not { } format || format != FormatRecord.Of(options.Phase)) throw OtherFormat(found.Found(FormatAt)?.Value);
            var tip = LogReader.Tip(found.Found(HeadAt));
            if (found.Found(EpochAt) is not { } row || !EpochRecord.TryDecode(row.Value.Span, out var epoch)) throw new CorruptLogException("The record of the epoch is damaged or missing.");
            if (tip.Revision.Epoch != epoch.Epoch) throw new CorruptLogException($"The log is in epoch {epoch.Epoch} and ends at {tip.Revision}.");
            await new LogReader(cluster, keys, options.LogId).ReadAsync(Math.Max(0, tip.Revision.Sequence - 1), 1, 1, cancellationToken); // the tip is an entry
            logger.Opened(tip.Revision, usable, options.Endpoints.Count);
            return new(cluster, keys, epoch);
        }
        catch (Exception exception)
        {
            cluster.Dispose();
            if (exception is CorruptLogException) throw new EtcdLogStoreException(EtcdRefusal.Corrupt, $"The log in etcd is damaged. {exception.Message} Restore it from a backup or an archive.");
            if (exception is CallFailedException failed) throw Refusal(failed);
            throw;
        }
    }

    /// <summary>Connects to members that are fit, and to no others.</summary>
    /// <exception cref="EtcdLogStoreException">There is none, or one that must not be used.</exception>
    public static async ValueTask<(EtcdCluster Cluster, int Usable)> ConnectAsync(EtcdLogStoreOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        if (options.Fault() is { } fault) throw new EtcdLogStoreException(EtcdRefusal.Settings, fault);
        var cluster = new EtcdCluster(options, time, logger);
        try
        {
            for (var began = time.GetTimestamp(); ;)
            {
                var (usable, faults) = await cluster.VetAsync(cancellationToken);
                if (faults.FirstOrDefault(it => it.Kind == MemberFaultKind.Unsupported) is { Message: { } old })
                    throw new EtcdLogStoreException(EtcdRefusal.Unsupported, $"{old} Update etcd, or give --allow-unsupported-etcd to run without these guarantees.");
                if (faults.FirstOrDefault(it => it.Kind == MemberFaultKind.OtherCluster) is { Message: { } stray }) throw new EtcdLogStoreException(EtcdRefusal.OtherCluster, stray);
                if (usable > 0) return (cluster, usable);
                if (time.GetElapsedTime(began) >= options.OpenTimeout) throw new EtcdLogStoreException(EtcdRefusal.CannotConnect, $"No member of etcd can be used. {string.Join(" ", faults.Select(it => it.Message))}");
                await Task.Delay(TimeSpan.FromMilliseconds(500), time, cancellationToken);
            }
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Asks until there is an answer, at most for the time that opening may take. Only for what is harmless twice.</summary>
    /// <exception cref="EtcdLogStoreException">There was none.</exception>
    public static async ValueTask<T> AskAsync<T>(Func<ValueTask<EtcdReply<T>>> call, EtcdLogStoreOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var began = time.GetTimestamp(); ;)
        {
            try
            {
                return await call().OrThrowAsync();
            }
            catch (CallFailedException failed)
            {
                if (failed.Kind is not (null or EtcdRefusalKind.NotNow or EtcdRefusalKind.Unreachable) || time.GetElapsedTime(began) >= options.OpenTimeout || cancellationToken.IsCancellationRequested) throw Refusal(failed);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(250), time, cancellationToken);
        }
    }

    /// <summary>What to tell of a call that failed while opening.</summary>
    private static EtcdLogStoreException Refusal(CallFailedException failed) => new(
        failed.Kind switch
        {
            EtcdRefusalKind.NoSpace => EtcdRefusal.Full,
            EtcdRefusalKind.Denied => EtcdRefusal.Denied,
            EtcdRefusalKind.Corrupt => EtcdRefusal.Corrupt,
            _ => EtcdRefusal.CannotConnect,
        },
        $"The log in etcd is not opened. {failed.Message}");

    /// <summary>Reads what is there; begins a log where nothing is. Repeats whatever gave no answer: each step is harmless twice.</summary>
    private static async ValueTask<TxnResponse> FindAsync(EtcdCluster cluster, StoreKeys keys, EtcdLogStoreOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var look = Requests.Read(Requests.Key(keys.Format), Requests.Key(keys.Epoch), Requests.Key(keys.Head));
        var begin = new TxnRequest
        {
            Compare = { Requests.IsAbsent(keys.Format) },
            Success = { Requests.Put(keys.Format, FormatRecord.Of(options.Phase)), Requests.Put(keys.Epoch, EpochRecord.First.Encode()), Requests.Put(keys.Head, HeadRecord.Encode(LogTip.Empty)) },
        };
        while (true)
        {
            var found = await AskAsync(() => cluster.TransactAsync(look, cancellationToken), options, time, cancellationToken);
            if (found.Found(FormatAt) is not null) return found;
            await AskAsync(() => cluster.TransactAsync(begin, cancellationToken), options, time, cancellationToken);
        }
    }

    private static EtcdLogStoreException OtherFormat(ByteString? format) => FormatRecord.PhaseOf(format) switch
    {
        _ when format is null => new(EtcdRefusal.Corrupt, "The log in etcd has lost its format record."),
        LogPhase.Live => new(EtcdRefusal.Moved, "The log in etcd is live: origins work with it."),
        LogPhase.Incoming => new(EtcdRefusal.Moved, "The log is still being moved into etcd. Run the same 'helio migrate' again: it goes on where it stopped."),
        LogPhase.Moved => new(EtcdRefusal.Moved, "The log was moved from etcd into a file, and goes on there: start that origin without --etcd. 'helio migrate --to etcd' moves it here again."),
        LogPhase.Restored => new(EtcdRefusal.Moved, "The log in etcd is being restored, or was and nothing proves yet that it holds everything that was signed. Run the same 'helio restore' again: it goes on, or says what is missing (docs/runbooks/restore.md)."),
        _ => new(EtcdRefusal.OtherFormat, $"The log in etcd has the format '{FormatRecord.Printable(format!)}'; this version reads format 1."),
    };
}
