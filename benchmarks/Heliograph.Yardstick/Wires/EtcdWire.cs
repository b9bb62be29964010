// SPDX-License-Identifier: Apache-2.0
using Heliograph.Yardstick.Load;

namespace Heliograph.Yardstick.Wires;

/// <summary>etcd v3: a range of the prefix if stored values are wanted, then one watch of it.</summary>
internal sealed class EtcdWire(bool isTls) : Wire, Http2Stream.IConsumer
{
    private const int RangeStream = 1, WatchStreamAfterRange = 3, WatchStream = 1;

    // RangeRequest { key = "cfg/", range_end = "cfg0" } and WatchRequest { create_request { the same } }
    private static readonly byte[] Prefix = [0x0a, 4, .. "cfg/"u8, 0x12, 4, .. "cfg0"u8];
    private static readonly byte[] WatchPrefix = [0x0a, (byte)Prefix.Length, .. Prefix];

    private readonly byte[] _range = Http2Frames.Call(RangeStream, "/etcdserverpb.KV/Range", Prefix, isLast: true, isTls);
    private readonly byte[] _watch = Http2Frames.Call(WatchStream, "/etcdserverpb.Watch/Watch", WatchPrefix, isLast: false, isTls);
    private readonly byte[] _watchAfterRange = Http2Frames.Call(WatchStreamAfterRange, "/etcdserverpb.Watch/Watch", WatchPrefix, isLast: false, isTls);

    public override void OnConnected(Subscriber subscriber)
    {
        subscriber.State = new Http2Stream();
        subscriber.Send([.. Http2Frames.Preface, .. subscriber.WantsSnapshot ? _range : _watch]);
    }

    public override void OnData(Subscriber subscriber, ReadOnlySpan<byte> data) => ((Http2Stream)subscriber.State!).Take(subscriber, data, this);

    /// <summary>The first that a watch sends says that it was created.</summary>
    void Http2Stream.IConsumer.OnData(Subscriber subscriber, int stream, ReadOnlySpan<byte> data)
    {
        subscriber.Scan(data);
        if (stream == (subscriber.WantsSnapshot ? WatchStreamAfterRange : WatchStream)) subscriber.MarkReady();
    }

    void Http2Stream.IConsumer.OnEnd(Subscriber subscriber, int stream)
    {
        if (subscriber.WantsSnapshot && stream == RangeStream) subscriber.Send(_watchAfterRange);
        else subscriber.Recorder.Fault($"subscriber {subscriber.Index}: etcd ended the watch");
    }
}
