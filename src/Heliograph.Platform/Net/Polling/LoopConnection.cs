// SPDX-License-Identifier: Apache-2.0
using System.Runtime.Versioning;
using System.Threading.Tasks.Sources;
using Heliograph.Replication.Ports;

namespace Heliograph.Platform.Net.Polling;

/// <summary>A connection whose socket a <see cref="SocketLoop"/> watches. It has no buffers of its own: a read goes into the reader's, a write from the writer's, and one that waits costs nothing but itself.</summary>
/// <remarks>
/// Reads are completed by the loop, in its thread or in the pool. Writes are made by the writer, in its thread, and wait only when the kernel is full.
/// The state of reading is one word: quiet (nothing has come since the last look), ready (something may be there), waiting (the loop is to read).
/// </remarks>
[SupportedOSPlatform("linux")]
public sealed partial class LoopConnection : IConnection, ILoopMember, IValueTaskSource<int>
{
    private const int Quiet = 0, Ready = 1, Waiting = 2;

    private readonly SocketDescriptor _socket;
    private readonly SocketLoop _loop;
    private SocketLayer _layer = SocketLayer.Plain; // changed while nobody reads or writes
    private bool _completesInline;
    private ManualResetValueTaskSourceCore<int> _source;
    private CancellationTokenRegistration _registration;
    private Memory<byte> _buffer;
    private TaskCompletionSource? _room;
    private int _reading = Ready;
    private volatile bool _isBroken, _isEnding, _isCancelled;

    internal LoopConnection(SocketDescriptor socket, SocketLoop loop, string peer, bool completesInline)
    {
        (_socket, _loop, _completesInline, Peer) = (socket, loop, completesInline, peer);
        loop.Add(this, socket, LinuxSockets.In | LinuxSockets.Out | LinuxSockets.PeerClosed | LinuxSockets.EdgeTriggered);
    }

    /// <inheritdoc/>
    public string Peer { get; }

    ulong ILoopMember.Token { get; set; }

