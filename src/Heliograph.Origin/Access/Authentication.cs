// SPDX-License-Identifier: Apache-2.0
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Problems;
using Heliograph.Platform.Pki;
using Heliograph.Replication.Ports;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Heliograph.Origin.Access;

/// <summary>Finds out who asks: by API token, or else by the connection's client certificate. Nobody else is let in.</summary>
internal sealed class Authentication(Credentials credentials, TimeProvider time)
{
    /// <summary>The header by which an origin that forwards a request says whose certificate it has seen. Only origins are believed.</summary>
    public const string OnBehalfOfHeader = "Heliograph-On-Behalf-Of";

    private const string Scheme = "Bearer ";

    /// <summary>Lets authenticated requests pass, and those to endpoints that are for everyone.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            await next(context);
            return;
        }
        if (SubjectOf(context) is not { } subject)
        {
            await ProblemKinds.Unauthenticated.With("Give 'Authorization: Bearer hlg_…', or a client certificate of the realm. An expired or revoked token is no token.").ExecuteAsync(context);
            return;
        }
        context.Features.Set(new Caller(subject, credentials.Policy.For(subject)));
        await next(context);
    }

    /// <summary>Whose token it is, or <see langword="null"/>.</summary>
    public string? SubjectOfToken(ReadOnlySpan<char> text) => ApiToken.TryParse(text, out var token) ? credentials.SubjectOf(token) : null;

    private string? SubjectOf(HttpContext context)
    {
        var header = context.Request.Headers.Authorization;
        if (!StringValues.IsNullOrEmpty(header)) // whoever shows a token is who the token says, or nobody
            return header.Count == 1 && header[0] is { } text && text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? SubjectOfToken(text.AsSpan(Scheme.Length)) : null;
        if (context.GetPeer(time) is not { Kind: PeerKind.Certificate, Subject: var subject }) return null;
        var behalf = context.Request.Headers[OnBehalfOfHeader]; // whom another origin of the realm has authenticated by certificate
        return behalf is [{ Length: > 0 } other] && SpiffeId.TryParse(subject, out var peer, out _) && peer.Role == PeerRole.Origin ? other : subject;
    }
}

/// <summary>The caller of a request.</summary>
internal static class CallerOfRequest
{
    /// <summary>Who asks. Only behind <see cref="Authentication"/>.</summary>
    public static Caller GetCaller(this HttpContext context) => context.Features.GetRequiredFeature<Caller>();

    private static T GetRequiredFeature<T>(this Microsoft.AspNetCore.Http.Features.IFeatureCollection features) =>
        features.Get<T>() ?? throw new InvalidOperationException("The endpoint is reached without authentication.");
}
