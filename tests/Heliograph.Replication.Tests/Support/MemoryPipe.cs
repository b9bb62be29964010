// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol;

namespace Heliograph.Replication.Tests.Support;

/// <summary>One direction of a connection: bounded, so that a writer feels a reader that does not read; and open to mischief.</summary>
/// <remarks>Thread-safe. What is written is cut into frames for the test to look at, before any mischief.</remarks>
internal sealed class MemoryPipe(int capacityBytes)
{
    private readonly Lock _sync = new();
    private readonly Queue<ReadOnlyMemory<byte>> _waiting = new();
    private readonly FrameDecoder _decoder = new();
    private readonly List<(FrameType Type, byte[] Message)> _frames = [];
    private TaskCompletionSource _changed = New();
    private int _waitingBytes, _offset; // into the first of those that wait
    private bool _isBroken, _isComplete, _isHeld, _isGarbage;

    /// <summary>Changes bytes on their way: a bad wire, or a bad relay.</summary>
    public Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? Alter { get; set; }

    /// <summary>Bytes that the reader may still take; <see langword="null"/>: as many as there are. A slow link is allowed some from time to time.</summary>
    public int? Allowance { get; set; }

    /// <summary>Nothing arrives any more, and nobody is told: a host without power, a dropped route.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Bytes written and not read yet.</summary>
    public int WaitingBytes
    {
        get
        {
            lock (_sync) return _waitingBytes;
        }
    }

    /// <summary>Bytes written since the beginning.</summary>
    public long WrittenBytes { get; private set; }

    /// <summary>Whole frames written so far.</summary>
    public IReadOnlyList<(FrameType Type, byte[] Message)> Frames
    {
        get
        {
            lock (_sync) return [.. _frames];
        }
    }

    /// <summary>Frames of a type written so far.</summary>
    public int Count(FrameType type) => Frames.Count(frame => frame.Type == type);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Look(bytes);
        if (Alter is { } alter) bytes = alter(bytes);
        while (bytes.Length > 0)
        {
            Task changed;
            lock (_sync)
            {
                ThrowIfBroken();
                var room = Math.Min(bytes.Length, capacityBytes - _waitingBytes);
                if (room > 0)
                {
                    _waiting.Enqueue(bytes[..room].ToArray());
                    _waitingBytes += room;
                    bytes = bytes[room..];
                    Signal();
                    continue;
                }
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_sync)
            {
                if (!IsSilent && !_isHeld && Allowance is not <= 0 && _waiting.TryPeek(out var next)) return Take(next, buffer);
                if (_isComplete && !IsSilent && !_isHeld) return 0;
                ThrowIfBroken();
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The reader finds nothing to read until <see cref="Release"/>: it is stopped, or its link is.</summary>
    public void Hold()
    {
        lock (_sync) _isHeld = true;
    }

    public void Release()
    {
        lock (_sync)
        {
            _isHeld = false;
            Signal();
        }
    }

    /// <summary>Lets a slow link pass so many bytes more.</summary>
    public void Allow(int bytes)
    {
        lock (_sync)
        {
            Allowance = (Allowance ?? 0) + bytes;
            Signal();
        }
    }

    /// <summary>Lets the reader have <paramref name="count"/> bytes although it is held.</summary>
    public int TakeHeld(int count)
    {
        var taken = 0;
        lock (_sync)
        {
            var buffer = new byte[count];
            while (taken < count && _waiting.TryPeek(out var next)) taken += Take(next, buffer.AsMemory(taken));
        }
        return taken;
    }

    /// <summary>The end of the stream: what was written can still be read.</summary>
    public void Complete()
    {
        lock (_sync)
        {
            _isComplete = true;
            Signal();
        }
    }

    /// <summary>Whoever writes, or reads to the end of what is there, fails from now on.</summary>
    public void Break()
    {
        lock (_sync)
        {
            _isBroken = true;
            Signal();
        }
    }

    private int Take(ReadOnlyMemory<byte> next, Memory<byte> buffer)
    {
        var count = Math.Min(next.Length - _offset, Math.Min(buffer.Length, Allowance ?? int.MaxValue));
        Allowance -= count;
        next.Slice(_offset, count).CopyTo(buffer);
        _offset += count;
        if (_offset == next.Length)
        {
            _waiting.Dequeue();
            _offset = 0;
        }
        _waitingBytes -= count;
        Signal();
        return count;
    }

    private void Look(ReadOnlyMemory<byte> bytes)
    {
        lock (_sync)
        {
            WrittenBytes += bytes.Length;
            while (bytes.Length > 0 && !_isGarbage)
            {
                var buffer = _decoder.GetBuffer();
                var count = Math.Min(buffer.Length, bytes.Length);
                bytes[..count].CopyTo(buffer);
                _decoder.Advance(count);
                bytes = bytes[count..];
                Cut();
            }
        }
    }

    private void Cut()
    {
        try
        {
            while (_decoder.TryRead(out var type, out var message)) _frames.Add((type, message.ToArray()));
        }
        catch (ProtocolException)
        {
            _isGarbage = true; // what the test wanted to send; there is nothing more to see
        }
    }

    private void ThrowIfBroken()
    {
        if (_isBroken) throw new IOException("The connection is broken.");
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = New();
        changed.SetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
