// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Heliograph.Hosting.Sync;
using Heliograph.Platform.Net.Polling;
using Heliograph.Platform.Net.Tls;
using Heliograph.Replication.Ports;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Heliograph.Hosting.Listening;

/// <summary>Serves the native envelope without a web server in between, at <c>tcp://</c> and <c>unix://</c> and, where OpenSSL 3 is there, at <c>tls://</c>: a subscriber costs a socket and its place in a loop. Linux.</summary>
/// <remarks>Everywhere else Kestrel accepts them.</remarks>
[SupportedOSPlatform("linux")]
internal sealed partial class SyncSockets(SyncListener sync, ListenerOptions options, SyncReading reading, BoundEndpoints bound, TimeProvider time, ILogger<SyncSockets> logger) : IHostedService, IDisposable
{
    /// <summary>Connections that may wait to be accepted: a whole relay's subscribers come back at once.</summary>
    private const int Backlog = 4_096;

    /// <summary>How long a peer may take to close its side when the process stops.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);

    private static readonly PeerIdentity Loopback = new(PeerFeature.LoopbackSubject, PeerKind.Local);

    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _allGone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<LoopAcceptor> _acceptors = [];
    private readonly HashSet<LoopConnection> _open = [];
    private readonly Lock _sync = new();
    private IReadOnlyList<SocketLoop> _loops = [];
    private PeerIdentity _lastUser = Loopback;
    private bool _isStopping;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Endpoints.Any(endpoint => endpoint.Protocol == ListenProtocol.All) && TlsServerContext.WhyUnavailable is { } absence) logger.SocketsWithoutTls($"{absence}.");
        foreach (var endpoint in options.Endpoints.Where(endpoint => endpoint.Protocol == ListenProtocol.Sync))
        {
            var socket = ListeningSockets.Bind(endpoint.Path is { } path ? new UnixDomainSocketEndPoint(path) : endpoint.Address!, options);
            bound.Set(endpoint, socket.LocalEndPoint as IPEndPoint);
            Listen(socket, reading.IsInline, Accepted);
        }
        return Task.CompletedTask;
    }

    private LoopAcceptor Listen(Socket socket, bool completesInline, Action<LoopConnection, uint?> accepted)
    {
        lock (_sync)
        {
            if (_loops.Count == 0) _loops = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(index => new SocketLoop($"sync sockets {index}"))];
            var acceptor = new LoopAcceptor(socket, _loops, new(Backlog, options.SocketSendBytes, options.SocketReceiveBytes, completesInline), accepted, logger.NotAccepted);
            _acceptors.Add(acceptor);
            return acceptor;
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var acceptor in _acceptors) acceptor.Dispose();
        lock (_sync)
        {
            _isStopping = true;
            if (_open.Count == 0) _allGone.TrySetResult();
        }
        await _closing.CancelAsync();
        try
        {
            await _allGone.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (_sync)
                foreach (var connection in _open) connection.Abort(); // they had their time
            await _allGone.Task;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var acceptor in _acceptors) acceptor.Dispose();
        foreach (var loop in _loops) loop.Dispose();
        _loops = [];
        _closing.Dispose();
    }

    private void Accepted(LoopConnection connection, uint? user)
    {
        if (IsWelcome(connection)) _ = ServeAsync(connection, new PeerFeature(IdentityOf(user), null, connection.Peer));
    }

    /// <summary>Lets a connection in, if there is room and time for it; otherwise it is closed.</summary>
    private bool IsWelcome(LoopConnection connection)
    {
        lock (_sync)
            if (!_isStopping && _open.Count < options.ConnectionsMax && _open.Add(connection)) return true;
        connection.Abort();
        _ = connection.DisposeAsync().AsTask();
        return false;
    }

    private async Task ServeAsync(LoopConnection connection, PeerFeature peer)
    {
        try
        {
            await sync.ServeAsync(connection, peer, _closing.Token);
            await connection.CloseAsync(_closing.IsCancellationRequested ? StopGrace : SyncListener.CloseGrace, time);
        }
        finally
        {
            Leave(connection);
        }
    }

    private void Leave(LoopConnection connection)
    {
        lock (_sync)
            if (_open.Remove(connection) && _isStopping && _open.Count == 0) _allGone.TrySetResult();
    }

    private PeerIdentity IdentityOf(uint? user)
    {
        if (user is null) return Loopback;
        var subject = PeerFeature.SubjectOf(user.Value);
        return _lastUser.Subject == subject ? _lastUser : _lastUser = new(subject, PeerKind.Local); // nearly always the same: one object for all
    }
}

/// <summary>Where frames are handled: in the thread that read them, or in the pool.</summary>
internal sealed record SyncReading(bool IsInline);
