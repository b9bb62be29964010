// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Grpc.Core;
using Heliograph.Storage.Etcd.Wire;

namespace Heliograph.Simulation.Etcd;

/// <summary>What a command came to: an answer or an error, and what it did to keys.</summary>
internal sealed record Applied(IMessage? Response, Status Error, IReadOnlyList<Event> Events);

/// <summary>What one member of etcd holds: keys, values, revisions and leases. A state machine: the same commands in the same order make the same state and the same answers.</summary>
/// <remarks>Of etcd's API only what the log store uses; anything else is an error of the model, not an answer.</remarks>
internal sealed class MvccStore
{
    private readonly List<string> _keys = []; // sorted, and a row for each
    private readonly List<KeyValue> _rows = [];
    private readonly SortedDictionary<long, long> _leases = [];

    /// <summary>The store's revision: one more for every command that wrote a key.</summary>
    public long Revision { get; private set; } = 1;

    /// <summary>The revision up to which history was forgotten.</summary>
    public long Compacted { get; private set; }

    /// <summary>Leases that were granted and not ended, with their seconds.</summary>
    public IReadOnlyDictionary<long, long> Leases => _leases;

    /// <summary>Takes the next command.</summary>
    public Applied Apply(IMessage command) => command switch
    {
        TxnRequest request => Transact(request),
        DeleteRangeRequest request => Delete(request),
        LeaseGrantRequest request => Grant(request),
        LeaseRevokeRequest request => Revoke(request),
        CompactionRequest request => Compact(request),
        _ => throw new NotSupportedException($"The model of etcd has no {command.Descriptor.Name}."),
    };

    /// <summary>Reads.</summary>
    public RangeResponse Range(RangeRequest request)
    {
        if (request.Revision != 0 || request.SortOrder != RangeRequest.Types.SortOrder.None || request.CountOnly) throw new NotSupportedException("The model of etcd reads keys as they are now.");
        var (from, end) = Bounds(request.Key, request.RangeEnd);
        var count = request.Limit > 0 ? (int)Math.Min(request.Limit, end - from) : end - from;
        var response = new RangeResponse { Header = Header(), Count = end - from, More = count < end - from };
        for (var i = from; i < from + count; i++)
            response.Kvs.Add(request.KeysOnly ? new KeyValue { Key = _rows[i].Key, CreateRevision = _rows[i].CreateRevision, ModRevision = _rows[i].ModRevision, Version = _rows[i].Version } : _rows[i]);
        return response;
    }

    /// <summary>The answer to a transaction that only reads.</summary>
    public TxnResponse Read(TxnRequest request) => Transact(request).Response is TxnResponse response ? response : throw new NotSupportedException("A transaction that only reads cannot fail.");

    /// <summary>What a key holds, or <see langword="null"/>.</summary>
    public KeyValue? Find(ByteString key) => _keys.BinarySearch(key.ToStringUtf8(), StringComparer.Ordinal) is >= 0 and var at ? _rows[at] : null;

    public ResponseHeader Header() => new() { Revision = Revision };

    private Applied Transact(TxnRequest request)
    {
        var succeeded = request.Compare.All(Holds);
        var operations = succeeded ? request.Success : request.Failure;
        if (operations.Any(operation => operation.RequestPut is { Lease: not 0 and var lease } && !_leases.ContainsKey(lease))) return Refused(StatusCode.NotFound, "etcdserver: requested lease not found");
        var (next, events, response) = (Revision + 1, new List<Event>(), new TxnResponse { Succeeded = succeeded });
        foreach (var operation in operations)
            response.Responses.Add(operation.RequestCase switch
            {
                RequestOp.RequestOneofCase.RequestRange => new ResponseOp { ResponseRange = Range(operation.RequestRange) },
                RequestOp.RequestOneofCase.RequestPut => new ResponseOp { ResponsePut = Put(operation.RequestPut, next, events) },
                RequestOp.RequestOneofCase.RequestDeleteRange => new ResponseOp { ResponseDeleteRange = Remove(operation.RequestDeleteRange, next, events) },
                _ => throw new NotSupportedException("An operation of a transaction reads, puts or deletes."),
            });
        if (events.Count > 0) Revision = next;
        response.Header = Header();
        return new(response, Status.DefaultSuccess, events);
    }

