// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using Heliograph.Core;
using Heliograph.Core.Heads;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.FanOut;

/// <summary>One subscriber: its cursors, which of them have something to send, and who writes to it.</summary>
/// <remarks>
/// A subscriber that does not read costs its cursors and one slice in the transport's buffers. Work is a flag per cursor, never a queue per
/// change: the queue below holds each cursor at most once. One writes at a time: a shard that offers what is new writes at once if nothing waits
/// and the transport takes it (<c>Subscriber.Offers.cs</c>); whatever has to wait is the pump's.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The connection belongs to the listener.")]
internal sealed partial class Subscriber(long id, int shard, IConnection connection, PeerIdentity peer, Hello hello, TrustCell trust, FanOutOptions options, TimeProvider time, SemaphoreSlim snapshots)
{
    /// <summary>Frames are written in slices of this size, so that progress is seen and nothing large waits in a pipe.</summary>
    private const int SliceBytes = 16 << 10;

    /// <summary>Bytes of answers that may wait to be written; a peer that causes more without reading is cut off.</summary>
    private const int AnswerBytesMax = 40 << 10;

    private readonly Lock _sync = new();
    private readonly AsyncSignal _wake = new();
    private readonly SortedDictionary<NamespaceName, Cursor> _cursors = [];
    private readonly Queue<Cursor> _queue = new();
    private SortedDictionary<NamespaceName, Revision>? _denied; // made when the first is denied: most never are
    private SortedDictionary<NamespaceName, string>? _refusals; // to be told, with the code; the frame is made when it can be written
    private Queue<ReadOnlyMemory<byte>>? _answers;
    private ReadOnlyMemory<byte> _head;
    private readonly TrustDelivery _trust = new(trust, hello);
    private long _answerBytes, _writingSince, _bulkSince, _bulkBytes;
    private bool _isBusy = true; // someone writes; nobody before the pump runs, for the welcome goes first
    private bool _isAnythingDue; // something waits in one of the places above: one look for whoever offers, instead of one at each
    private bool _awaitsPlace; // the pump waits for its turn with a long update, and is woken for what may go meanwhile
    private volatile bool _isEnded;

    public long Id { get; } = id;

    /// <summary>Which of the hub's shards looks after it.</summary>
    public int Shard { get; } = shard;

    public PeerIdentity Peer { get; } = peer;

    public Hello Hello { get; } = hello;

    public IConnection Connection { get; } = connection;

    public string Name => Hello.Instance?.Id ?? "";

    /// <summary>Most namespaces on this stream.</summary>
    public int SubscriptionsMax => Hello.Role == Role.Relay ? Limits.RelaySubscriptionsMax : Limits.SubscriptionsMax;

    /// <summary>Bytes that wait here for this subscriber; what the transport holds comes on top and has its own bound.</summary>
    public long WaitingBytes
    {
        get
        {
            lock (_sync) return _answerBytes + _head.Length + (_writingSince == 0 ? 0 : SliceBytes);
        }
    }

    public IReadOnlyList<Cursor> Cursors
    {
        get
        {
            lock (_sync) return [.. _cursors.Values];
        }
    }

    public Cursor? Find(NamespaceName name)
    {
        lock (_sync) return _cursors.GetValueOrDefault(name);
    }

    /// <summary>Whether the stream carries the namespace of that name.</summary>
    public bool IsSubscribed(string name) => NamespaceName.TryParse(name, out var parsed, out _) && Find(parsed) is not null;

    /// <summary>Adds a cursor; <see langword="false"/> if the stream carries as many namespaces as it may.</summary>
    public bool TryAdd(Cursor cursor)
    {
        lock (_sync) return _cursors.Count < SubscriptionsMax && _cursors.TryAdd(cursor.Channel.Name, cursor); // a refusal that waits is told all the same, and first: what the peer reported is forgotten here
    }

    public Cursor? Remove(NamespaceName name)
    {
        lock (_sync)
        {
            _denied?.Remove(name);
            _refusals?.Remove(name);
            if (!_cursors.Remove(name, out var cursor)) return null;
            cursor.IsRemoved = true;
            return cursor;
        }
    }

    /// <summary>Remembers what it asked for and may not read now: the policy may not have come yet, or may change.</summary>
    /// <param name="name">Which namespace.</param>
    /// <param name="position">Where the subscriber stands.</param>
    /// <param name="isNews">Whether it is to be told.</param>
    public void Deny(NamespaceName name, Revision position, bool isNews)
    {
        lock (_sync)
        {
            _denied ??= [];
            if (_denied.Count < SubscriptionsMax || _denied.ContainsKey(name)) _denied[name] = position;
        }
        if (isNews) Refuse(name, "not_authorized");
    }

    /// <summary>Lets it be told that it does not get a namespace. Of more names at once than a stream carries nothing is said: whoever still wants them asks again.</summary>
    public void Refuse(NamespaceName name, string code)
    {
        lock (_sync)
        {
            _refusals ??= [];
            if (_refusals.Count >= SubscriptionsMax && !_refusals.ContainsKey(name)) return;
            (_refusals[name], _isAnythingDue) = (code, true);
        }
        options.Counts.Refused(code);
        _wake.Set();
    }

