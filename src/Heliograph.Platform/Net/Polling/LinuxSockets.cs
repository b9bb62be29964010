// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Heliograph.Platform.Net.Polling;

/// <summary>A socket's descriptor. Whoever uses it holds it open: it is closed when the last one is done, so that a number is never another socket's.</summary>
internal sealed class SocketDescriptor : SafeHandleMinusOneIsInvalid
{
    public SocketDescriptor() : base(ownsHandle: true) { }

    protected override bool ReleaseHandle() => LinuxSockets.Close(handle);
}

/// <summary>The calls of Linux that a <see cref="SocketLoop"/> is made of: accept4(2), recv(2), send(2), epoll(7), on sockets that never block.</summary>
/// <remarks>What would have to wait answers -1 here; every other error throws an <see cref="IOException"/> with the system's words.</remarks>
internal static unsafe partial class LinuxSockets
{
    /// <summary>Bits of epoll_event.events.</summary>
    public const uint In = 0x1, Out = 0x4, Error = 0x8, HangUp = 0x10, PeerClosed = 0x2000, EdgeTriggered = 1u << 31;

    private const int Interrupted = 4, BadDescriptor = 9, Again = 11, ConnectionAborted = 103; // errno
    private const int NonBlocking = 0x800, CloseOnExec = 0x80000, NoSignal = 0x4000, DontWait = 0x40, Peeking = 0x2;
    private const int SolSocket = 1, SoLinger = 13, SoSendBuffer = 7, SoReceiveBuffer = 8, SoPeerCredentials = 17, IpProtocolTcp = 6, TcpNoDelay = 1;
    private const int ControlAdd = 1, ControlRemove = 2, DuplicateCloseOnExec = 1_030, ShutDownWrite = 1, ShutDownBoth = 2;
    private const ushort FamilyIp4 = 2, FamilyIp6 = 10;
    private const int AddressBytes = 128;
    private const int BrokenPipe = 13; // SIGPIPE
    private const nint IgnoreSignal = 1; // SIG_IGN

    /// <summary>Bytes of an epoll_event, and where its data begin: packed on x86-64, aligned elsewhere.</summary>
    private static readonly (int Size, int DataAt) EventLayout = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? (12, 4) : (16, 8);

    /// <summary>Takes a connection that waits at a listening socket.</summary>
    /// <returns>Its socket and its peer's address, which is <see langword="null"/> at a unix socket; no socket if none waits.</returns>
    public static (SocketDescriptor? Socket, IPEndPoint? Peer) Accept(SafeHandle listening)
    {
        var address = stackalloc byte[AddressBytes];
        while (true)
        {
            var length = AddressBytes;
            var socket = accept4(listening, address, &length, NonBlocking | CloseOnExec);
            if (!socket.IsInvalid) return (socket, AddressOf(new(address, length)));
            var errno = Marshal.GetLastPInvokeError();
            socket.Dispose();
            if (errno == Again) return (null, null);
            if (errno is not (Interrupted or ConnectionAborted)) throw Failure(errno); // the latter went away while it waited
        }
    }

    /// <summary>Receives what is there: at least one byte, 0 at the end of the stream, -1 if nothing has come.</summary>
    public static int Receive(SocketDescriptor socket, Span<byte> buffer) => Receive(socket, buffer, DontWait);

    /// <summary>The same, and leaves it there.</summary>
    public static int Peek(SocketDescriptor socket, Span<byte> buffer) => Receive(socket, buffer, DontWait | Peeking);

    private static int Receive(SocketDescriptor socket, Span<byte> buffer, int flags)
    {
        fixed (byte* bytes = buffer)
            while (true)
            {
                var count = recv(socket, bytes, buffer.Length, flags);
                if (count >= 0) return (int)count;
                var errno = Marshal.GetLastPInvokeError();
                if (errno == Again) return -1;
                if (errno != Interrupted) throw Failure(errno);
            }
    }

