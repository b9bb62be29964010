// SPDX-License-Identifier: Apache-2.0
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;

namespace Heliograph.Hosting.Grpc;

/// <content>
/// Writing: frames go from the acceptor's shared bytes straight into the call's pipe, slice by slice, behind another beginning. No message objects, nothing
/// encoded or gathered for one subscriber. One slice may be on its way to HTTP/2 while the caller goes on; the next waits for it, so that a subscriber that
/// does not read holds no more.
/// </content>
internal sealed partial class ServedCall
{
    private const int SliceBytes = 16 << 10;

    private readonly EnvelopeWriter _writer = new(output);
    private readonly SemaphoreSlim _turn = new(1, 1); // whoever has it may write
    private ValueTask<FlushResult> _flush; // of the last slice; asked for its result once
    private bool _hasWritten;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        ThrowIfBroken();
        if (!_hasWritten) NoteRefusal(bytes);
        if (!_turn.Wait(0, CancellationToken.None)) return WriteWaitingAsync(bytes, hasTurn: false, cancellationToken);
        if (!_flush.IsCompletedSuccessfully || bytes.Length > SliceBytes) return WriteWaitingAsync(bytes, hasTurn: true, cancellationToken);
        try
        {
            Check(ResultOf(TakeFlush()));
            Write(bytes.Span, cancellationToken);
            return default; // nothing was allocated and nobody waits
        }
        catch (Exception exception) when (exception is OperationCanceledException || IsBreak(exception, cancellationToken))
        {
            throw Broken(exception);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Lets no more be written, and waits until the peer has taken what was.</summary>
    /// <returns>Whether it has. If not, the call is to be reset.</returns>
    public async Task<bool> CloseAsync(CancellationToken cancellationToken)
    {
        _isBroken = true; // whoever has the turn now is the last
        var hasTurn = false;
        try
        {
            await _turn.WaitAsync(cancellationToken);
            hasTurn = true;
            await TakeFlush().AsTask().WaitAsync(cancellationToken);
            var all = await output.FlushAsync(cancellationToken);
            if (all.IsCanceled) all = await output.FlushAsync(cancellationToken); // that was Abort, and not the peer
            return !all.IsCompleted;
        }
        catch (Exception exception) when (exception is OperationCanceledException || IsBreak(exception, cancellationToken))
        {
            return false;
        }
        finally
        {
            lock (_closing) _isClosed = true;
            if (hasTurn) _turn.Release();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))] // waiting for HTTP/2 must not cost an object each time
    private async ValueTask WriteWaitingAsync(ReadOnlyMemory<byte> rest, bool hasTurn, CancellationToken cancellationToken)
    {
        if (!hasTurn) await _turn.WaitAsync(cancellationToken);
        try
        {
            for (; !rest.IsEmpty; rest = rest[Math.Min(SliceBytes, rest.Length)..])
            {
                Check(await TakeFlush());
                Write(rest.Span[..Math.Min(SliceBytes, rest.Length)], cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Abort(); // what followed would not be a frame
            throw;
        }
        catch (Exception exception) when (exception is OperationCanceledException || IsBreak(exception, cancellationToken))
        {
            throw Broken(exception);
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Keep(ValueTask<FlushResult> flush) => _flush = flush;

    private ValueTask<FlushResult> TakeFlush()
    {
        var flush = _flush;
        _flush = default;
        return flush;
    }

    private static FlushResult ResultOf(ValueTask<FlushResult> completed) => completed.GetAwaiter().GetResult();

    private void Write(ReadOnlySpan<byte> slice, CancellationToken cancellationToken)
    {
        ThrowIfBroken();
        _writer.Append(slice);
        Keep(output.FlushAsync(cancellationToken));
    }

    private void Check(FlushResult result)
    {
        if (result.IsCompleted || result.IsCanceled) throw new IOException($"{peer}: the other side takes no more.");
    }

    /// <summary>A stream whose first frame turns the peer away ends with a status that says so, too: that is where gRPC's own tools look.</summary>
    private void NoteRefusal(ReadOnlyMemory<byte> first)
    {
        _hasWritten = true;
        if (first.Length < Frame.HeaderBytes) return;
        var message = first.Span[Frame.HeaderBytes..];
        switch ((FrameType)first.Span[sizeof(uint)])
        {
            case FrameType.Refused:
                var refused = Refused.Parser.ParseFrom(message);
                _fault = new(refused.Code == "not_authorized" ? StatusCode.Unauthenticated : StatusCode.FailedPrecondition, refused.Detail);
                break;
            case FrameType.Drain:
                _fault = new(StatusCode.Unavailable, Drain.Parser.ParseFrom(message).Reason);
                break;
        }
    }
}
