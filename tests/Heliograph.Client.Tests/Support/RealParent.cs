// SPDX-License-Identifier: Apache-2.0
using System.Net.Sockets;
using Heliograph.Core.Heads;
using Heliograph.Platform.Net;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Heliograph.Replication.Reports;
using Microsoft.Extensions.Logging.Abstractions;

namespace Heliograph.Client.Tests.Support;

/// <summary>A parent as it is: the real hub behind a real unix socket. Disposed, it is gone without a goodbye.</summary>
internal sealed class RealParent : ISyncAuthorizer, IAsyncDisposable
{
    private readonly FanOutHub _hub;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _serving = [];
    private readonly List<Socket> _sockets = [];
    private readonly Task _accepting, _running;

    public RealParent(INamespaceSource source, TrustAnchor anchor, string path, IRunWatch? runs = null, string role = "agent")
    {
        Path = path;
        Reports = new ReportFold("parent");
        _hub = new FanOutHub(source, anchor, new FanOutOptions { ServerId = "parent", ServerRole = role }, this, Reports, TimeProvider.System, new Random(1), NullLogger.Instance) { Runs = runs };
        File.Delete(path);
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _accepting = AcceptAsync();
        _running = _hub.RunAsync(_stop.Token);
    }

    public string Path { get; }

    public ReportFold Reports { get; }

    public int SubscriberCount => _hub.SubscriberCount;

    public PeerIdentity? Identify(PeerIdentity peer, Hello hello) => peer;

    public bool MayRead(PeerIdentity peer, NamespaceName name) => true;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        foreach (var socket in _sockets) socket.Dispose();
        await _accepting;
        await Task.WhenAll(_serving);
        await _running.ContinueWith(_ => { }, TaskScheduler.Default); // it ends by being cancelled
        _hub.Dispose();
        _stop.Dispose();
        File.Delete(Path);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(_stop.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            _sockets.Add(socket);
            var connection = new StreamConnection(new NetworkStream(socket, ownsSocket: true), socket, "client");
            _serving.Add(_hub.AcceptAsync(connection, new PeerIdentity("local", PeerKind.Local), _stop.Token));
        }
    }
}
