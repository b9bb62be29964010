// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Threading.Channels;
using Heliograph.Platform.Net.Polling;
using Heliograph.Platform.Net.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Heliograph.Hosting.Listening;

/// <summary>Where Kestrel gets the connections of <c>tls://</c> endpoints from when <see cref="SyncSockets"/> accepts there: all but those of the native envelope.</summary>
[SupportedOSPlatform("linux")]
internal sealed class TlsPorts(SyncSockets sockets, ListenerOptions options, ILoggerFactory loggers) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>Connections that wait for Kestrel to take them, which it does at once; further ones are closed.</summary>
    private const int WaitingMax = 4_096;

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) =>
        TlsServerContext.WhyUnavailable is null && options.Endpoints.Any(candidate => candidate.Protocol == ListenProtocol.All && ReferenceEquals(candidate.Address, endpoint));

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = ListeningSockets.Bind(endpoint, options);
        return new(new Port(socket, sockets, NewFactory()));
    }

    /// <summary>As Kestrel's own, see <see cref="HeliographListeners"/>.</summary>
    private SocketConnectionContextFactory NewFactory() => new(
        new() { UnsafePreferInlineScheduling = true, MaxWriteBufferSize = options.PipeBytesMax, MaxReadBufferSize = options.SocketReceiveBytes },
        loggers.CreateLogger<SocketConnectionContextFactory>());

    private sealed class Port : IConnectionListener
    {
        private readonly Channel<Socket> _handedOver = Channel.CreateBounded<Socket>(WaitingMax);
        private readonly SocketConnectionContextFactory _factory;
        private readonly LoopAcceptor _acceptor;

        public Port(Socket socket, SyncSockets sockets, SocketConnectionContextFactory factory)
        {
            (EndPoint, _factory) = (socket.LocalEndPoint!, factory);
            _acceptor = sockets.ListenTls(socket, _handedOver.Writer.TryWrite);
        }

        public EndPoint EndPoint { get; }

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await _handedOver.Reader.WaitToReadAsync(cancellationToken))
                if (_handedOver.Reader.TryRead(out var socket)) return _factory.Create(socket);
            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _acceptor.Dispose();
            _handedOver.Writer.TryComplete();
            return default;
        }

        public async ValueTask DisposeAsync()
        {
            await UnbindAsync();
            while (_handedOver.Reader.TryRead(out var socket)) socket.Dispose();
            _factory.Dispose();
        }
    }
}
