// SPDX-License-Identifier: Apache-2.0
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Network;

/// <summary>One direction of a connection: bytes in order, at most a window of them under way or unread; then the writer waits.</summary>
internal sealed class SimStream(SimScheduler scheduler, SimLink link, FaultMenu faults, Random random)
{
    /// <summary>Send and receive buffers together.</summary>
    public const int WindowBytes = 64 << 10;

    private const int SegmentBytes = 16 << 10;

    /// <summary>How long a sender waits for an acknowledgement before its system gives the connection up (TCP_USER_TIMEOUT).</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(8);

    private readonly Queue<ReadOnlyMemory<byte>> _arrived = new();
    private readonly Queue<ReadOnlyMemory<byte>> _stuck = new();
    private TaskCompletionSource<int>? _reader;
    private TaskCompletionSource? _writer;
    private Memory<byte> _readBuffer;
    private ReadOnlyMemory<byte> _first;
    private IOException? _writeFailure, _readFailure;
    private long _lastArrival, _lastHandled, _stalledUntil;
    private bool _isEnded, _isGivingUp;

    /// <summary>Bytes that were written and not read yet.</summary>
    public long Outstanding { get; private set; }

    /// <summary>Asked when a segment arrives: is there nobody any more who could read it?</summary>
    public Func<bool> HasNoReader { get; init; } = () => false;

    /// <summary>Called when the sender's system gives the connection up, or hears that there is no reader.</summary>
    public Action<string>? SenderLost { get; set; }

    /// <summary>Where everything is sent to as well.</summary>
    public SimStream? Duplicate { get; set; }

    /// <summary>Whether nobody reads: what arrives is thrown away.</summary>
    public bool IsSink { get; set; }

    /// <summary>Whether word of a reset gets to the other end.</summary>
    public bool CanTell => !IsDead && !link.IsCut;

    /// <summary>Whether what is sent is lost without a word.</summary>
    public bool IsDead { get; private set; }

    /// <summary>By how much this connection is slower than others on the same link, until <see cref="Heal"/>.</summary>
    public TimeSpan Slower { private get; set; }

    /// <summary>What a segment typically takes.</summary>
    public TimeSpan Latency => link.Latency + Slower;

    /// <summary>The way is as good as the link's others, and the reader reads.</summary>
    public void Heal()
    {
        (Slower, _stalledUntil) = (TimeSpan.Zero, 0);
        Deliver();
    }

    /// <summary>From now on what is sent is lost, and nobody is told.</summary>
    public void Die() => IsDead = true;

