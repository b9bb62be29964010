// SPDX-License-Identifier: Apache-2.0
using Heliograph.Hosting.Listening;
using Heliograph.Origin.Access;
using Heliograph.Platform;
using Heliograph.Replication.Ports;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Heliograph.Origin.Cluster;

/// <summary>A change as it came, kept whole so that it can be sent to one sequencer after the other: always under one idempotency key, so it has one effect at most.</summary>
internal sealed class ForwardedRequest(HttpContext context, byte[] body, string requestId, string node, string? certificateSubject)
{
    /// <summary>The header that says which origin forwarded a request: such a one is never forwarded again.</summary>
    public const string ForwardedByHeader = "Heliograph-Forwarded-By";

    /// <summary>Largest body that is forwarded: that of the largest changeset, with room for its JSON.</summary>
    public const int BodyBytesMax = 32 << 20;

    private const string RequestIdHeader = "Idempotency-Key";

    private static readonly UriCreationOptions s_verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private static readonly HashSet<string> s_own = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "Expect",
        ForwardedByHeader, Authentication.OnBehalfOfHeader, Authentication.ForwardedForHeader,
    };

    /// <summary>Makes the request what it was before it was read, under the key that it was sent with.</summary>
    public void PutBack()
    {
        context.Request.Body = new MemoryStream(body);
        if (!context.Request.Headers.ContainsKey(RequestIdHeader)) context.Request.Headers[RequestIdHeader] = requestId;
    }

    /// <summary>Reads the request whole.</summary>
    /// <returns><see langword="null"/> if it is larger than <see cref="BodyBytesMax"/>.</returns>
    public static async Task<ForwardedRequest?> ReadAsync(HttpContext context, string node, SystemIds ids, TimeProvider time)
    {
        if (context.Request.ContentLength > BodyBytesMax) return null;
        using var body = new MemoryStream();
        var buffer = new byte[64 << 10];
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
        {
            if (body.Length + read > BodyBytesMax) return null;
            body.Write(buffer, 0, read);
        }
        var subject = context.GetPeer(time) is { Kind: PeerKind.Certificate, Subject: var proven } ? proven : null;
        return new(context, body.ToArray(), ids.NewRequestId(), node, subject);
    }

    /// <summary>The request to an origin; a new one each time.</summary>
    public HttpRequestMessage To(Uri origin)
    {
        var request = context.Request;
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget; // byte for byte: a key may hold an encoded slash
        var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(origin.GetLeftPart(UriPartial.Authority) + target, s_verbatim)) { Content = new ByteArrayContent(body) };
        foreach (var (name, values) in request.Headers)
            if (!s_own.Contains(name) && !message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)) message.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        if (!request.Headers.ContainsKey(RequestIdHeader)) message.Headers.TryAddWithoutValidation(RequestIdHeader, requestId);
        message.Headers.TryAddWithoutValidation(ForwardedByHeader, node);
        if (context.Connection.RemoteIpAddress is { } from) message.Headers.TryAddWithoutValidation(Authentication.ForwardedForHeader, from.ToString());
        if (certificateSubject is not null) message.Headers.TryAddWithoutValidation(Authentication.OnBehalfOfHeader, certificateSubject);
        return message;
    }
}
