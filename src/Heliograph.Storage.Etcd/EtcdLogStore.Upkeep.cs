// SPDX-License-Identifier: Apache-2.0
using Grpc.Core;
using Heliograph.Storage.Etcd.Members;
using Heliograph.Storage.Etcd.Reading;
using Heliograph.Storage.Etcd.Writing;

namespace Heliograph.Storage.Etcd;

// Upkeep, by whoever leads: etcd keeps every value that a key ever had until it is told to forget, and nobody here asks for the past.
public sealed partial class EtcdLogStore
{
    /// <summary>Forgets etcd's history up to a round ago, and sweeps, once per interval while this node leads.</summary>
    private async Task KeepUpAsync(CancellationToken stopping)
    {
        for (var before = 0L; ;)
        {
            var now = _cluster.RevisionSeen;
            await Task.Delay(_options.UpkeepInterval, _time, stopping);
            if (_held.IsEmpty || Failure is not null) continue;
            try
            {
                if (before > 0) await CompactAsync(before, stopping);
                before = now;
                if (await new ChunkSweeper(_cluster, _keys).SweepAsync(stopping) is > 0 and var swept) _logger.Swept(swept);
            }
            catch (Exception exception) when (exception is CallFailedException or CorruptLogException or RpcException)
            {
                if (stopping.IsCancellationRequested) return; // a call that was under way when the store was closed
                _logger.UpkeepFailed(exception.Message); // damage is found again by whoever reads the log itself
            }
        }
    }

    /// <summary>Forgets what keys held before a revision. What they hold now is not touched.</summary>
    private async ValueTask CompactAsync(long revision, CancellationToken stopping)
    {
        var reply = await _cluster.AskAsync(member => member.Keys.CompactAsync(new() { Revision = revision }, _cluster.Options(EtcdCluster.CallTimeout, stopping)), null, stopping);
        if (reply is EtcdReply<Wire.CompactionResponse>.Unknown(var reason) && !reason.Contains("has been compacted", StringComparison.Ordinal)) _logger.UpkeepFailed(reason);
    }
}
