// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Heliograph.EndToEnd;

/// <summary>Stands between a follower and its parent and passes everything on, but for one text, for which another of the same length stands.</summary>
internal sealed class TamperingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _passing = [];
    private readonly int _parentPort;
    private readonly byte[] _honest, _forged;
    private readonly Task _accepting;
    private int _forgeries;

    public TamperingProxy(int parentPort, string honest, string forged)
    {
        (_parentPort, _honest, _forged) = (parentPort, Encoding.UTF8.GetBytes(honest), Encoding.UTF8.GetBytes(forged));
        if (_honest.Length != _forged.Length) throw new ArgumentException("Both texts must have the same length.", nameof(forged));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => $"grpc+tcp://{_listener.LocalEndpoint}";

    /// <summary>How often the text was replaced.</summary>
    public int Forgeries => Volatile.Read(ref _forgeries);

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var follower = await _listener.AcceptSocketAsync(_stop.Token);
                var parent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await parent.ConnectAsync(IPAddress.Loopback, _parentPort, _stop.Token);
                _passing.Add(PassAsync(follower, parent, forge: false));
                _passing.Add(PassAsync(parent, follower, forge: true));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // It stops, or the parent does.
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool forge)
    {
        using var reading = from;
        var buffer = new byte[64 << 10];
        try
        {
            for (int count; (count = await from.ReceiveAsync(buffer, _stop.Token)) > 0;)
            {
                if (forge && buffer.AsSpan(0, count).IndexOf(_honest) is >= 0 and var at) // a small update comes in one piece
                {
                    _forged.CopyTo(buffer.AsSpan(at));
                    Interlocked.Increment(ref _forgeries);
                }
                for (var rest = buffer.AsMemory(0, count); !rest.IsEmpty;) rest = rest[await to.SendAsync(rest, _stop.Token)..];
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            to.Dispose(); // one side broke: so does the other
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_passing);
        _stop.Dispose();
    }
}