    /// <summary>Hands over as many bytes as the kernel takes now; 0 if it is full.</summary>
    public static int Send(SocketDescriptor socket, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* bytes = buffer)
            while (true)
            {
                var count = send(socket, bytes, buffer.Length, DontWait | NoSignal);
                if (count >= 0) return (int)count;
                var errno = Marshal.GetLastPInvokeError();
                if (errno == Again) return 0;
                if (errno != Interrupted) throw Failure(errno);
            }
    }

    /// <summary>Sends small frames at once instead of collecting them.</summary>
    public static void SetNoDelay(SocketDescriptor socket) => Set(socket, IpProtocolTcp, TcpNoDelay, 1);

    /// <summary>Bounds the kernel's buffers.</summary>
    public static void SetBuffers(SocketDescriptor socket, int sendBytes, int receiveBytes)
    {
        Set(socket, SolSocket, SoSendBuffer, sendBytes);
        Set(socket, SolSocket, SoReceiveBuffer, receiveBytes);
    }

    /// <summary>The user at the other end of a unix socket, as the kernel saw it connect; <see langword="null"/> if the kernel does not tell.</summary>
    public static uint? UserOf(SocketDescriptor socket)
    {
        var credentials = stackalloc uint[3]; // struct ucred: pid, uid, gid
        var length = 3 * sizeof(uint);
        return getsockopt(socket, SolSocket, SoPeerCredentials, credentials, &length) == 0 && length == 3 * sizeof(uint) ? credentials[1] : null;
    }

    /// <summary>Lets closing drop what was not sent: a reset instead of a goodbye.</summary>
    public static void SetResetOnClose(SocketDescriptor socket)
    {
        var linger = stackalloc int[] { 1, 0 }; // struct linger: on, for 0 s
        _ = setsockopt(socket, SolSocket, SoLinger, linger, 2 * sizeof(int)); // a socket that is broken already needs none
    }

    /// <summary>Says that nothing more is sent. A socket whose peer is gone needs no goodbye.</summary>
    public static void EndSending(SocketDescriptor socket) => _ = shutdown(socket, ShutDownWrite);

    /// <summary>Ends both directions; whoever waits for the socket is woken.</summary>
    public static void EndBoth(SocketDescriptor socket) => _ = shutdown(socket, ShutDownBoth);

    /// <summary>A new epoll set.</summary>
    public static SocketDescriptor NewPoll() => Checked(epoll_create1(CloseOnExec));

    /// <summary>A descriptor that <see cref="Wake"/> makes readable.</summary>
    public static SocketDescriptor NewWaker() => Checked(eventfd(0, NonBlocking | CloseOnExec));

    /// <summary>Wakes who polls the waker.</summary>
    public static void Wake(SocketDescriptor waker)
    {
        var one = 1UL;
        _ = write(waker, &one, sizeof(ulong)); // fails only when it counts 2^64 - 1 wakes: it is awake then
    }

    /// <summary>Lets a set watch a descriptor.</summary>
    public static void Watch(SocketDescriptor poll, SafeHandle watched, uint events, ulong data)
    {
        var entry = stackalloc byte[16];
        MemoryMarshal.Write(new Span<byte>(entry, 16), events);
        MemoryMarshal.Write(new Span<byte>(entry + EventLayout.DataAt, sizeof(ulong)), data);
        if (epoll_ctl(poll, ControlAdd, watched, entry) != 0) throw Failure(Marshal.GetLastPInvokeError());
    }

    /// <summary>Lets a set forget a descriptor whose socket stays open under another.</summary>
    public static void Forget(SocketDescriptor poll, SafeHandle watched)
    {
        if (epoll_ctl(poll, ControlRemove, watched, null) != 0) throw Failure(Marshal.GetLastPInvokeError());
    }

    /// <summary>Another descriptor of the same socket.</summary>
    public static nint Duplicate(SocketDescriptor socket)
    {
        var copy = fcntl(socket, DuplicateCloseOnExec, 0);
        return copy >= 0 ? copy : throw Failure(Marshal.GetLastPInvokeError());
    }

    /// <summary>Lets a write to a socket whose peer is gone fail, as it is to, instead of ending the process: for those who write without saying so each time.</summary>
    public static void IgnoreBrokenPipes() => _ = signal(BrokenPipe, IgnoreSignal);

    /// <summary>Room for that many events.</summary>
    public static byte[] NewEvents(int count) => GC.AllocateUninitializedArray<byte>(count * EventLayout.Size, pinned: true);

    /// <summary>Waits until something happens.</summary>
    /// <returns>How many events are in <paramref name="events"/>.</returns>
    public static int Wait(SocketDescriptor poll, byte[] events)
    {
        fixed (byte* entries = events)
            while (true)
            {
                var count = epoll_wait(poll, entries, events.Length / EventLayout.Size, -1);
                if (count >= 0) return count;
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Interrupted) throw Failure(errno);
            }
    }

    /// <summary>One of the events that <see cref="Wait"/> found.</summary>
    public static (uint Events, ulong Data) EventAt(byte[] events, int index)
    {
        var entry = events.AsSpan(index * EventLayout.Size, EventLayout.Size);
        return (MemoryMarshal.Read<uint>(entry), MemoryMarshal.Read<ulong>(entry[EventLayout.DataAt..]));
    }

    /// <summary>Closes a descriptor.</summary>
    public static bool Close(nint descriptor) => close((int)descriptor) == 0 || Marshal.GetLastPInvokeError() != BadDescriptor;

    private static void Set(SocketDescriptor socket, int level, int option, int value)
    {
        if (setsockopt(socket, level, option, &value, sizeof(int)) != 0) throw Failure(Marshal.GetLastPInvokeError());
    }

    private static SocketDescriptor Checked(SocketDescriptor made)
    {
        if (!made.IsInvalid) return made;
        var errno = Marshal.GetLastPInvokeError();
        made.Dispose();
        throw Failure(errno);
    }

    private static IPEndPoint? AddressOf(ReadOnlySpan<byte> address)
    {
        if (address.Length < sizeof(ushort)) return null;
        var port = address.Length < 4 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        return MemoryMarshal.Read<ushort>(address) switch
        {
            FamilyIp4 => new(new IPAddress(address.Slice(4, 4)), port),
            FamilyIp6 => new(new IPAddress(address.Slice(8, 16)), port),
            _ => null,
        };
    }

    private static IOException Failure(int errno) => new(Marshal.GetPInvokeErrorMessage(errno), errno);

    [LibraryImport("libc", SetLastError = true)]
    private static partial SocketDescriptor accept4(SafeHandle socket, byte* address, int* length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(SocketDescriptor socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(SocketDescriptor socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(SocketDescriptor socket, int level, int option, void* value, int length);

    [LibraryImport("libc")]
    private static partial int getsockopt(SocketDescriptor socket, int level, int option, void* value, int* length);

    [LibraryImport("libc")]
    private static partial int shutdown(SocketDescriptor socket, int how);

    [LibraryImport("libc", SetLastError = true)]
    private static partial SocketDescriptor epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(SocketDescriptor poll, int operation, SafeHandle descriptor, byte* entry);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(SocketDescriptor descriptor, int command, nint argument);

    [LibraryImport("libc")]
    private static partial nint signal(int number, nint handler);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(SocketDescriptor poll, byte* entries, int length, int timeoutMilliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial SocketDescriptor eventfd(uint value, int flags);

    [LibraryImport("libc")]
    private static partial nint write(SocketDescriptor descriptor, void* buffer, nint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