    /// <summary>The reader gets nothing for so long.</summary>
    public void StallReader(TimeSpan duration)
    {
        _stalledUntil = Math.Max(_stalledUntil, scheduler.Now + duration.Ticks);
        scheduler.After(duration, Deliver);
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (_writeFailure is { } failure) return ValueTask.FromException(failure);
        if (_writer is not null) throw new InvalidOperationException("A connection has one writer at a time.");
        Outstanding += bytes.Length;
        for (var rest = bytes; !rest.IsEmpty; rest = rest[Math.Min(SegmentBytes, rest.Length)..]) Send(rest[..Math.Min(SegmentBytes, rest.Length)]);
        Repeat(bytes);
        if (Outstanding <= WindowBytes) return ValueTask.CompletedTask;
        _writer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new ValueTask(WaitForRoomAsync(_writer, cancellationToken));
    }

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty) throw new ArgumentException("A zero-length buffer is not allowed.", nameof(buffer));
        if (_reader is not null) throw new InvalidOperationException("A connection has one reader at a time.");
        _readBuffer = buffer;
        var reader = _reader = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Deliver();
        return reader.Task.IsCompletedSuccessfully ? new ValueTask<int>(reader.Task.Result) : new ValueTask<int>(WaitForBytesAsync(reader, cancellationToken));
    }

    /// <summary>No more bytes come: the reader gets what is there, then the end.</summary>
    public void End() => Send(ReadOnlyMemory<byte>.Empty);

    /// <summary>The sender's end is broken.</summary>
    public void BreakWriter(IOException failure)
    {
        _writeFailure ??= failure;
        var writer = _writer;
        _writer = null;
        writer?.TrySetException(_writeFailure);
    }

    /// <summary>The reader's end is broken: what had come is lost with it.</summary>
    public void BreakReader(IOException failure)
    {
        _readFailure ??= failure;
        Deliver();
    }

    private void Send(ReadOnlyMemory<byte> segment)
    {
        var delay = Slower + (faults.Strikes(Fault.LongDelay, 0.01) ? random.HeavyTail(50 * link.Latency, _longest) : link.Travel?.Invoke(random) ?? random.HeavyTail(link.Latency, 20 * link.Latency));
        for (var timeout = TimeSpan.FromMilliseconds(200); faults.Strikes(Fault.SegmentLost, 0.02); timeout *= 2)
        {
            delay += timeout;
            if (timeout < TimeSpan.FromSeconds(3)) continue;
            scheduler.After(delay, () => SenderLost?.Invoke("too many segments were lost"));
            return;
        }
        if (link.BytesPerSecond is { } rate) _lastArrival = Math.Max(_lastArrival, scheduler.Now) + segment.Length * TimeSpan.TicksPerSecond / rate;
        _lastArrival = Math.Max(_lastArrival + 1, (link.Departs?.Invoke(segment) ?? scheduler.Now) + delay.Ticks); // strictly later: steps of one instant run in any order
        var bytes = Flip(segment);
        if (link.Handled is null) scheduler.At(_lastArrival, _ => Arrive(bytes), null);
        else scheduler.At(_lastArrival, _ => ArriveWhenHandled(bytes), null);
    }

    /// <summary>The receiver's processor deals with it first, and with one segment of a stream after the other.</summary>
    private void ArriveWhenHandled(ReadOnlyMemory<byte> segment)
    {
        _lastHandled = Math.Max(_lastHandled + 1, link.Handled!(segment));
        scheduler.At(_lastHandled, _ => Arrive(segment), null);
    }

    private void Repeat(ReadOnlyMemory<byte> bytes)
    {
        if (Duplicate is not { } duplicate) return;
        if (duplicate is { _writeFailure: null, _writer: null }) _ = duplicate.WriteAsync(bytes, CancellationToken.None).AsTask();
        else Duplicate = null; // it cannot take this: it ends here, for a stream has no holes
    }

    private ReadOnlyMemory<byte> Flip(ReadOnlyMemory<byte> segment)
    {
        if (segment.IsEmpty || !faults.Strikes(Fault.BitFlipOnWire, 0.01)) return segment;
        if (!link.IsPlain)
        {
            scheduler.After(Latency, () => SenderLost?.Invoke("TLS: bad record MAC"));
            return segment;
        }
        var copy = segment.ToArray();
        copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
        return copy;
    }

    private void Arrive(ReadOnlyMemory<byte> segment)
    {
        if (IsDead)
        {
            GiveUpLater();
            return;
        }
        if (link.IsCut || _stuck.Count > 0) // what is behind a stuck segment waits with it
        {
            if (_stuck.Count == 0) link.WhenMended(() => scheduler.After(random.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1)), Resend));
            _stuck.Enqueue(segment);
            GiveUpLater();
            return;
        }
        if (HasNoReader())
        {
            scheduler.After(Latency, () => SenderLost?.Invoke("reset by peer"));
            return;
        }
        if (segment.IsEmpty) _isEnded = true;
        else _arrived.Enqueue(segment);
        Deliver();
    }

    private void Resend()
    {
        _isGivingUp = false;
        var stuck = _stuck.ToArray();
        _stuck.Clear();
        foreach (var segment in stuck) Arrive(segment);
    }

    private void GiveUpLater()
    {
        if (_isGivingUp) return;
        _isGivingUp = true;
        scheduler.After(GiveUpAfter, () =>
        {
            if (_isGivingUp) SenderLost?.Invoke("timed out");
        });
    }

    private void Deliver()
    {
        if (IsSink) Drain();
        if (_reader is not { } reader) return;
        if (_readFailure is { } failure) Complete(() => reader.TrySetException(failure));
        else if (scheduler.Now < _stalledUntil) return;
        else if (_arrived.Count > 0 || !_first.IsEmpty) Complete(() => reader.TrySetResult(Take()));
        else if (_isEnded) Complete(() => reader.TrySetResult(0));
    }

    private void Complete(Action complete)
    {
        _reader = null;
        complete();
    }

    private int Take()
    {
        if (_first.IsEmpty) _first = _arrived.Dequeue();
        var most = Math.Min(_first.Length, _readBuffer.Length);
        var count = random.Chance(0.1) ? 1 + random.Next(most) : most; // a stream may be cut anywhere
        _first.Span[..count].CopyTo(_readBuffer.Span);
        _first = _first[count..];
        Outstanding -= count;
        MakeRoom();
        return count;
    }

    private void Drain()
    {
        while (_arrived.TryDequeue(out var segment)) Outstanding -= segment.Length;
        MakeRoom();
    }

    private void MakeRoom()
    {
        if (Outstanding > WindowBytes || _writer is not { } writer) return;
        _writer = null;
        writer.TrySetResult();
    }

    private async Task WaitForRoomAsync(TaskCompletionSource writer, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.Register(() =>
        {
            BreakWriter(new IOException("A write was given up."));
            writer.TrySetCanceled(cancellationToken);
        });
        await writer.Task;
    }

    private async Task<int> WaitForBytesAsync(TaskCompletionSource<int> reader, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.Register(() =>
        {
            if (_reader == reader) _reader = null;
            reader.TrySetCanceled(cancellationToken);
        });
        return await reader.Task;
    }
}
