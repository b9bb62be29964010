// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Heliograph.Platform.Net.Polling;

namespace Heliograph.Platform.Net.Tls;

/// <summary>An SSL_CTX: what connections have in common. Each of them keeps it alive.</summary>
internal sealed class ContextHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        OpenSsl.SSL_CTX_free(handle);
        return true;
    }
}

/// <summary>An SSL: one connection's TLS. It holds its socket's descriptor open for as long as it could use it.</summary>
internal sealed class ConnectionHandle : SafeHandle
{
    private static int s_count;
    private readonly SocketDescriptor? _socket;

    /// <summary>A new one of a context, on a socket.</summary>
    /// <exception cref="IOException">OpenSSL has no memory for it.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public ConnectionHandle(ContextHandle context, SocketDescriptor socket) : base(0, ownsHandle: true)
    {
        var isHeld = false;
        socket.DangerousAddRef(ref isHeld);
        _socket = socket;
        OpenSsl.ERR_clear_error(); // what others left is no answer to this
        SetHandle(OpenSsl.SSL_new(context));
        if (IsInvalid)
        {
            socket.DangerousRelease(); // of an invalid handle nothing is released
            throw new IOException($"TLS could not be set up: {OpenSsl.TakeErrors()}.");
        }
        Interlocked.Increment(ref s_count);
        if (OpenSsl.SSL_set_fd(this, (int)socket.DangerousGetHandle()) != 1)
        {
            Dispose();
            throw new IOException($"TLS could not be set up: {OpenSsl.TakeErrors()}.");
        }
        OpenSsl.SSL_set_accept_state(this);
    }

    /// <summary>How many there are in this process.</summary>
    public static int Count => Volatile.Read(ref s_count);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        OpenSsl.SSL_free(handle);
        Interlocked.Decrement(ref s_count);
        _socket!.DangerousRelease();
        return true;
    }
}
