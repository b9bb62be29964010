// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Heliograph.Yardstick.Wires;

namespace Heliograph.Yardstick.Load;

/// <summary>Thousands of subscriber connections on one epoll thread.</summary>
internal sealed unsafe partial class Fleet : IDisposable
{
    private const int BufferBytes = 256 << 10, EventsMax = 512, StalledReceiveBytes = 64 << 10, SourceAddresses = 16;

    private readonly int _epoll = Libc.epoll_create1(524_288);
    private readonly FleetPlan _plan;
    private readonly Wire _wire;
    private readonly Subscriber[] _subscribers;
    private readonly PriorityQueue<Subscriber, long> _due = new(); // connections to open again, by the stopwatch
    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly nint[] _resumable;
    private readonly Thread _thread;
    private volatile bool _isStopping;
    private volatile Exception? _failure;
    private int _next, _underWay, _handshakes, _resumed;

    public Fleet(FleetPlan plan, Wire wire, Recorder recorder)
    {
        (_plan, _wire, Recorder) = (plan, wire, recorder);
        _subscribers = [.. Enumerable.Range(0, plan.Subscribers).Select(index => new Subscriber(index, recorder) { WantsSnapshot = plan.WantsSnapshot, IsStalled = index < plan.Stalled })];
        _resumable = new nint[plan.ResumesTls ? plan.Subscribers : 0];
        _thread = new Thread(Run) { IsBackground = true, Name = "fleet" };
        _thread.Start();
    }

    public Recorder Recorder { get; }

    public IReadOnlyList<Subscriber> Subscribers => _subscribers;

    /// <summary>TLS handshakes done.</summary>
    public int Handshakes => Volatile.Read(ref _handshakes);

    /// <summary>Of them, those that resumed a session.</summary>
    public int Resumed => Volatile.Read(ref _resumed);

    /// <summary>Runs an action on the fleet's thread and waits for it.</summary>
    public void Invoke(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _commands.Enqueue(() =>
        {
            action();
            done.SetResult();
        });
        if (!done.Task.Wait(TimeSpan.FromSeconds(30))) throw new TimeoutException("The fleet's thread does not answer.", _failure);
    }

    /// <summary>Those that are to stall stop reading. They do not learn either that their connection ended.</summary>
    public void Stall() => Invoke(() =>
    {
        foreach (var subscriber in _subscribers)
            if (subscriber is { IsStalled: true, IsClosed: false }) Watch(subscriber, 0, Libc.EpollDelete);
    });

    /// <summary>Lets the stalled subscribers read again.</summary>
    public void Resume() => Invoke(() =>
    {
        foreach (var subscriber in _subscribers)
            if (subscriber is { IsStalled: true, IsClosed: false }) Watch(subscriber, Libc.EpollIn, Libc.EpollAdd);
    });

    /// <summary>Ends every connection.</summary>
    public void DisconnectAll() => Invoke(() =>
    {
        foreach (var subscriber in _subscribers) Close(subscriber);
    });

    /// <summary>Opens every connection again, as many at once as the plan allows.</summary>
    public void ConnectAll() => Invoke(() =>
    {
        foreach (var subscriber in _subscribers) Schedule(subscriber, TimeSpan.Zero);
    });

    /// <summary>A range of connections ends without a goodbye, each to be opened again after its own jittered wait: processes that restart.</summary>
    public void Churn(int first, int count) => Invoke(() =>
    {
        for (var i = 0; i < count; i++)
        {
            var subscriber = _subscribers[(first + i) % _subscribers.Length];
            if (subscriber.IsClosed || !subscriber.IsOpen) continue; // on its way already
            Close(subscriber);
            Schedule(subscriber, _wire.WaitBeforeReconnect(subscriber, reconnects: true) ?? TimeSpan.Zero);
        }
    });

    /// <summary>Throws what ended the fleet's thread, if something did.</summary>
    public void ThrowIfFailed()
    {
        if (_failure is { } failure) throw new InvalidOperationException("The load client failed.", failure);
    }

    private void Run()
    {
        var buffer = (byte*)NativeMemory.Alloc(BufferBytes);
        try
        {
            Loop(buffer);
        }
        catch (Exception exception)
        {
            _failure = exception;
            Recorder.Fault(exception.ToString());
        }
        foreach (var subscriber in _subscribers) Close(subscriber);
        foreach (var resumable in _resumable)
            if (resumable != 0) OpenSsl.SSL_SESSION_free(resumable);
        _ = Libc.close(_epoll);
        NativeMemory.Free(buffer);
    }

    private void Loop(byte* buffer)
    {
        const int QuietEvents = 32;
        var events = stackalloc Libc.EpollEvent[EventsMax];
        var quietAt = Stopwatch.GetTimestamp();
        while (!_isStopping)
        {
            while (_commands.TryDequeue(out var command)) command();
            StartConnects();
            var now = Stopwatch.GetTimestamp();
            var count = Libc.epoll_wait(_epoll, events, EventsMax, _wire.MillisecondsToDue(now));
            for (var i = 0; i < count; i++) Handle(_subscribers[events[i].Data], events[i].Events, buffer);
            // What clients say of themselves must not hold up what others are about to read: it goes out when it is quiet, or after 50 ms.
            now = Stopwatch.GetTimestamp();
            if (count > QuietEvents && Stopwatch.GetElapsedTime(quietAt, now).TotalMilliseconds < 50) continue;
            _wire.Speak(now);
            quietAt = now;
        }
    }

    private void Handle(Subscriber subscriber, uint events, byte* buffer)
    {
        if (subscriber.IsClosed) return;
        if (!subscriber.IsConnected)
        {
            if ((events & Libc.EpollError) != 0)
            {
                End(subscriber, "it was refused");
                return;
            }
            subscriber.IsConnected = true;
        }
        if (!subscriber.IsOpen && !Open(subscriber, buffer)) return;
        Read(subscriber, buffer);
    }

    private void Read(Subscriber subscriber, byte* buffer)
    {
        while (!subscriber.IsClosed)
        {
            var count = subscriber.Tls is { } tls ? tls.Read(buffer, BufferBytes) : Libc.recv(subscriber.Socket, buffer, BufferBytes, 0);
            if (count > 0)
            {
                var wasReady = subscriber.IsReady;
                _wire.OnData(subscriber, new ReadOnlySpan<byte>(buffer, (int)count));
                if (!wasReady && subscriber.IsReady) OnReady(subscriber);
                if (subscriber.Tls is null && count < BufferBytes) return;
            }
            else if (subscriber.Tls is not null ? count < 0 : count < 0 && Marshal.GetLastPInvokeError() == Libc.Eagain)
            {
                return;
            }
            else
            {
                End(subscriber, "the server ended it");
            }
        }
    }

    private void OnReady(Subscriber subscriber)
    {
        (subscriber.Failures, subscriber.LiveAt) = (0, Stopwatch.GetTimestamp());
        Arrive(subscriber);
        if (_plan.LeavesWhenLive) Close(subscriber);
    }

    private void Watch(Subscriber subscriber, uint events, int operation)
    {
        var what = new Libc.EpollEvent { Events = events, Data = subscriber.Index };
        _ = Libc.epoll_ctl(_epoll, operation, subscriber.Socket, &what);
    }

    public void Dispose()
    {
        _isStopping = true;
        _thread.Join(TimeSpan.FromSeconds(30));
    }
}