    /// <summary>Hands out what was denied so far; whatever is denied still is to be denied again.</summary>
    public IReadOnlyList<KeyValuePair<NamespaceName, Revision>> TakeDenied()
    {
        lock (_sync)
        {
            if (_denied is null) return [];
            KeyValuePair<NamespaceName, Revision>[] denied = [.. _denied];
            _denied = null;
            return denied;
        }
    }

    /// <summary>The subscriber said where it stands.</summary>
    public void Move(Cursor cursor, Revision position)
    {
        lock (_sync) (cursor.Position, cursor.Words) = (position, cursor.Words + 1);
        Enqueue(cursor, proof: true);
    }

    public void Enqueue(Cursor cursor, bool proof)
    {
        lock (_sync)
        {
            cursor.IsProofDue |= proof;
            if (Planted.UnboundedQueue && cursor.Channel.FramesAfter(cursor.Position) is { } update) Answer(update.First);
            Queue(cursor);
        }
        _wake.Set();
    }

    /// <summary>Lets the subscriber be told why there is nothing at a cursor.</summary>
    public void EnqueueGone(Cursor cursor)
    {
        lock (_sync)
        {
            cursor.IsGoneDue = true;
            Queue(cursor);
        }
        _wake.Set();
    }

    /// <summary>Lets the subscriber be given a namespace's reader key when it can be written: a thousand keys at once would be more than may wait for one that reads slowly.</summary>
    public void EnqueueReaderKey(Cursor cursor)
    {
        lock (_sync)
        {
            cursor.IsReaderKeyDue = true;
            Queue(cursor);
        }
        _wake.Set();
    }

    private void Queue(Cursor cursor)
    {
        if (cursor.IsQueued) return;
        cursor.IsQueued = _isAnythingDue = true;
        _queue.Enqueue(cursor);
    }

    /// <summary>Lets an answer go out before anything else.</summary>
    public void Send(ReadOnlyMemory<byte> frame)
    {
        bool isTooMuch;
        lock (_sync)
        {
            Answer(frame);
            isTooMuch = _answerBytes > AnswerBytesMax && !Planted.UnboundedQueue;
        }
        if (isTooMuch) Connection.Abort();
        _wake.Set();
    }

    /// <summary>Lets it be sent what it does not hold of the realm's roots and epochs, before any head.</summary>
    public void OfferTrust()
    {
        lock (_sync)
        {
            if (!_trust.IsDue) return;
            _isAnythingDue = true;
        }
        _wake.Set();
    }

    /// <summary>Lets the newest head go out; one that still waits is replaced.</summary>
    public void SendHead(ReadOnlyMemory<byte> frame)
    {
        lock (_sync) (_head, _isAnythingDue) = (frame, true);
        _wake.Set();
    }

    /// <summary>Whether it has taken nothing for the write deadline, or takes a long update so slowly that others wait for its place.</summary>
    public bool IsStalled
    {
        get
        {
            var since = Volatile.Read(ref _writingSince);
            if (since != 0 && time.GetElapsedTime(since) >= options.WriteDeadline) return true;
            var bulkSince = Volatile.Read(ref _bulkSince);
            if (bulkSince == 0) return false;
            var allowed = options.WriteDeadline + TimeSpan.FromSeconds((double)Volatile.Read(ref _bulkBytes) / options.SnapshotBytesPerSecondMin);
            return time.GetElapsedTime(bulkSince) >= allowed;
        }
    }

    public void End()
    {
        _isEnded = true;
        _wake.Set();
    }

