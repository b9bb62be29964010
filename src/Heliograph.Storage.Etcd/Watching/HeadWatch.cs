// SPDX-License-Identifier: Apache-2.0
using Grpc.Core;
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Members;
using Heliograph.Storage.Etcd.Wire;
using Microsoft.Extensions.Logging;

namespace Heliograph.Storage.Etcd.Watching;

/// <summary>Watches two keys, the head and the leader, and wakes whoever reads then. A hint only: a lost, late or doubled event harms nobody.</summary>
/// <remarks>It also wakes when the watch is set up (something may have happened before) and every five seconds or so (a watch can die without a word).</remarks>
internal sealed class HeadWatch(EtcdCluster cluster, StoreKeys keys, Action appended, Action freed, TimeProvider time, Random random, ILogger logger)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5), RetryFloor = TimeSpan.FromMilliseconds(100), RetryCeiling = TimeSpan.FromSeconds(2);

    /// <summary>Watches until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        await using var poll = time.CreateTimer(_ => appended(), null, Jittered(PollInterval), Jittered(PollInterval));
        var pause = RetryFloor;
        while (true)
        {
            var (member, reason) = await TryUsableAsync(stopping);
            try
            {
                if (member is not null && await FollowAsync(member, stopping)) pause = RetryFloor; // it did work
            }
            catch (RpcException exception) when (!stopping.IsCancellationRequested)
            {
                reason = EtcdFault.Describe(exception);
                cluster.Leave(member!);
            }
            logger.WatchEnded(member?.Name ?? "(none)", reason);
            await Task.Delay(Jittered(pause), time, stopping);
            pause = pause * 2 < RetryCeiling ? pause * 2 : RetryCeiling;
        }
    }

    private async ValueTask<(EtcdMember?, string)> TryUsableAsync(CancellationToken stopping)
    {
        try { return await cluster.UsableAsync(stopping); }
        catch (RpcException) when (stopping.IsCancellationRequested) { throw new OperationCanceledException(stopping); }
    }

    /// <summary>Follows one stream to its end.</summary>
    /// <returns>Whether it worked for a while.</returns>
    private async ValueTask<bool> FollowAsync(EtcdMember member, CancellationToken stopping)
    {
        var hasWorked = false;
        using var stream = member.Watches.Watch(new CallOptions(new Metadata { { "hasleader", "true" } }, cancellationToken: stopping));
        try
        {
            foreach (var key in new[] { keys.Head, keys.Leader })
                await stream.RequestStream.WriteAsync(new() { CreateRequest = new() { Key = key } }, stopping);
            while (await stream.ResponseStream.MoveNext(stopping))
            {
                var response = stream.ResponseStream.Current;
                if (response.Canceled) return hasWorked; // compacted, or the member lost its leader
                if (response.Created)
                {
                    hasWorked = true;
                    appended();
                    freed();
                }
                foreach (var happened in response.Events)
                {
                    if (happened.Kv.Key == keys.Head) appended();
                    else if (happened.Type == Event.Types.EventType.Delete) freed();
                }
            }
            return hasWorked;
        }
        catch (Exception exception) when (exception is RpcException or InvalidOperationException && stopping.IsCancellationRequested)
        {
            throw new OperationCanceledException(stopping);
        }
        catch (RpcException exception) when (hasWorked)
        {
            logger.WatchEnded(member.Name, EtcdFault.Describe(exception));
            cluster.Leave(member);
            return true;
        }
    }

    private TimeSpan Jittered(TimeSpan span) => span * (0.8 + (0.4 * random.NextDouble()));
}
