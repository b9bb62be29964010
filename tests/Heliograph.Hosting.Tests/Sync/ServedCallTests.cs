// SPDX-License-Identifier: Apache-2.0
using System.IO.Pipelines;
using Heliograph.Hosting.Grpc;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;

namespace Heliograph.Hosting.Tests.Sync;

/// <summary>What a delivery over gRPC costs on this side of HTTP/2.</summary>
public sealed class ServedCallTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writing_a_shared_frame_allocates_nothing()
    {
        // Given a call whose peer takes everything, and a frame of an update
        var (up, down) = (new Pipe(), new Pipe(new PipeOptions(pauseWriterThreshold: 0)));
        await using var call = new ServedCall(up.Reader, down.Writer, "peer", token: null);
        ReadOnlyMemory<byte> frame = Frame.Encode(FrameType.Update, new Update { Namespace = "shop.cart", StreamBytes = 1_000, Records = Google.Protobuf.ByteString.CopyFrom(new byte[1_000]) });
        for (var i = 0; i < 100; i++) Deliver(); // warm

        // When it is written a thousand times
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) Deliver();

        // Then
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Deliver()
        {
            var writing = call.WriteAsync(frame, CancellationToken.None);
            Assert.True(writing.IsCompletedSuccessfully);
            Assert.True(down.Reader.TryRead(out var result));
            down.Reader.AdvanceTo(result.Buffer.End);
        }
    }

    [Fact]
    public async Task Aborting_a_call_that_its_client_has_reset_does_not_throw_and_still_frees_who_writes()
    {
        // Given a call over a request that the client has reset, of which Kestrel's reader says so whenever it is touched, and a write that waits
        var down = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        await using var call = new ServedCall(new ResetReader(), down.Writer, "peer", token: null);
        var frame = Frame.Encode(FrameType.Freshness, new Freshness { SignedHead = Google.Protobuf.ByteString.CopyFrom(new byte[200]) });
        await call.WriteAsync(frame, Cancel);
        var waiting = call.WriteAsync(frame, Cancel).AsTask();

        // When it is aborted, as a hub does in the loop that serves all others, then the loop goes on, and so does who waits
        call.Abort();
        await Assert.ThrowsAnyAsync<IOException>(() => waiting);
        Assert.True(call.Aborted.IsCompleted);
    }

    /// <summary>As Kestrel's reader of a request's body is once the stream was reset.</summary>
    private sealed class ResetReader : PipeReader
    {
        private static IOException Reset() => new("The client reset the request stream.");

        public override void AdvanceTo(SequencePosition consumed) => throw Reset();

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => throw Reset();

        public override void CancelPendingRead() => throw Reset();

        public override void Complete(Exception? exception = null) => throw Reset();

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => throw Reset();

        public override bool TryRead(out ReadResult result) => throw Reset();
    }

    [Fact]
    public async Task A_write_waits_only_while_the_slice_before_it_is_under_way()
    {
        // Given a peer that takes nothing
        var (up, down) = (new Pipe(), new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1)));
        await using var call = new ServedCall(up.Reader, down.Writer, "peer", token: null);
        var frame = Frame.Encode(FrameType.Freshness, new Freshness { SignedHead = Google.Protobuf.ByteString.CopyFrom(new byte[200]) });

        // When frames are written, then the first is under way, and the second waits for it
        Assert.True(call.WriteAsync(frame, Cancel).AsTask().IsCompletedSuccessfully);
        var second = call.WriteAsync(frame, Cancel).AsTask();
        Assert.False(second.IsCompleted);
        var taken = await down.Reader.ReadAsync(Cancel);
        var firstBytes = taken.Buffer.Length;
        down.Reader.AdvanceTo(taken.Buffer.End);
        await second;
        taken = await down.Reader.ReadAsync(Cancel);
        Assert.Equal(firstBytes, taken.Buffer.Length);
        down.Reader.AdvanceTo(taken.Buffer.Start);

        // And when the call is aborted, then who waits fails, and closing tells that the peer has not taken everything
        var third = call.WriteAsync(frame, Cancel).AsTask();
        Assert.False(third.IsCompleted);
        call.Abort();
        await Assert.ThrowsAnyAsync<IOException>(() => third);
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.False(await call.CloseAsync(patience.Token));
    }
}
