// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Heliograph.Chaos.Checker.Histories;
using Heliograph.Chaos.Checker.Stores;
using Heliograph.Chaos.Recording;
using Heliograph.Storage.Etcd.Wire;

namespace Heliograph.Chaos.Rigs;

/// <summary>Looks on at what lies in etcd: who was given the right to append, in order; and in the end everything.</summary>
internal sealed class EtcdWitness : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<GrpcChannel> _members;
    private readonly Recorder _recorder;
    private readonly Task _watching;
    private long _seen;

    public EtcdWitness(IEnumerable<Uri> members, Func<HttpMessageHandler> handler, Recorder recorder)
    {
        _members = [.. members.Select(member => GrpcChannel.ForAddress(member, new() { HttpHandler = handler(), MaxReceiveMessageSize = 64 << 20 }))];
        _recorder = recorder;
        _watching = WatchAsync();
    }

    private static ByteString Prefix => ByteString.CopyFromUtf8("/heliograph/");

    private static ByteString PrefixEnd => ByteString.CopyFromUtf8("/heliograph0");

    /// <summary>All keys, at one revision of etcd.</summary>
    public async Task<RawLog> DumpAsync(string path)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await DumpAsync(_members[attempt % _members.Count], path);
                return EtcdDump.Read(path);
            }
            catch (RpcException) when (attempt < 50)
            {
                await Task.Delay(200);
            }
        }
    }

    /// <summary>Waits until every term up to now is recorded.</summary>
    public async Task CatchUpAsync()
    {
        var leaders = await new KV.KVClient(_members[0]).RangeAsync(new() { Key = Prefix, RangeEnd = PrefixEnd }, deadline: DateTime.UtcNow.AddSeconds(30));
        var newest = leaders.Kvs.Where(pair => pair.Key.ToStringUtf8().EndsWith("/leader", StringComparison.Ordinal)).Select(pair => pair.ModRevision).DefaultIfEmpty().Max();
        for (var i = 0; Interlocked.Read(ref _seen) < newest; i++)
        {
            if (i > 300) throw new TimeoutException("The watch of who may append has not come to its end.");
            await Task.Delay(100);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        foreach (var member in _members) member.Dispose();
        _stop.Dispose();
    }

    private static async Task DumpAsync(GrpcChannel member, string path)
    {
        var (client, from, revision) = (new KV.KVClient(member), Prefix, 0L);
        await using var file = new StreamWriter(path);
        while (true)
        {
            var page = await client.RangeAsync(new() { Key = from, RangeEnd = PrefixEnd, Limit = 1_000, Revision = revision }, deadline: DateTime.UtcNow.AddSeconds(10));
            if (revision == 0) revision = page.Header.Revision;
            foreach (var pair in page.Kvs) await file.WriteLineAsync(EtcdDump.Write(new(pair.Key.ToByteArray(), pair.Value.ToByteArray(), pair.CreateRevision)));
            if (!page.More) return;
            from = ByteString.CopyFrom([.. page.Kvs[^1].Key.ToByteArray(), 0]);
        }
    }

    private async Task WatchAsync()
    {
        for (var turn = 0; !_stop.IsCancellationRequested; turn++)
        {
            try
            {
                var member = _members[turn % _members.Count];
                var first = await new KV.KVClient(member).RangeAsync(new() { Key = Prefix, RangeEnd = PrefixEnd, Limit = 1, KeysOnly = true }, deadline: DateTime.UtcNow.AddSeconds(3), cancellationToken: _stop.Token);
                var leader = string.Join('/', first.Kvs[0].Key.ToStringUtf8().Split('/').Take(3)) + "/leader"; // "", heliograph, log id
                using var watch = new Watch.WatchClient(member).Watch(cancellationToken: _stop.Token);
                await watch.RequestStream.WriteAsync(new() { CreateRequest = new() { Key = ByteString.CopyFromUtf8(leader), StartRevision = Interlocked.Read(ref _seen) + 1 } });
                while (await watch.ResponseStream.MoveNext(_stop.Token).WaitAsync(TimeSpan.FromSeconds(5), _stop.Token)) // another member may know more
                    foreach (var change in watch.ResponseStream.Current.Events) Note(change);
            }
            catch (Exception exception) when (exception is RpcException or OperationCanceledException or TimeoutException or ArgumentOutOfRangeException)
            {
                await Task.WhenAny(Task.Delay(200, _stop.Token));
            }
        }
    }

    private void Note(Event change)
    {
        Interlocked.Exchange(ref _seen, Math.Max(_seen, change.Kv.ModRevision));
        var value = change.Kv.Value.Span;
        _recorder.Add(new Term(change.Kv.ModRevision, value.Length == 0 ? "" : Encoding.UTF8.GetString(value.Slice(2, BinaryPrimitives.ReadUInt16BigEndian(value)))));
    }
}