    /// <summary>Writes whatever there is to write, until <see cref="End"/> or the connection breaks.</summary>
    public async Task PumpAsync(CancellationToken cancellationToken)
    {
        Rest();
        try
        {
            while (!_isEnded)
            {
                await _wake.WaitAsync();
                if (!TryBecomeBusy()) continue; // whoever writes wakes the pump when something is left
                if (_handedOver is { } writing) await FinishAsync(writing);
                while (!_isEnded && TryTake(out var frame, out var cursor))
                {
                    if (cursor is not null) await ServeAsync(cursor, cancellationToken);
                    else if (frame.Length > 0) await WriteAsync(frame, cancellationToken);
                    else await WriteJoinedAsync(cancellationToken);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            Connection.Abort(); // the reading loop ends with it and says goodbye
        }
    }

    private bool TryTake(out ReadOnlyMemory<byte> frame, out Cursor? cursor)
    {
        lock (_sync)
        {
            (frame, cursor) = (default, null);
            if (_answers is { Count: > 0 } || _refusals is { Count: > 0 } || _trust.IsDue || !_queue.TryDequeue(out cursor)) return _isBusy = _isAnythingDue = TryTakeFrame(out frame) || _isJoinDue;
            cursor.IsQueued = false;
            return true;
        }
    }

    private bool TryTakeFrame(out ReadOnlyMemory<byte> frame)
    {
        lock (_sync)
        {
            if (_answers?.TryDequeue(out frame) == true)
            {
                _answerBytes -= frame.Length;
                return true;
            }
            if (_trust.Next() is { Length: > 0 } news)
            {
                frame = news;
                return true;
            }
            if (_refusals is { Count: > 0 })
            {
                var (name, code) = _refusals.First();
                _refusals.Remove(name);
                frame = RefusedFrames.Of(new(name, code, code == "limit" ? $"A stream carries at most {SubscriptionsMax} namespaces." : $"'{name}' is not there, or may not be read by '{Peer.Subject}'."));
                return true;
            }
            (frame, _head) = (_head, default);
            return frame.Length > 0;
        }
    }

    private async ValueTask ServeAsync(Cursor cursor, CancellationToken cancellationToken)
    {
        Revision position;
        int words;
        bool isProofDue, isGoneDue, isReaderKeyDue;
        lock (_sync)
        {
            if (cursor.IsRemoved) return; // while it waited
            (position, words, isProofDue, isGoneDue, isReaderKeyDue) = (cursor.Position, cursor.Words, cursor.IsProofDue, cursor.IsGoneDue, cursor.IsReaderKeyDue);
            cursor.IsProofDue = cursor.IsGoneDue = cursor.IsReaderKeyDue = false;
        }
        if (isReaderKeyDue && cursor.Channel.ReaderKeyFrame() is { Length: > 0 } key) await WriteAsync(key, cancellationToken);
        if (cursor.Channel.FramesAfter(position) is { } update)
        {
            await WriteAllAsync(update, cancellationToken);
            lock (_sync)
                if (cursor.Words == words) cursor.Position = update.Revision; // unless it has spoken meanwhile
            Enqueue(cursor, proof: false); // there may be more by now
            return;
        }
        if (isGoneDue && cursor.Channel.GoneFrame() is { Length: > 0 } gone) await WriteAsync(gone, cancellationToken);
        if (!isProofDue) return;
        if (IsWide) Gather(cursor);
        else if (cursor.Channel.ProofFrame(position) is { Length: > 0 } proof) await WriteAsync(proof, cancellationToken);
    }

    private async ValueTask WriteAllAsync(EncodedUpdate update, CancellationToken cancellationToken)
    {
        var isBulk = update.Rest.Count > 0;
        if (isBulk) await TakePlaceAsync(cancellationToken);
        try
        {
            Volatile.Write(ref _bulkBytes, update.Bytes);
            Volatile.Write(ref _bulkSince, isBulk ? time.GetTimestamp() : 0);
            await WriteAsync(update.First, cancellationToken);
            foreach (var chunk in update.Rest)
            {
                await WriteWaitingAsync(cancellationToken);
                await WriteAsync(chunk, cancellationToken);
            }
        }
        finally
        {
            Volatile.Write(ref _bulkSince, 0);
            if (isBulk) snapshots.Release();
        }
    }

    /// <summary>Waits for a place among those that are sent long updates. Meanwhile answers and heads go out: who waits for long must not take its parent for dead, and begin anew elsewhere.</summary>
    private async ValueTask TakePlaceAsync(CancellationToken cancellationToken)
    {
        var turn = snapshots.WaitAsync(CancellationToken.None); // it comes: whoever holds a place writes on or is cut off
        if (turn.IsCompletedSuccessfully) return;
        lock (_sync) _awaitsPlace = true;
        turn.GetAwaiter().UnsafeOnCompleted(_wake.Set);
        try
        {
            while (!turn.IsCompleted)
            {
                await WriteWaitingAsync(cancellationToken);
                await _wake.WaitAsync();
                if (_isEnded) throw new IOException($"{Name}: it left while it waited for its turn.");
            }
        }
        catch
        {
            turn.GetAwaiter().UnsafeOnCompleted(() => snapshots.Release()); // it still comes, and is passed on
            throw;
        }
        finally
        {
            lock (_sync) _awaitsPlace = false;
        }
    }

    /// <summary>Between the chunks of a long update: answers, and the head that shows a slow reader that its parent lives.</summary>
    private async ValueTask WriteWaitingAsync(CancellationToken cancellationToken)
    {
        while (!_isEnded && TryTakeFrame(out var frame)) await WriteAsync(frame, cancellationToken);
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        options.Counts.Sent(Shard, frame.Length);
        for (var rest = frame; rest.Length > 0 && !_isEnded;)
        {
            var slice = rest[..Math.Min(rest.Length, SliceBytes)];
            Volatile.Write(ref _writingSince, time.GetTimestamp());
            await Connection.WriteAsync(slice, cancellationToken);
            Volatile.Write(ref _writingSince, 0);
            rest = rest[slice.Length..];
        }
    }

    private void Answer(ReadOnlyMemory<byte> frame)
    {
        (_answers ??= new()).Enqueue(frame);
        _answerBytes += frame.Length;
        _isAnythingDue = true;
    }
}
