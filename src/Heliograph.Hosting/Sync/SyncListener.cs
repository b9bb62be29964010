// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Heliograph.Hosting.Listening;
using Heliograph.Replication.Ports;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Heliograph.Hosting.Sync;

/// <summary>Hands connections of the sync protocol to the tier's acceptor, whatever envelope they came in, and ends them when their certificate does, or their age is reached: nobody is served for long on a proof of long ago.</summary>
public sealed class SyncListener(ISyncAcceptor acceptor, ListenerOptions options, TimeProvider time, ILogger<SyncListener> logger) : ConnectionHandler
{
    /// <summary>How long a connection that was served to its end may take to send what is left.</summary>
    internal static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(5);

    /// <summary>How long before its end, at most, a peer is asked to come back on a new connection.</summary>
    internal static readonly TimeSpan RenewalMax = TimeSpan.FromSeconds(10);

    /// <summary>Serves a connection of the native envelope.</summary>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var peer = connection.Features.Get<PeerFeature>() ?? throw new InvalidOperationException("The connection's peer was not identified.");
        var closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        await using (var native = new KestrelConnection(connection, peer.Address)) await ServeAsync(native, peer, closing);

        _ = AbortLaterAsync(connection);
    }

    /// <summary>Kestrel sends what is left, for as long as the peer makes it wait. It is not given longer than the grace; aborting what is closed does nothing.</summary>
    private async Task AbortLaterAsync(ConnectionContext connection)
    {
        await Task.Delay(CloseGrace, time, CancellationToken.None);
        connection.Abort();
    }

    /// <summary>Serves a connection until it is asked to close, the peer's certificate expires, or (under TLS) its age is reached. That it ended is for the acceptor to read: what came before the end still counts.</summary>
    /// <returns>Whether the certificate has expired.</returns>
    internal Task<bool> ServeAsync(IConnection connection, PeerFeature peer, CancellationToken closing) =>
        peer.IsTls ? ServeWhileValidAsync(connection, peer, closing) : ServeUntilAsync(connection, peer, CancellationToken.None, closing);

    private async Task<bool> ServeWhileValidAsync(IConnection connection, PeerFeature peer, CancellationToken closing)
    {
        var life = Remaining(peer.ExpiresAt);
        using var renewal = new CancellationTokenSource(life - RenewalOf(life), time);
        using var expiry = new CancellationTokenSource(life, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(closing, expiry.Token);
        await ServeUntilAsync(connection, peer, renewal.Token, any.Token);
        if (renewal.IsCancellationRequested && !expiry.IsCancellationRequested) logger.AgeReached(peer.Identity.Subject, peer.Address);
        if (!expiry.IsCancellationRequested) return false;
        if (peer.ExpiresAt is not { } end || time.GetUtcNow() < end)
        {
            logger.AgeIgnored(peer.Identity.Subject, peer.Address);
            return false;
        }
        logger.CertificateExpired(peer.Identity.Subject, peer.Address);
        return true;
    }

    private async Task<bool> ServeUntilAsync(IConnection connection, PeerFeature peer, CancellationToken renewal, CancellationToken end)
    {
        try
        {
            await acceptor.AcceptAsync(connection, peer.Identity, renewal, end);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // neither end is a fault
        }
        catch (Exception exception) when (exception is not IOException) // the peer broke off: the acceptor need not have caught that
        {
            connection.Abort();
            logger.ServingFailed(exception, peer.Address);
        }
        return false;
    }

    /// <summary>How long before its end the peer is asked to come back on a new connection: time enough for what is on its way.</summary>
    private static TimeSpan RenewalOf(TimeSpan life) => life / 4 < RenewalMax ? life / 4 : RenewalMax;

    /// <summary>How long the connection may live: its age by lot, and never beyond the certificate.</summary>
    private TimeSpan Remaining(DateTimeOffset? end)
    {
        var age = options.ConnectionAgeMax * (1 - (0.1 * RandomNumberGenerator.GetInt32(1_000) / 1_000));
        if (end is not { } certificate || certificate - time.GetUtcNow() is var remaining && remaining > age) return age;
        return remaining < TimeSpan.Zero ? TimeSpan.Zero : remaining;
    }
}
