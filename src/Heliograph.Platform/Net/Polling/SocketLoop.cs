// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Runtime.Versioning;

namespace Heliograph.Platform.Net.Polling;

/// <summary>A thread that waits for many sockets at once and reads for whoever waits on one of them. Linux: epoll(7), edge-triggered.</summary>
/// <remarks>
/// What it hears is mostly small and never urgent: reports, subscriptions. Waking a thread for each would cost more than reading it, so that while much is
/// going on it looks every <see cref="Pause"/> and takes what has come together; a socket that has more to read, or a writer that waits for room, is not made to wait.
/// </remarks>
[SupportedOSPlatform("linux")]
public sealed class SocketLoop : IDisposable
{
    /// <summary>How long it lets things gather when it was woken a moment ago.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(4);

    private const int EventsAtOnce = 512;

    private readonly Lock _sync = new();
    private readonly SocketDescriptor _poll = LinuxSockets.NewPoll();
    private readonly SocketDescriptor _waker = LinuxSockets.NewWaker();
    private readonly Stack<int> _free = new();
    private readonly Thread _thread;
    private ILoopMember?[] _members = new ILoopMember?[16]; // by place; place 0 is the waker's
    private int _places = 1;
    private uint _lastAdmission;
    private volatile bool _isEnding;

    /// <summary>Starts a loop.</summary>
    /// <param name="name">Name of its thread.</param>
    public SocketLoop(string name)
    {
        LinuxSockets.Watch(_poll, _waker, LinuxSockets.In, 0);
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Ends the loop, and waits for that unless it is the loop that asks. Nobody who is still in it hears of anything any more: they are to leave first.</summary>
    public void Dispose()
    {
        if (_isEnding) return;
        _isEnding = true;
        LinuxSockets.Wake(_waker);
        if (Thread.CurrentThread != _thread) _thread.Join(); // what a reader does in the loop's thread may go as far as this
    }

    /// <summary>Lets a member hear of its socket.</summary>
    internal ulong Add(ILoopMember member, System.Runtime.InteropServices.SafeHandle socket, uint events)
    {
        ulong token;
        lock (_sync)
        {
            if (!_free.TryPop(out var place)) place = _places++;
            if (place == _members.Length) Array.Resize(ref _members, _members.Length * 2);
            token = (ulong)++_lastAdmission << 32 | (uint)place; // an event that is late for the one before is not this one's
            (member.Token, _members[place]) = (token, member);
        }
        try
        {
            LinuxSockets.Watch(_poll, socket, events, token);
        }
        catch
        {
            Remove(member);
            throw;
        }
        return token;
    }

    /// <summary>Lets a member go. Its socket is forgotten by the kernel when it is closed.</summary>
    internal void Remove(ILoopMember member)
    {
        lock (_sync)
        {
            var place = (int)(uint)member.Token;
            if (place == 0 || _members[place] != member) return;
            _members[place] = null;
            _free.Push(place);
        }
    }

    /// <summary>Lets a member go whose socket stays open under another descriptor.</summary>
    internal void Forget(ILoopMember member, System.Runtime.InteropServices.SafeHandle socket)
    {
        Remove(member);
        LinuxSockets.Forget(_poll, socket);
    }

    private void Run()
    {
        using var poll = _poll;
        using var waker = _waker;
        var events = LinuxSockets.NewEvents(EventsAtOnce);
        for (var woken = 0L; !_isEnding;)
        {
            var count = LinuxSockets.Wait(_poll, events);
            var isUrgent = TellAll(events, count);
            if (!isUrgent && count < EventsAtOnce && Stopwatch.GetElapsedTime(woken) < Pause) Thread.Sleep(Pause);
            woken = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Tells each what has happened. Whether somebody is in a hurry.</summary>
    private bool TellAll(byte[] events, int count)
    {
        var isUrgent = false;
        for (var i = 0; i < count; i++)
        {
            var (happened, token) = LinuxSockets.EventAt(events, i);
            if (Volatile.Read(ref _members)[(uint)token] is { } member && member.Token == token) isUrgent |= member.OnReady(happened);
        }
        return isUrgent;
    }
}

/// <summary>Somebody whom a loop tells of a socket.</summary>
internal interface ILoopMember
{
    /// <summary>Where it is in the loop, and since when.</summary>
    ulong Token { get; set; }

    /// <summary>Something has happened. On the loop's thread; never throws, never waits.</summary>
    /// <returns>Whether more is to come at once.</returns>
    bool OnReady(uint events);
}
