// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using Grpc.Core;
using Heliograph.Core.Log;
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Members;
using Heliograph.Storage.Etcd.Reading;
using Heliograph.Storage.Etcd.Wire;

namespace Heliograph.Storage.Etcd;

// The right to append: a key on a lease. The token is the revision at which the key was written; it only grows, and every append compares it.
public sealed partial class EtcdLogStore
{
    private static readonly TimeSpan LeaseCallTimeout = TimeSpan.FromSeconds(2); // a renewal that takes longer would come too late

    private readonly ConcurrentDictionary<long, (long Lease, string Node)> _held = new();

    /// <inheritdoc/>
    public ValueTask<LeadershipAnswer> CampaignAsync(string nodeId, TimeSpan lease, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(nodeId);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lease, TimeSpan.Zero);
        return LeadAsync(
            async cancel =>
            {
                var leader = await LeaderAsync(cancel);
                return leader is not null && !IsOwn(leader, nodeId) ? await OtherAsync(leader, cancel) : await TakeAsync(nodeId, lease, leader, cancel);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<LeadershipAnswer> RenewAsync(LeaderToken token, CancellationToken cancellationToken) => LeadAsync(
        async cancel =>
        {
            if (_held.TryGetValue(token.Value, out var held)) await KeepAliveAsync(held.Lease, cancel); // its answer is not believed alone: the key decides
            var leader = await LeaderAsync(cancel);
            if (leader?.ModRevision == token.Value) return new LeadershipAnswer.Held(token);
            _held.TryRemove(token.Value, out _);
            return await OtherAsync(leader, cancel);
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LeadershipAnswer> ResignAsync(LeaderToken token, CancellationToken cancellationToken) => LeadAsync(
        async cancel =>
        {
            var resign = new TxnRequest { Compare = { Requests.WasWrittenAt(_keys.Leader, token.Value) }, Success = { Requests.Delete(_keys.Leader) }, Failure = { Requests.Get(_keys.Leader) } };
            var response = await _cluster.TransactAsync(resign, cancel).OrThrowAsync();
            if (!response.Succeeded) return await OtherAsync(response.Found(0), cancel);
            if (_held.TryRemove(token.Value, out var held)) await EndLeaseAsync(held.Lease, cancel);
            return new LeadershipAnswer.Held(token);
        },
        cancellationToken);

    /// <summary>Who may append now, and where they take changes; <see langword="null"/> if nobody may.</summary>
    public async ValueTask<StoreAnswer<EtcdLeader?>> FindLeaderAsync(CancellationToken cancellationToken) => await AskAsync(
        async cancel => await LeaderAsync(cancel) is { } leader ? Record(leader) is { } record ? new EtcdLeader(record.Node, record.Address) : throw new CorruptLogException("The record of the leader is damaged.") : null,
        cancellationToken);

    private async ValueTask<LeadershipAnswer> LeadAsync(Func<CancellationToken, ValueTask<LeadershipAnswer>> work, CancellationToken cancellationToken)
    {
        Enter(cancellationToken);
        if (Failure is { } failure) return new LeadershipAnswer.OutcomeUnknown(failure);
        try
        {
            return await work(cancellationToken);
        }
        catch (CallFailedException exception) // "campaign again" is the next step after any trouble
        {
            if (exception.Kind == EtcdRefusalKind.Corrupt) Fail(exception.Message);
            return new LeadershipAnswer.OutcomeUnknown(exception.Message);
        }
    }

    /// <summary>Writes the key on a new lease, if it is still as it was seen.</summary>
    private async ValueTask<LeadershipAnswer> TakeAsync(string nodeId, TimeSpan duration, KeyValue? seen, CancellationToken cancellationToken)
    {
        var grant = new LeaseGrantRequest { Ttl = Math.Max(1, (long)Math.Ceiling(duration.TotalSeconds)) };
        var lease = (await _cluster.AskAsync(member => member.Leases.LeaseGrantAsync(grant, LeaseOptions(cancellationToken)), null, cancellationToken).OrThrowAsync()).Id;
        var take = new TxnRequest
        {
            Compare = { Requests.WasWrittenAt(_keys.Leader, seen?.ModRevision ?? 0) },
            Success = { Requests.Put(_keys.Leader, new LeaderRecord(nodeId, _options.Address).Encode(), lease) },
            Failure = { Requests.Get(_keys.Leader) },
        };
        var response = await _cluster.TransactAsync(take, cancellationToken).OrThrowAsync();
        if (!response.Succeeded)
        {
            await EndLeaseAsync(lease, cancellationToken);
            return await OtherAsync(response.Found(0), cancellationToken);
        }
        var token = new LeaderToken(response.Header.Revision);
        foreach (var (old, held) in _held)
            if (held.Node == nodeId && _held.TryRemove(old, out _)) await EndLeaseAsync(held.Lease, cancellationToken); // the key hangs on the new one
        _held[token.Value] = (lease, nodeId);
        return new LeadershipAnswer.Held(token);
    }

    private async ValueTask<LeadershipAnswer> OtherAsync(KeyValue? leader, CancellationToken cancellationToken)
    {
        if (leader is null) return new LeadershipAnswer.HeldByOther("", TimeSpan.Zero);
        var left = await _cluster.AskAsync(member => member.Leases.LeaseTimeToLiveAsync(new() { Id = leader.Lease }, LeaseOptions(cancellationToken)), null, cancellationToken).OrThrowAsync();
        return new LeadershipAnswer.HeldByOther(NodeOf(leader), TimeSpan.FromSeconds(Math.Clamp(left.Ttl, 0, left.GrantedTtl)));
    }

    private async ValueTask<KeyValue?> LeaderAsync(CancellationToken cancellationToken) =>
        (await _cluster.RangeAsync(Requests.Key(_keys.Leader), cancellationToken).OrThrowAsync()).Kvs is [var leader, ..] ? leader : null;

    private async ValueTask KeepAliveAsync(long lease, CancellationToken cancellationToken) =>
        await _cluster.AskAsync(member => KeepAliveOnce(member, lease, LeaseOptions(cancellationToken)), null, cancellationToken).OrThrowAsync();

    /// <summary>etcd renews by a stream of requests; one of each is all that is needed.</summary>
    private static AsyncUnaryCall<LeaseKeepAliveResponse> KeepAliveOnce(EtcdMember member, long lease, CallOptions options)
    {
        var stream = member.Leases.LeaseKeepAlive(options);
        return new(AnswerAsync(), Task.FromResult(new Metadata()), static () => Status.DefaultSuccess, static () => [], stream.Dispose);

        async Task<LeaseKeepAliveResponse> AnswerAsync()
        {
            await stream.RequestStream.WriteAsync(new() { Id = lease }, options.CancellationToken);
            if (!await stream.ResponseStream.MoveNext(options.CancellationToken)) throw new RpcException(new(StatusCode.Unavailable, "the stream ended without an answer"));
            var answer = stream.ResponseStream.Current;
            await stream.RequestStream.CompleteAsync();
            return answer;
        }
    }

    /// <summary>Ends a lease that nothing needs any more. If that fails, it ends by itself.</summary>
    private async ValueTask EndLeaseAsync(long lease, CancellationToken cancellationToken) =>
        await _cluster.AskAsync(member => member.Leases.LeaseRevokeAsync(new() { Id = lease }, LeaseOptions(cancellationToken)), null, cancellationToken);

    private CallOptions LeaseOptions(CancellationToken cancellationToken) => _cluster.Options(LeaseCallTimeout, cancellationToken);

    /// <summary>Whether it is this node's own: by its id and, lest two that were given one id depose each other for ever, by its address.</summary>
    private bool IsOwn(KeyValue leader, string nodeId) => Record(leader) is { } record && record.Node == nodeId && record.Address == _options.Address;

    private static LeaderRecord? Record(KeyValue leader) => LeaderRecord.Decode(leader.Value.Span);

    private static string NodeOf(KeyValue leader) => Record(leader)?.Node ?? ""; // of a damaged record it is known only that somebody leads: nobody has an empty name
}

/// <summary>The node that may append.</summary>
/// <param name="Node">Its id.</param>
/// <param name="Address">Where it takes changes; empty if it does not say.</param>
public sealed record EtcdLeader(string Node, string Address);
