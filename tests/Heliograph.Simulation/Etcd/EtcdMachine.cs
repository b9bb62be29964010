// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;
using Heliograph.Storage.Etcd.Wire;

namespace Heliograph.Simulation.Etcd;

/// <summary>A member of the cluster: a machine, what it has applied, the leases that it minds while it leads, and the watches that it feeds.</summary>
internal sealed class EtcdMachine
{
    private readonly SimEtcd _cluster;
    private readonly Dictionary<IMessage, TaskCompletionSource<Applied>> _waiting = new(ReferenceEqualityComparer.Instance);
    private readonly List<(int Index, TaskCompletionSource Reached)> _reading = [];
    private readonly List<EtcdWatchStream> _watches = [];
    private readonly SortedDictionary<long, long> _leaseEnds = []; // by this machine's own clock; only a leader's count
    private readonly HashSet<long> _ending = [];
    private readonly MvccStore _store = new();
    private readonly Random _random;

    /// <summary>Makes a member that is switched off.</summary>
    public EtcdMachine(SimEtcd cluster, SimHost host)
    {
        (_cluster, Host) = (cluster, host);
        _random = cluster.World.Scheduler.NewRandom(host.Name);
    }

    /// <summary>Its machine.</summary>
    public SimHost Host { get; }

    /// <summary>How many of the cluster's commands it has applied. What was agreed on is on the disks of most members, so it survives any of them.</summary>
    public int AppliedCount { get; private set; }

    /// <summary>Whether it takes itself for the leader. More than one may, for a while.</summary>
    public bool BelievesToLead { get; private set; }

    /// <summary>Until when it applies nothing. Ticks.</summary>
    public long LagsUntil { get; set; }

    /// <summary>Since when it has known no leader; <see langword="null"/>: it knows one. Ticks.</summary>
    public long? LeaderlessSince { get; set; }

    /// <summary>Whether it takes part: it runs, and is not held.</summary>
    public bool IsUp => Host.Process is { IsAlive: true, IsHeld: false };

    private FaultMenu Faults => _cluster.World.Faults;

    private long OwnNow => Host.Process!.Time.GetTimestamp();

