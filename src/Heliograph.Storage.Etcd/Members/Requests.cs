// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Storage.Etcd.Wire;

namespace Heliograph.Storage.Etcd.Members;

/// <summary>etcd's requests, said shortly.</summary>
internal static class Requests
{
    /// <summary>Reads at one revision, linearizably.</summary>
    public static TxnRequest Read(params IEnumerable<RangeRequest> ranges) => new() { Success = { ranges.Select(Get) } };

    public static RangeRequest Key(ByteString key) => new() { Key = key };

    public static RangeRequest Keys(ByteString from, ByteString end, long limit, bool keysOnly = false) => new() { Key = from, RangeEnd = end, Limit = limit, KeysOnly = keysOnly };

    public static RequestOp Get(RangeRequest range) => new() { RequestRange = range };

    public static RequestOp Get(ByteString key) => Get(Key(key));

    public static RequestOp Put(ByteString key, ByteString value, long lease = 0) => new() { RequestPut = new() { Key = key, Value = value, Lease = lease } };

    public static RequestOp Delete(ByteString key, ByteString? end = null) => new() { RequestDeleteRange = new() { Key = key, RangeEnd = end ?? ByteString.Empty } };

    public static Compare IsAbsent(ByteString key) => new() { Key = key, Target = Compare.Types.CompareTarget.Create, CreateRevision = 0 };

    public static Compare WasWrittenAt(ByteString key, long revision) => new() { Key = key, Target = Compare.Types.CompareTarget.Mod, ModRevision = revision };

    public static Compare Holds(ByteString key, ByteString value) => new() { Key = key, Target = Compare.Types.CompareTarget.Value, Value = value };

    /// <summary>What the n-th operation of a transaction read: at most one key.</summary>
    public static KeyValue? Found(this TxnResponse response, int at) => response.Responses[at].ResponseRange.Kvs is [var found, ..] ? found : null;
}
