// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace Heliograph.Yardstick.Load;

/// <summary>The few Linux calls that the load client needs; raw, so that it costs the shared cores little.</summary>
internal static unsafe partial class Libc
{
    public const uint EpollIn = 1, EpollOut = 4, EpollError = 8;
    public const int EpollAdd = 1, EpollDelete = 2, EpollModify = 3;
    public const int Eagain = 11, SigTerm = 15, SigKill = 9;
    private const int Einprogress = 115, InetFamily = 2, StreamNonBlockingCloseOnExec = 1 | 2_048 | 524_288, MsgNoSignal = 0x4000;
    private const int SolSocket = 1, ReceiveBuffer = 8, Linger = 13, IpLevel = 0, BindAddressNoPort = 24, TcpLevel = 6, NoDelay = 1;
    private const int DescriptorLimit = 7;

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public struct EpollEvent
    {
        public uint Events;
        public long Data;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct InternetAddress
    {
        public ushort Family, Port;
        public uint Address;
        public ulong Zero;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds, Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Current, Maximum;
    }

    [LibraryImport("libc", SetLastError = true)] public static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)] public static partial int epoll_ctl(int epoll, int operation, int descriptor, EpollEvent* what);

    [LibraryImport("libc", SetLastError = true)] public static partial int epoll_wait(int epoll, EpollEvent* events, int count, int timeoutMs);

    [LibraryImport("libc", SetLastError = true)] public static partial nint recv(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)] private static partial nint send(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)] public static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)] public static partial int clock_gettime(int clock, TimeSpec* time);

    [LibraryImport("libc", SetLastError = true)] public static partial int kill(int process, int signal);

    [LibraryImport("libc", SetLastError = true)] private static partial int socket(int family, int kind, int protocol);

    [LibraryImport("libc", SetLastError = true)] private static partial int bind(int socket, InternetAddress* address, int length);

    [LibraryImport("libc", SetLastError = true)] private static partial int connect(int socket, InternetAddress* address, int length);

    [LibraryImport("libc", SetLastError = true)] private static partial int setsockopt(int socket, int level, int name, void* value, int length);

    [LibraryImport("libc", SetLastError = true)] private static partial int getrlimit(int resource, ResourceLimit* limit);

    /// <summary>Descriptors that this process, and each one it starts, may hold.</summary>
    public static long DescriptorsMax()
    {
        ResourceLimit limit;
        return getrlimit(DescriptorLimit, &limit) == 0 ? (long)Math.Min(limit.Current, long.MaxValue) : throw new IOException($"getrlimit: error {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>Sends what fits into the socket's buffer.</summary>
    /// <returns>Bytes sent; negative for an error.</returns>
    public static nint Send(int socket, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes) return send(socket, first, bytes.Length, MsgNoSignal);
    }

    /// <summary>Begins a non-blocking connect from 127.0.0.(2+slot), so that one process is not held to one address's 28,000 ports.</summary>
    public static int StartConnect(int port, int slot, int receiveBytes)
    {
        var descriptor = socket(InetFamily, StreamNonBlockingCloseOnExec, 0);
        if (descriptor < 0) throw new IOException($"socket: error {Marshal.GetLastPInvokeError()}");
        var one = 1;
        long resetAtClose = 1; // l_onoff 1, l_linger 0: nothing is left in TIME_WAIT between runs
        _ = setsockopt(descriptor, IpLevel, BindAddressNoPort, &one, sizeof(int));
        _ = setsockopt(descriptor, TcpLevel, NoDelay, &one, sizeof(int));
        _ = setsockopt(descriptor, SolSocket, Linger, &resetAtClose, sizeof(long));
        if (receiveBytes > 0) _ = setsockopt(descriptor, SolSocket, ReceiveBuffer, &receiveBytes, sizeof(int));
        var source = Loopback(0, (uint)(2 + slot));
        if (bind(descriptor, &source, sizeof(InternetAddress)) != 0) throw new IOException($"bind: error {Marshal.GetLastPInvokeError()}");
        var target = Loopback(port, 1);
        if (connect(descriptor, &target, sizeof(InternetAddress)) != 0 && Marshal.GetLastPInvokeError() != Einprogress)
            throw new IOException($"connect: error {Marshal.GetLastPInvokeError()}");
        return descriptor;
    }

    private static InternetAddress Loopback(int port, uint host) =>
        new() { Family = InetFamily, Port = (ushort)((port & 0xff) << 8 | port >> 8), Address = 127u | host << 24 };
}