    private bool Holds(Compare compare)
    {
        if (compare.Result != Compare.Types.CompareResult.Equal) throw new NotSupportedException("The model of etcd compares for equality.");
        var row = Find(compare.Key);
        return compare.Target switch
        {
            Compare.Types.CompareTarget.Create => (row?.CreateRevision ?? 0) == compare.CreateRevision,
            Compare.Types.CompareTarget.Mod => (row?.ModRevision ?? 0) == compare.ModRevision,
            Compare.Types.CompareTarget.Value => row is not null && row.Value == compare.Value,
            _ => throw new NotSupportedException($"The model of etcd does not compare {compare.Target}."),
        };
    }

    private PutResponse Put(PutRequest request, long revision, List<Event> events)
    {
        var at = _keys.BinarySearch(request.Key.ToStringUtf8(), StringComparer.Ordinal);
        var before = at >= 0 ? _rows[at] : null;
        var row = new KeyValue { Key = request.Key, Value = request.Value, Lease = request.Lease, ModRevision = revision, CreateRevision = before?.CreateRevision ?? revision, Version = (before?.Version ?? 0) + 1 };
        if (at >= 0) _rows[at] = row;
        else
        {
            _keys.Insert(~at, request.Key.ToStringUtf8());
            _rows.Insert(~at, row);
        }
        events.Add(new() { Kv = row });
        return new();
    }

    private DeleteRangeResponse Remove(DeleteRangeRequest request, long revision, List<Event> events)
    {
        var (from, end) = Bounds(request.Key, request.RangeEnd);
        for (var i = from; i < end; i++) events.Add(new() { Type = Event.Types.EventType.Delete, Kv = new() { Key = _rows[i].Key, ModRevision = revision } });
        _keys.RemoveRange(from, end - from);
        _rows.RemoveRange(from, end - from);
        return new() { Deleted = end - from };
    }

    private Applied Delete(DeleteRangeRequest request)
    {
        var events = new List<Event>();
        var response = Remove(request, Revision + 1, events);
        if (events.Count > 0) Revision++;
        response.Header = Header();
        return new(response, Status.DefaultSuccess, events);
    }

    private Applied Grant(LeaseGrantRequest request)
    {
        _leases[request.Id] = request.Ttl;
        return new(new LeaseGrantResponse { Header = Header(), Id = request.Id, Ttl = request.Ttl }, Status.DefaultSuccess, []);
    }

    private Applied Revoke(LeaseRevokeRequest request)
    {
        if (!_leases.Remove(request.Id)) return Refused(StatusCode.NotFound, "etcdserver: requested lease not found");
        var events = new List<Event>();
        foreach (var key in _rows.Where(row => row.Lease == request.Id).Select(row => row.Key).ToArray()) Remove(new() { Key = key }, Revision + 1, events);
        if (events.Count > 0) Revision++;
        return new(new LeaseRevokeResponse { Header = Header() }, Status.DefaultSuccess, events);
    }

    private Applied Compact(CompactionRequest request)
    {
        if (request.Revision <= Compacted) return Refused(StatusCode.OutOfRange, "etcdserver: mvcc: required revision has been compacted");
        if (request.Revision > Revision) return Refused(StatusCode.OutOfRange, "etcdserver: mvcc: required revision is a future revision");
        Compacted = request.Revision;
        return new(new CompactionResponse { Header = Header() }, Status.DefaultSuccess, []);
    }

    private (int From, int End) Bounds(ByteString key, ByteString rangeEnd)
    {
        var from = LowerBound(key.ToStringUtf8());
        return rangeEnd.IsEmpty ? (from, from < _keys.Count && _keys[from] == key.ToStringUtf8() ? from + 1 : from) : (from, Math.Max(from, LowerBound(rangeEnd.ToStringUtf8())));
    }

    private int LowerBound(string key) => _keys.BinarySearch(key, StringComparer.Ordinal) is var at && at >= 0 ? at : ~at;

    private static Applied Refused(StatusCode code, string detail) => new(null, new Status(code, detail), []);
}
