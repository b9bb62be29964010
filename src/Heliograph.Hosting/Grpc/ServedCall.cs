// SPDX-License-Identifier: Apache-2.0
using System.IO.Pipelines;
using Grpc.Core;
using Heliograph.Replication.Ports;

namespace Heliograph.Hosting.Grpc;

/// <summary>A gRPC call that this server answers, as a connection of native frames, so that one acceptor serves both envelopes.</summary>
/// <remarks>Kestrel uses the pipes again for other calls, so nothing touches them once <see cref="CloseAsync"/> is done, whoever still holds this object.</remarks>
internal sealed partial class ServedCall(PipeReader input, PipeWriter output, string peer, byte[]? token) : IConnection
{
    private readonly EnvelopeReader _reader = new(input, token);
    private readonly Lock _closing = new();
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isBroken, _isEnded;
    private bool _isClosed;
    private Status? _fault;

    public string Peer => peer;

    /// <summary>Completes when this side has aborted the call.</summary>
    public Task Aborted => _aborted.Task;

    /// <summary>How the call is to end: OK if the peer ended it, else why not.</summary>
    public Status Status => _fault ?? (_aborted.Task.IsCompleted && !_isEnded ? new(StatusCode.Aborted, "This server ended the call.") : Status.DefaultSuccess);

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

    /// <summary>Ends what goes on here. The call itself ends when its service does, with <see cref="Status"/>.</summary>
    public void Abort()
    {
        _isBroken = true;
        _aborted.TrySetResult();
        lock (_closing)
        {
            if (_isClosed) return;
            Interrupt(input.CancelPendingRead);
            Interrupt(output.CancelPendingFlush);
        }
    }

    /// <summary>A pipe of a request that the client has reset says so by throwing, also here, where nothing waits any more: there is nothing left to interrupt.</summary>
    private static void Interrupt(Action cancel)
    {
        try
        {
            cancel();
        }
        catch (Exception exception) when (IsBreak(exception, CancellationToken.None))
        {
            // The call is over, which is what was wanted; whoever reads or writes is told by the same exception.
        }
    }

    public ValueTask DisposeAsync()
    {
        _isBroken = true;
        return default;
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