    /// <inheritdoc/>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty) throw new ArgumentException("A read needs room for at least one byte.", nameof(buffer));
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            if (TryReceive(buffer.Span, out var count)) return new(count);
            (_buffer, _isCancelled) = (buffer, false);
            _source.Reset();
            if (Interlocked.CompareExchange(ref _reading, Waiting, Quiet) != Quiet) continue; // something came meanwhile
            if (cancellationToken.CanBeCanceled) _registration = cancellationToken.UnsafeRegister(static (connection, token) => ((LoopConnection)connection!).Cancel(token), this);
            if (_isBroken) Fail(); // it was aborted before anyone could see that somebody waits
            return new(this, _source.Version);
        }
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var sent = Send(bytes.Span);
        return sent == bytes.Length ? default : new(WriteRestAsync(bytes[sent..], cancellationToken));
    }

    /// <inheritdoc/>
    public void Abort()
    {
        if (_isBroken) return;
        _isBroken = true;
        try
        {
            LinuxSockets.SetResetOnClose(_socket);
            LinuxSockets.EndBoth(_socket);
        }
        catch (ObjectDisposedException)
        {
            return; // it is over already
        }
        Fail();
        if (Volatile.Read(ref _room) is { } room) ThreadPool.UnsafeQueueUserWorkItem(static waiting => waiting.TrySetResult(), room, preferLocal: false); // not in the thread that aborts
    }

    /// <summary>Says goodbye, and waits for the other side's as long as <paramref name="grace"/>: what was written arrives, unless the peer does not read it in that time.</summary>
    public async Task CloseAsync(TimeSpan grace, TimeProvider time)
    {
        if (!_isBroken)
        {
            SayGoodbye();
            using var deadline = new CancellationTokenSource(grace, time);
            var rest = new byte[256];
            try
            {
                while (await ReadAsync(rest, deadline.Token) > 0) { }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                Abort(); // it had its time
            }
        }
        await DisposeAsync();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _isBroken = true;
        _loop.Remove(this);
        _layer.Dispose();
        _socket.Dispose(); // closed when nobody uses it any more
        return default;
    }

    bool ILoopMember.OnReady(uint events)
    {
        if ((events & (LinuxSockets.PeerClosed | LinuxSockets.HangUp | LinuxSockets.Error)) != 0) _isEnding = true;
        var writer = (events & ~LinuxSockets.In) != 0 ? Volatile.Read(ref _room) : null;
        writer?.TrySetResult();
        return (((events & ~LinuxSockets.Out) != 0 || _layer.ReadsWhenThereIsRoom) && Interlocked.Exchange(ref _reading, Ready) == Waiting && ReadForWaiting()) || writer is not null;
    }

    /// <summary>Reads for who waits. Whether there may be more.</summary>
    private bool ReadForWaiting()
    {
        try
        {
            while (true)
            {
                if (TryReceive(_buffer.Span, out var count))
                {
                    var mayHaveMore = Volatile.Read(ref _reading) == Ready;
                    Complete(count);
                    return mayHaveMore;
                }
                if (Interlocked.CompareExchange(ref _reading, Waiting, Quiet) != Quiet) continue;
                if (_isCancelled) Cancel(_registration.Token); // it could not see that somebody waits
                else if (_isBroken) Fail();
                return false;
            }
        }
        catch (IOException exception)
        {
            Fail(exception);
            return false;
        }
    }

    /// <summary>Reads what is there. <see langword="false"/>: nothing is, and the loop will say when something comes.</summary>
    private bool TryReceive(Span<byte> buffer, out int count)
    {
        while (Interlocked.CompareExchange(ref _reading, Quiet, Ready) == Ready)
        {
            count = Receive(buffer, out var mayHaveMore);
            if (count < 0) continue;
            if (mayHaveMore || _isEnding) Volatile.Write(ref _reading, Ready); // there may be more, or the end, and nobody will say so again
            return true;
        }
        count = 0;
        ThrowIfBroken();
        return false;
    }

    private int Receive(Span<byte> buffer, out bool mayHaveMore)
    {
        ThrowIfBroken();
        try
        {
            var count = _layer.Receive(_socket, buffer, out mayHaveMore);
            if (count == 0) ThrowIfBroken(); // that end was our own
            return count;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            throw Broken(exception);
        }
    }

    private int Send(ReadOnlySpan<byte> bytes)
    {
        ThrowIfBroken();
        try
        {
            return _layer.Send(_socket, bytes);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            throw Broken(exception);
        }
    }

    private void SayGoodbye()
    {
        try
        {
            _layer.EndSending(_socket);
        }
        catch (ObjectDisposedException)
        {
            // it is over already
        }
    }

    private async Task WriteRestAsync(ReadOnlyMemory<byte> rest, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var room = new TaskCompletionSource(_completesInline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
                Volatile.Write(ref _room, room); // before the kernel is asked: room that comes after its no is told here
                rest = rest[Send(rest.Span)..];
                if (rest.IsEmpty) return;
                await room.Task.WaitAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            Abort(); // what followed would not be a frame
            throw;
        }
        finally
        {
            Volatile.Write(ref _room, null);
        }
    }

    private void Cancel(CancellationToken token)
    {
        _isCancelled = true;
        if (TryTakeWaiting()) CompleteElsewhere(new OperationCanceledException(token));
    }

    private void Fail()
    {
        if (TryTakeWaiting()) CompleteElsewhere(new IOException($"{Peer}: the connection is closed."));
    }

    private void Fail(IOException exception)
    {
        _buffer = default;
        _source.RunContinuationsAsynchronously = !_completesInline;
        _source.SetException(exception);
    }

    private bool TryTakeWaiting() => Interlocked.CompareExchange(ref _reading, Ready, Waiting) == Waiting;

    private void Complete(int count)
    {
        _buffer = default;
        _source.RunContinuationsAsynchronously = !_completesInline;
        _source.SetResult(count);
    }

    /// <summary>Not in the thread that cancels or aborts: it may hold locks, or serve others.</summary>
    private void CompleteElsewhere(Exception exception)
    {
        _buffer = default;
        _source.RunContinuationsAsynchronously = true;
        _source.SetException(exception);
    }

    private void ThrowIfBroken()
    {
        if (_isBroken) throw new IOException($"{Peer}: the connection is closed.");
    }

    private IOException Broken(Exception exception)
    {
        _isBroken = true;
        return new IOException($"{Peer}: the connection broke: {exception.Message}", exception);
    }

    int IValueTaskSource<int>.GetResult(short token)
    {
        _registration.Dispose();
        _registration = default;
        return _source.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
