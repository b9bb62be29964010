// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Wire;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Wires;

namespace Heliograph.Yardstick.Tests;

/// <summary>The load client reads what the product writes, and calls a fault what the product's follower would refuse.</summary>
public sealed class SyncWireTests
{
    private const string Name = "bench.settings";

    private readonly Recorder _recorder = new(1, 100, 0);
    private readonly Subscriber _subscriber;
    private readonly SyncWire _wire = new(new SyncPlan(Name, new byte[32]) { Reports = false });

    public SyncWireTests() => _subscriber = new Subscriber(0, _recorder);

    [Fact]
    public void A_snapshot_in_chunks_and_a_delta_are_read_however_the_stream_is_cut()
    {
        // Given a snapshot of which most comes in chunks, and a delta after it
        var stored = Stamp.NewValue(3_000, Stamp.Stored, 0);
        byte[] stream =
        [
            .. Update(null, 7, stored.AsSpan(0, 10), stored.Length),
            .. Chunk(10, stored.AsSpan(10, 1_990)), .. Chunk(2_000, stored.AsSpan(2_000)),
            .. Update(7, 9, Live(0)),
        ];

        foreach (var bytes in new[] { 1, 2, 3, 5, 64, 197, 1_000, stream.Length })
        {
            // When it comes in reads of so many bytes
            var recorder = new Recorder(1, 100, 1);
            var subscriber = new Subscriber(0, recorder) { WantsSnapshot = true };
            for (var at = 0; at < stream.Length; at += bytes) _wire.OnData(subscriber, stream.AsSpan(at, Math.Min(bytes, stream.Length - at)));

            // Then it is live at the newest revision, and everything was counted
            Assert.Empty(recorder.FaultTexts);
            Assert.True(subscriber.IsReady);
            Assert.Equal(new Revision(1, 9), ((SyncState)subscriber.State!).Position);
            Assert.Equal((1, 1L), (subscriber.StoredValues, subscriber.Deliveries));
        }
    }

    [Fact]
    public void A_delta_that_begins_elsewhere_is_a_fault() => AssertFault("got a delta from", Update(null, 7, Live(0)), Update(6, 8, Live(1)));

    [Fact]
    public void A_revision_that_goes_backwards_is_a_fault() => AssertFault("backwards", Update(null, 7, Live(0)), Update(null, 6, Live(1)));

    [Fact]
    public void More_records_than_were_announced_are_a_fault() => AssertFault("more records", Update(null, 7, Live(0), announced: 20));

    [Fact]
    public void A_refusal_is_a_fault() => AssertFault("not_authorized", Frame.Encode(FrameType.Refused, new Refused { Namespace = Name, Code = "not_authorized" }));

    [Fact]
    public void A_drain_is_obeyed_and_a_hostile_one_no_longer_than_two_minutes()
    {
        _wire.OnData(_subscriber, Frame.Encode(FrameType.Drain, new Drain { NotBeforeMs = 1_500 }));
        Assert.Equal(TimeSpan.FromMilliseconds(1_500), _wire.WaitBeforeReconnect(_subscriber, reconnects: true));
        _wire.OnData(_subscriber, Frame.Encode(FrameType.Drain, new Drain { NotBeforeMs = uint.MaxValue }));
        Assert.Equal(TimeSpan.FromMinutes(2), _wire.WaitBeforeReconnect(_subscriber, reconnects: true));
    }

    private void AssertFault(string text, params byte[][] frames)
    {
        foreach (var frame in frames) _wire.OnData(_subscriber, frame);
        Assert.Contains(text, Assert.Single(_recorder.FaultTexts), StringComparison.Ordinal);
    }

    private static byte[] Update(long? from, long to, ReadOnlySpan<byte> records, int? announced = null) => Frame.Encode(FrameType.Update, new Update
    {
        Namespace = Name,
        Base = from is { } sequence ? new Revision(1, sequence).ToWire() : null,
        SignedHead = ByteString.CopyFrom(new byte[100]),
        NamespaceState = new NamespaceState { Name = Name, LastEpoch = 1, LastSequence = (ulong)to, StateRoot = ByteString.CopyFrom(new byte[32]), Records = 1, Bytes = 1 }.ToByteString(),
        Proof = ByteString.CopyFrom(new byte[200]),
        StreamBytes = (ulong)(announced ?? records.Length),
        Records = ByteString.CopyFrom(records),
    });

    private static byte[] Chunk(int offset, ReadOnlySpan<byte> records) =>
        Frame.Encode(FrameType.UpdateChunk, new UpdateChunk { Namespace = Name, Offset = (ulong)offset, Records = ByteString.CopyFrom(records) });

    private static byte[] Live(long sequence) => Stamp.NewValue(100, Stamp.Live, sequence);
}
