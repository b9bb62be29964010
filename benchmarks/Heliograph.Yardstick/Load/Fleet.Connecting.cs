// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace Heliograph.Yardstick.Load;

// How connections begin, end, and begin again.
internal sealed unsafe partial class Fleet
{
    private void StartConnects()
    {
        var now = Stopwatch.GetTimestamp();
        while (_underWay < _plan.ConnectsAtOnce)
        {
            if (_next < _subscribers.Length) Connect(_subscribers[_next++]);
            else if (_due.TryPeek(out _, out var due) && due <= now) Connect(_due.Dequeue());
            else return;
        }
    }

    private void Connect(Subscriber subscriber)
    {
        subscriber.Socket = Libc.StartConnect(_plan.Port, subscriber.Index % SourceAddresses, subscriber.IsStalled ? StalledReceiveBytes : 0);
        (subscriber.IsConnected, subscriber.IsOpen, subscriber.IsClosed) = (false, false, false);
        if (subscriber.AskedAt == 0) subscriber.AskedAt = Stopwatch.GetTimestamp();
        if (Stopwatch.GetTimestamp() < subscriber.NotBefore) Recorder.Fault($"subscriber {subscriber.Index} came back {Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), subscriber.NotBefore).TotalMilliseconds:0} ms earlier than it was told");
        subscriber.ResetStream();
        subscriber.IsUnderWay = true;
        _underWay++;
        Watch(subscriber, Libc.EpollOut, Libc.EpollAdd);
    }

    /// <summary>The TCP connection is up: the handshake, then the protocol's first words.</summary>
    private bool Open(Subscriber subscriber, byte* buffer)
    {
        if (_plan.Tls is { } client && subscriber.Tls is null)
        {
            if (_wire.GreetsBeforeTls && !IsGreeted(subscriber, buffer))
            {
                Watch(subscriber, Libc.EpollIn, Libc.EpollModify);
                return false;
            }
            subscriber.Tls = new TlsSession(client, subscriber.Socket, _plan.ResumesTls ? _resumable[subscriber.Index] : 0);
        }
        if (subscriber.Tls is { IsOpen: false } tls)
        {
            try
            {
                if (tls.Handshake() is var wanted and not 0)
                {
                    Watch(subscriber, wanted, Libc.EpollModify);
                    return false;
                }
            }
            catch (IOException exception)
            {
                End(subscriber, exception.Message);
                return false;
            }
            Volatile.Write(ref _handshakes, _handshakes + 1);
            if (tls.IsResumed) Volatile.Write(ref _resumed, _resumed + 1);
        }
        subscriber.IsOpen = true;
        Watch(subscriber, Libc.EpollIn, Libc.EpollModify);
        if (_plan.HandshakeOnly || subscriber.IsReady) Arrive(subscriber); // connecting is done when it is open; else when it is live
        if (!_plan.HandshakeOnly) _wire.OnConnected(subscriber);
        return true; // to read on, if only the server's session tickets
    }

    /// <summary>Reads the server's line; it waits for the client after it, so that nothing else can have come.</summary>
    private static bool IsGreeted(Subscriber subscriber, byte* buffer)
    {
        var count = Libc.recv(subscriber.Socket, buffer, BufferBytes, 0);
        return count > 0 && buffer[count - 1] == (byte)'\n';
    }

    /// <summary>A handshake alone is done when the server has sent its tickets: the connection ends, and what can be resumed is kept.</summary>
    public void EndHandshakes() => Invoke(() =>
    {
        foreach (var subscriber in _subscribers)
        {
            KeepSession(subscriber);
            Close(subscriber);
        }
    });

    /// <summary>Keeps what each connection could be resumed with.</summary>
    public void KeepSessions() => Invoke(() =>
    {
        foreach (var subscriber in _subscribers) KeepSession(subscriber);
    });

    private void KeepSession(Subscriber subscriber)
    {
        if (!_plan.ResumesTls || subscriber.Tls is not { IsOpen: true } tls || subscriber.IsClosed) return;
        var kept = _resumable[subscriber.Index];
        if (kept != 0) OpenSsl.SSL_SESSION_free(kept);
        _resumable[subscriber.Index] = tls.TakeResumable();
    }

    /// <summary>The connection ended from the other side.</summary>
    private void End(Subscriber subscriber, string why)
    {
        Close(subscriber);
        Recorder.OnClosed();
        if (_wire.WaitBeforeReconnect(subscriber, _plan.Reconnects) is { } wait) Schedule(subscriber, wait);
        else if (subscriber is { IsReady: false } && !_plan.HandshakeOnly) Recorder.Fault($"subscriber {subscriber.Index}: the connection ended before it was live: {why}");
    }

    private void Arrive(Subscriber subscriber)
    {
        if (subscriber.IsUnderWay) _underWay--;
        subscriber.IsUnderWay = false;
    }

    private void Close(Subscriber subscriber)
    {
        Arrive(subscriber);
        if (subscriber.IsClosed || subscriber.Socket < 0) return;
        subscriber.IsClosed = true;
        subscriber.Tls?.Dispose();
        subscriber.Tls = null;
        _ = Libc.close(subscriber.Socket);
        subscriber.Socket = -1;
    }

    private void Schedule(Subscriber subscriber, TimeSpan wait)
    {
        subscriber.Reconnects++;
        subscriber.Failures++;
        _due.Enqueue(subscriber, Stopwatch.GetTimestamp() + (long)(wait.TotalSeconds * Stopwatch.Frequency));
    }
}