    /// <summary>Runs until it is killed.</summary>
    public async Task RunAsync(SimProcess process)
    {
        process.Died += () =>
        {
            (BelievesToLead, LagsUntil) = (false, 0);
            foreach (var watch in _watches.ToArray()) watch.End(new Status(StatusCode.Unavailable, "the connection was reset"));
            _watches.Clear();
            _waiting.Clear();
            _reading.Clear();
        };
        while (true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300 + _random.Next(200)), process.Time, CancellationToken.None);
            MindLeases();
        }
    }

    /// <summary>Applies what was agreed on.</summary>
    public void CatchUp(int count)
    {
        if (!IsUp || _cluster.World.Scheduler.Now < LagsUntil) return;
        for (; AppliedCount < count; AppliedCount++)
        {
            var command = _cluster.Committed[AppliedCount];
            var applied = _store.Apply(command);
            if (BelievesToLead && command is LeaseGrantRequest grant) _leaseEnds[grant.Id] = OwnNow + TimeSpan.FromSeconds(grant.Ttl).Ticks;
            if (command is LeaseRevokeRequest revoke && _leaseEnds.Remove(revoke.Id)) _ending.Remove(revoke.Id);
            Tell(command, applied.Events);
            if (_waiting.Remove(command, out var waiting)) waiting.TrySetResult(applied);
        }
        foreach (var (index, reached) in _reading.ToArray())
            if (index <= AppliedCount) reached.TrySetResult();
        _reading.RemoveAll(reading => reading.Index <= AppliedCount);
    }

    /// <summary>It leads from now on. All leases begin anew, for nobody knows how much of them was left.</summary>
    public void Lead()
    {
        (BelievesToLead, LagsUntil) = (true, 0);
        CatchUp(_cluster.Committed.Count);
        _ending.Clear();
        _leaseEnds.Clear();
        foreach (var (lease, seconds) in _store.Leases) _leaseEnds[lease] = OwnNow + TimeSpan.FromSeconds(seconds).Ticks;
    }

    /// <summary>It has heard of another leader, or of nobody who follows it.</summary>
    public void Follow() => BelievesToLead = false;

    /// <summary>Its watches end: it has no leader.</summary>
    public void EndWatches(string why)
    {
        foreach (var watch in _watches) watch.End(new Status(StatusCode.Unavailable, why));
        _watches.Clear();
    }

    /// <summary>Feeds a watch from now on.</summary>
    public void Watch(EtcdWatchStream stream)
    {
        if (!_watches.Contains(stream)) _watches.Add(stream);
    }

    /// <summary>Serves one call.</summary>
    /// <exception cref="RpcException">It is refused.</exception>
    public Task<IMessage> AnswerAsync(IMessage request, string caller) => request switch
    {
        StatusRequest => Task.FromResult<IMessage>(new StatusResponse { Header = Headed(_store.Header()), Version = "3.6.14" }),
        RangeRequest range => ReadAsync(() => _store.Range(range), range.Serializable),
        TxnRequest { Compare.Count: 0 } read when read.Success.All(operation => operation.RequestRange is not null) => ReadAsync(() => _store.Read(read), read.Success.All(operation => operation.RequestRange.Serializable)),
        LeaseGrantRequest grant => ProposeAsync(Named(grant), caller),
        TxnRequest or DeleteRangeRequest or LeaseRevokeRequest or CompactionRequest => ProposeAsync(request, caller),
        LeaseKeepAliveRequest renewal => RenewAsync(renewal),
        LeaseTimeToLiveRequest question => TimeToLiveAsync(question),
        _ => throw new NotSupportedException($"The model of etcd has no {request.Descriptor.Name}."),
    };

    private LeaseGrantRequest Named(LeaseGrantRequest grant)
    {
        grant.Id = _random.NextInt64(1, long.MaxValue);
        return grant;
    }

    private async Task<IMessage> ReadAsync(Func<IMessage> read, bool isSerializable)
    {
        if (!isSerializable && !Faults.Strikes(Fault.StaleLinearizableRead, 0.3))
        {
            var index = await _cluster.ReadIndexAsync(this);
            if (AppliedCount < index)
            {
                var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _reading.Add((index, reached));
                await reached.Task;
            }
        }
        return Headed(read());
    }

    private async Task<IMessage> ProposeAsync(IMessage command, string caller)
    {
        var waiting = _waiting[command] = new TaskCompletionSource<Applied>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _cluster.ProposeAsync(this, command, caller, waiting);
        var applied = await waiting.Task;
        if (applied.Response is null) throw new RpcException(applied.Error);
        return Headed(applied.Response);
    }

    private async Task<IMessage> RenewAsync(LeaseKeepAliveRequest renewal)
    {
        var isLeader = BelievesToLead && (!_cluster.IsLeader(this) || !_cluster.HasQuorum(this));
        if ((isLeader || !_cluster.Truth.Leases.ContainsKey(renewal.Id)) && Faults.Strikes(Fault.VainRenewal, 0.7))
            return new LeaseKeepAliveResponse { Header = Headed(_store.Header()), Id = renewal.Id, Ttl = 3 };
        var leader = await _cluster.ReachLeaderAsync(this);
        return new LeaseKeepAliveResponse { Header = Headed(_store.Header()), Id = renewal.Id, Ttl = leader.Renew(renewal.Id) };
    }

    private async Task<IMessage> TimeToLiveAsync(LeaseTimeToLiveRequest question)
    {
        var leader = await _cluster.ReachLeaderAsync(this);
        var (left, granted) = leader._leaseEnds.TryGetValue(question.Id, out var end) && leader._store.Leases.TryGetValue(question.Id, out var seconds) ? (Math.Max(0, (end - leader.OwnNow) / TimeSpan.TicksPerSecond), seconds) : (-1, 0);
        return new LeaseTimeToLiveResponse { Header = Headed(_store.Header()), Id = question.Id, Ttl = left, GrantedTtl = granted };
    }

    private long Renew(long lease)
    {
        if (!_store.Leases.TryGetValue(lease, out var seconds) || _ending.Contains(lease)) return 0;
        _leaseEnds[lease] = OwnNow + TimeSpan.FromSeconds(seconds).Ticks;
        return seconds;
    }

    /// <summary>A leader asks the others to end the leases whose time is over, by its own clock.</summary>
    private void MindLeases()
    {
        if (!BelievesToLead || Faults.Strikes(Fault.LateLeaseEnd, 0.2)) return;
        foreach (var (lease, end) in _leaseEnds.ToArray())
        {
            var isOver = end <= OwnNow;
            if (_ending.Contains(lease) || (!isOver && !Faults.Strikes(Fault.EarlyLeaseEnd, 0.01))) continue;
            _ending.Add(lease);
            _cluster.World.Scheduler.Tell(Host.Name, string.Create(CultureInfo.InvariantCulture, $"ends lease {lease & 0xffff:x4}{(isOver ? "" : ", which was renewed")}"));
            _cluster.World.Scheduler.Own(EndAsync(lease));
        }
    }

    private async Task EndAsync(long lease)
    {
        try
        {
            await ProposeAsync(new LeaseRevokeRequest { Id = lease }, Host.Name);
        }
        catch (RpcException)
        {
            _ending.Remove(lease); // tried again at the next round, if it still leads
        }
    }

    private void Tell(IMessage command, IReadOnlyList<Event> events)
    {
        if (command is CompactionRequest)
            foreach (var watch in _watches.Where(_ => Faults.Strikes(Fault.CompactedWatch, 0.5)).ToArray())
            {
                watch.Send(new() { Canceled = true, CompactRevision = _store.Compacted, CancelReason = "etcdserver: mvcc: required revision has been compacted" });
                _watches.Remove(watch);
            }
        foreach (var happened in events)
            foreach (var watch in _watches)
                if (watch.Wants(happened.Kv.Key) && !Faults.Strikes(Fault.WatchGap, 0.15)) watch.Send(new() { Events = { happened } });
    }

    private T Headed<T>(T response) where T : IMessage
    {
        Head(response switch { RangeResponse it => it.Header, TxnResponse it => it.Header, DeleteRangeResponse it => it.Header, LeaseGrantResponse it => it.Header, LeaseRevokeResponse it => it.Header, CompactionResponse it => it.Header, _ => throw new NotSupportedException() });
        return response;
    }

    private ResponseHeader Headed(ResponseHeader header)
    {
        Head(header);
        return header;
    }

    private void Head(ResponseHeader header) => (header.ClusterId, header.MemberId, header.RaftTerm) = (SimEtcd.ClusterId, (ulong)_cluster.IndexOf(this) + 1, (ulong)_cluster.Term);
}
