// SPDX-License-Identifier: Apache-2.0
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Status = Grpc.Core.Status;

namespace Heliograph.Hosting.Grpc;

/// <summary>A gRPC call that this server answers, as a connection of native frames, so that one acceptor serves both envelopes.</summary>
/// <remarks>
/// Frames go from the acceptor's shared bytes straight into the call's pipe, slice by slice, behind another beginning: no message objects, nothing encoded
/// or gathered for one subscriber. A write waits until HTTP/2 has taken the slice, so that a subscriber that does not read costs one slice here, too.
/// </remarks>
internal sealed class ServedCall(PipeReader input, PipeWriter output, string peer, byte[]? token) : IConnection
{
    private const int SliceBytes = 16 << 10;

    private readonly EnvelopeReader _reader = new(input, token);
    private readonly EnvelopeWriter _writer = new(output);
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isBroken, _isEnded;
    private bool _hasWritten;
    private Status? _fault;

    public string Peer => peer;

    /// <summary>Completes when this side has aborted the call.</summary>
    public Task Aborted => _aborted.Task;

    /// <summary>How the call is to end: OK if the peer ended it, else why not.</summary>
    public Status Status => _fault ?? (_isBroken && !_isEnded ? new(StatusCode.Aborted, "This server ended the call.") : Status.DefaultSuccess);

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty) throw new ArgumentException("A read needs room for at least one byte.", nameof(buffer));
        ThrowIfBroken();
        try
        {
            var count = await _reader.ReadAsync(buffer, cancellationToken);
            _isEnded |= count == 0;
            return count;
        }
        catch (CallFaultException fault)
        {
            (_fault, _isBroken) = (fault.Status, true);
            throw;
        }
        catch (Exception exception) when (IsBreak(exception, cancellationToken))
        {
            throw Broken(exception);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))] // most writes wait for HTTP/2 for a moment: that must not cost an object each
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        ThrowIfBroken();
        if (!_hasWritten) NoteRefusal(bytes);
        try
        {
            for (var rest = bytes; !rest.IsEmpty; rest = rest[Math.Min(SliceBytes, rest.Length)..])
            {
                _writer.Append(rest.Span[..Math.Min(SliceBytes, rest.Length)]);
                var result = await output.FlushAsync(cancellationToken);
                if (result.IsCompleted || result.IsCanceled) throw new IOException($"{peer}: the other side takes no more.");
            }
        }
        catch (Exception exception) when (IsBreak(exception, cancellationToken))
        {
            throw Broken(exception);
        }
        catch (OperationCanceledException)
        {
            Abort(); // what followed would not be a frame
            throw;
        }
    }

    /// <summary>Ends what goes on here. The call itself ends when its service does, with <see cref="Status"/>.</summary>
    public void Abort()
    {
        _isBroken = true;
        _aborted.TrySetResult();
        input.CancelPendingRead();
        output.CancelPendingFlush();
    }

    public ValueTask DisposeAsync()
    {
        _isBroken = true;
        return default;
    }

    /// <summary>Waits until the peer has taken what was written; <see langword="false"/> if it does not.</summary>
    public async Task<bool> FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            var result = await output.FlushAsync(cancellationToken);
            if (result.IsCanceled) result = await output.FlushAsync(cancellationToken); // that was an earlier Abort
            return !result.IsCompleted;
        }
        catch (Exception exception) when (exception is OperationCanceledException || IsBreak(exception, cancellationToken))
        {
            return false;
        }
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

    // A call that ends shows as a cancellation that nobody here asked for.
    private static bool IsBreak(Exception exception, CancellationToken cancellationToken) =>
        exception is IOException or InvalidOperationException or ObjectDisposedException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private void ThrowIfBroken()
    {
        if (_isBroken) throw new IOException($"{peer}: the call is over.");
    }

    private IOException Broken(Exception exception)
    {
        _isBroken = true;
        return exception as IOException ?? new IOException($"{peer}: the call ended: {exception.Message}", exception);
    }
}
