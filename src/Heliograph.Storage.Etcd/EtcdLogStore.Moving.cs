// SPDX-License-Identifier: Apache-2.0
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Members;
using Heliograph.Storage.Etcd.Wire;
using Microsoft.Extensions.Logging;

namespace Heliograph.Storage.Etcd;

// Moving: one record says whether origins may work with the log, and it changes in one step.
public sealed partial class EtcdLogStore
{
    /// <summary>The phase of a log; <see langword="null"/> if there is none. Changes nothing.</summary>
    /// <exception cref="EtcdLogStoreException">etcd cannot be asked, or holds a log of another layout.</exception>
    public static async ValueTask<LogPhase?> FindPhaseAsync(EtcdLogStoreOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var (cluster, _) = await StoreOpening.ConnectAsync(options, time, logger, cancellationToken);
        using (cluster)
        {
            var format = await StoreOpening.AskAsync(() => cluster.RangeAsync(Requests.Key(new StoreKeys(options.LogId).Format), cancellationToken), options, time, cancellationToken);
            if (format.Kvs is not [{ Value: var value }]) return null;
            return FormatRecord.PhaseOf(value) ?? throw new EtcdLogStoreException(EtcdRefusal.OtherFormat, $"The log in etcd has the format '{FormatRecord.Printable(value)}'; this version knows format 1.");
        }
    }

    /// <summary>Lets a log go from one phase to another. Whoever has it open appends nothing from then on.</summary>
    /// <returns>Whether it was in the phase that was named, or is in the wanted one already.</returns>
    /// <exception cref="EtcdLogStoreException">etcd gave no answer.</exception>
    public static async ValueTask<bool> ChangePhaseAsync(EtcdLogStoreOptions options, LogPhase from, LogPhase to, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var (cluster, _) = await StoreOpening.ConnectAsync(options, time, logger, cancellationToken);
        using (cluster)
        {
            var key = new StoreKeys(options.LogId).Format;
            var change = new TxnRequest { Compare = { Requests.Holds(key, FormatRecord.Of(from)) }, Success = { Requests.Put(key, FormatRecord.Of(to)) }, Failure = { Requests.Get(key) } };
            var response = await StoreOpening.AskAsync(() => cluster.TransactAsync(change, cancellationToken), options, time, cancellationToken); // repeated without harm: the second time it is there already
            return response.Succeeded || response.Found(0)?.Value == FormatRecord.Of(to);
        }
    }
}
