// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Grpc.Core;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Sync;
using Heliograph.Protocol.Wire;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Heliograph.Hosting.Grpc;

/// <summary>The gRPC envelope of the sync protocol: the same frames, served by the same acceptor, for the same identities.</summary>
[BindServiceMethod(typeof(SyncMethods), nameof(SyncMethods.BindService))]
public class SyncService(SyncListener listener, TimeProvider time)
{
    /// <summary>How long a call that was served to its end may take to send what is left.</summary>
    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(5);

    private const string Scheme = "Bearer ";

    /// <summary>Serves one call as one connection. Reads and writes the call's pipes itself, so that frames are neither parsed nor made anew here.</summary>
    /// <exception cref="RpcException">The call did not end well; the status says why.</exception>
    public virtual async Task Connect(IAsyncStreamReader<Envelope> requestStream, IServerStreamWriter<Envelope> responseStream, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        var peer = http.GetPeerFeature();
        var token = TokenOf(context.RequestHeaders);
        var closing = http.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(closing, context.CancellationToken);
        await context.WriteResponseHeadersAsync([]); // at once: the dialer waits for them, and not for the first frame
        await using var call = new ServedCall(http.Request.BodyReader, http.Response.BodyWriter, peer.Address, token);
        var hasExpired = await ServeAsync(call, peer, http, ending.Token);
        using var grace = new CancellationTokenSource(CloseGrace, time);
        if (!await call.CloseAsync(grace.Token)) http.Abort(); // who does not take what is left loses the call without a word
        else if (hasExpired) throw new RpcException(new(StatusCode.Unavailable, "The peer's certificate has expired; connect with a new one."));
        else if (closing.IsCancellationRequested) throw new RpcException(new(StatusCode.Unavailable, "This server stops; connect elsewhere."));
        else if (call.Status.StatusCode != StatusCode.OK) throw new RpcException(call.Status);
    }

    /// <summary>The acceptor ends soon after it has aborted the call. If it does not, the peer learns it without a status.</summary>
    private async Task<bool> ServeAsync(ServedCall call, PeerFeature peer, HttpContext http, CancellationToken ending)
    {
        var serving = listener.ServeAsync(call, peer, ending);
        if (await Task.WhenAny(serving, call.Aborted) == serving) return await serving;
        try
        {
            return await serving.WaitAsync(CloseGrace, time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            http.Abort();
            return await serving;
        }
    }

    private static byte[]? TokenOf(Metadata metadata)
    {
        string? found = null;
        foreach (var entry in metadata)
        {
            if (entry.IsBinary || entry.Key != "authorization") continue;
            if (found is not null || !entry.Value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || entry.Value.Length == Scheme.Length)
                throw new RpcException(new(StatusCode.Unauthenticated, "The metadata 'authorization' is 'Bearer ' and a token, once."));
            found = entry.Value[Scheme.Length..];
        }
        return found is null ? null : Encoding.ASCII.GetBytes(found);
    }
}
