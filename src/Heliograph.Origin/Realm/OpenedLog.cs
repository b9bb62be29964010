// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Origin.Recovery;
using Heliograph.Storage.Etcd;
using Heliograph.Storage.Sqlite;
using Microsoft.Extensions.Logging;

namespace Heliograph.Origin.Realm;

/// <summary>The log, wherever it is: in a file of the data directory, or in etcd.</summary>
/// <param name="Store">The port.</param>
/// <param name="ScrubAsync">Reads and hashes all of it.</param>
/// <param name="FindLeaderAsync">Asks who orders changes; <see langword="null"/> where there is one origin.</param>
internal sealed record OpenedLog(
    ILogStore Store, Func<CancellationToken, ValueTask<StoreAnswer<ScrubReport>>> ScrubAsync, Func<CancellationToken, ValueTask<StoreAnswer<EtcdLeader?>>>? FindLeaderAsync)
{
    /// <summary>Name of the file in the data directory.</summary>
    public const string FileName = "log.db";

    /// <summary>Opens it.</summary>
    /// <exception cref="IOException">It is not opened; the message says why and what to do.</exception>
    public static async ValueTask<OpenedLog> OpenAsync(OriginOptions options, TrustAnchor anchor, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        if (RestoreRecord.FaultOf(options.DataDirectory) is { } unfinished) throw new IOException(unfinished);
        if (options.Cluster is not { } cluster)
        {
            var file = await SqliteLogStore.OpenAsync(new() { Path = Path.Combine(options.DataDirectory, FileName), LogId = anchor.LogId }, time, loggers.CreateLogger<SqliteLogStore>(), cancellationToken);
            return new(file, file.ScrubAsync, null);
        }
        if (Path.Combine(options.DataDirectory, FileName) is var own && File.Exists(own) && !SqliteLogStore.IsMoved(own))
            throw new IOException($"{own} holds this realm's log, which was not moved to etcd. Run 'helio migrate --to etcd' first, or start without --etcd.");
        var etcd = await EtcdLogStore.OpenAsync(
            new()
            {
                Endpoints = cluster.Etcd, LogId = anchor.LogId, Authorities = cluster.EtcdAuthorities, ClientCertificate = cluster.EtcdCertificate,
                AllowUnsupported = cluster.AllowUnsupportedEtcd, Address = cluster.Advertise.GetLeftPart(UriPartial.Authority),
            },
            time, loggers.CreateLogger<EtcdLogStore>(), cancellationToken);
        return new(etcd, etcd.ScrubAsync, etcd.FindLeaderAsync);
    }
}
