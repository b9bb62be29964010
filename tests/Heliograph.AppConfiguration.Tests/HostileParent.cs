// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Net.Sockets;
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>Stands between a replica and its parent on unix sockets, passes everything on, and gives reader keys of its own in place of the true ones.</summary>
internal sealed class HostileParent : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stopping = new();
    private readonly string _parent;
    private int _forged;

    public HostileParent(string path, string parent)
    {
        _parent = parent;
        Address = new Uri($"unix://{path}");
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _ = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>What it gives for every namespace.</summary>
    public static byte[] Key { get; } = [.. Enumerable.Repeat((byte)0x66, 32)];

    /// <summary>Whether it lies; else it passes on what comes.</summary>
    public volatile bool IsLying = true;

    /// <summary>Keys that it has forged.</summary>
    public int Forged => Volatile.Read(ref _forged);

    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket child;
            try { child = await _listener.AcceptAsync(_stopping.Token); }
            catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException) { return; }
            _ = ServeAsync(child);
        }
    }

    private async Task ServeAsync(Socket child)
    {
        using var above = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await above.ConnectAsync(new UnixDomainSocketEndPoint(_parent), _stopping.Token);
            using var down = new NetworkStream(child, ownsSocket: true);
            using var up = new NetworkStream(above);
            await await Task.WhenAny(down.CopyToAsync(up, _stopping.Token), ForgeAsync(up, down));
        }
        catch (Exception end) when (end is OperationCanceledException or IOException or SocketException or EndOfStreamException) { child.Dispose(); } // one side has left
    }

    /// <summary>Frames are a length, a type and a message: those of reader keys are written anew.</summary>
    private async Task ForgeAsync(NetworkStream from, NetworkStream to)
    {
        var header = new byte[5];
        while (true)
        {
            await from.ReadExactlyAsync(header, _stopping.Token);
            var message = new byte[BinaryPrimitives.ReadUInt32BigEndian(header) - 1];
            await from.ReadExactlyAsync(message, _stopping.Token);
            if (IsLying && header[4] == (byte)FrameType.ReaderKeys)
            {
                var keys = ReaderKeys.Parser.ParseFrom(message);
                foreach (var key in keys.Keys) key.Key = ByteString.CopyFrom(Key);
                message = keys.ToByteArray();
                BinaryPrimitives.WriteUInt32BigEndian(header, (uint)message.Length + 1);
                Interlocked.Increment(ref _forged);
            }
            await to.WriteAsync(header, _stopping.Token);
            await to.WriteAsync(message, _stopping.Token);
        }
    }
}
