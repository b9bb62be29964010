// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Security.Cryptography;
using Heliograph.Core.Audit;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Audit;
using Heliograph.Origin.Enrolment;
using Heliograph.Origin.Oidc;
using Heliograph.Platform.Pki;
using Heliograph.Replication.Ports;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace Heliograph.Origin.Access;

/// <summary>Finds out who asks: by API token, by a token of a configured issuer, or else by the connection's client certificate. Nobody else is let in.</summary>
internal sealed class Authentication(Credentials credentials, TokenUse use, Enroller enroller, OidcTokens oidc, AuditTrail audit, TimeProvider time)
{
    /// <summary>The header by which an origin that forwards a request says whose certificate it has seen. Only origins are believed.</summary>
    public const string OnBehalfOfHeader = "Heliograph-On-Behalf-Of";

    /// <summary>The header by which an origin that forwards a request says where it came from. Only origins are believed.</summary>
    public const string ForwardedForHeader = "Heliograph-Forwarded-For";

    private const string Scheme = "Bearer ";

    /// <summary>Lets authenticated requests pass, and those to endpoints that are for everyone.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            await next(context);
            return;
        }
        if (EnrolmentOf(context) is { } enrolment) // is nobody yet: no role, but the one thing that the token is for
        {
            await ServeAsync(context, endpoint, new Caller($"enrolment:{enrolment.Id}", new([])) { Enrolment = enrolment, Proof = new("token", enrolment.Id) }, next);
            return;
        }
        var (caller, refusal) = await CallerOfAsync(context);
        if (caller is null)
        {
            audit.Denied(Attempt(context, endpoint, null, null, ProblemKinds.Unauthenticated));
            await ProblemKinds.Unauthenticated.With(refusal is null
                ? "Give 'Authorization: Bearer hlg_…' (or a token of an issuer of this realm), or a client certificate of the realm. An expired or revoked token is no token."
                : $"The token is not taken: {refusal}.").ExecuteAsync(context);
            return;
        }
        await ServeAsync(context, endpoint, caller, next);
    }

    private async Task ServeAsync(HttpContext context, Endpoint endpoint, Caller caller, RequestDelegate next)
    {
        context.Features.Set(caller);
        await next(context);
        var answer = context.Response.StatusCode switch
        {
            StatusCodes.Status403Forbidden => ProblemKinds.NotAuthorized,
            StatusCodes.Status401Unauthorized => ProblemKinds.Unauthenticated,
            _ => caller.Refused is null ? null : ProblemKinds.NotFound, // what one may not read does not exist
        };
        if (answer is null && IsDone(context) && context.GetRequestId() is { } id && caller.Proof is { } proof)
            audit.Accepted(new(caller.Subject, proof.By, proof.Credential, AddressOf(context)?.ToString(), ActionOf(context, endpoint), id));
        if (answer is not null) audit.Denied(Attempt(context, endpoint, caller, caller.Refused, answer));
    }

    private static DeniedAttempt Attempt(HttpContext context, Endpoint endpoint, Caller? caller, NamespaceName? name, ProblemKind answer) => new(
        caller?.Subject, caller?.Proof?.By ?? "none", caller?.Proof?.Credential, context.Connection.RemoteIpAddress?.ToString(),
        ActionOf(context, endpoint), name, answer.Code);

    private static string ActionOf(HttpContext context, Endpoint endpoint) => $"{context.Request.Method} {(endpoint as RouteEndpoint)?.RoutePattern.RawText}";

    /// <summary>Whether a call did what it is for, and that was more than to read or to plan.</summary>
    private static bool IsDone(HttpContext context) => context.Response.StatusCode is >= 200 and < 300
        && !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) && (!context.Request.Query.TryGetValue("dryRun", out var plans) || plans == "false");

    private (string Id, EnrolmentRecord Record)? EnrolmentOf(HttpContext context) =>
        context.Request.Headers.Authorization is [{ } text] && text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? enroller.Find(text.AsSpan(Scheme.Length)) : null;

    /// <summary>Whose token it is, or <see langword="null"/>. A token that is bound to less than its subject is nobody's here: whoever asks knows subjects only.</summary>
    /// <remarks>A token of an issuer is nobody's here either: it is good for minutes, and a stream goes on.</remarks>
    public string? SubjectOfToken(ReadOnlySpan<char> text) => Find(text) is { Record: { IsBound: false } record } ? record.Subject : null;

    private (string Id, TokenRecord Record)? Find(ReadOnlySpan<char> text)
    {
        if (!ApiToken.TryParse(text, out var token) || credentials.Find(token) is not { } record) return null;
        use.Note(token.Id);
        return (token.Id, record);
    }

    /// <summary>Who asks, or why a token of an issuer is not taken; neither where nothing that is known here was shown.</summary>
    private async ValueTask<(Caller? Caller, string? Refusal)> CallerOfAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization;
        if (StringValues.IsNullOrEmpty(header))
            return (SubjectOfCertificate(context) is { } subject ? new(subject, credentials.Policy.For(subject)) { Proof = new("certificate", FingerprintOf(context, subject)) } : null, null);
        // Whoever shows a token is who the token says, or nobody.
        if (header is not [{ } text] || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return (null, null);
        var shown = text[Scheme.Length..];
        if (OidcTokens.IsOne(shown)) return await CallerOfIssuerAsync(shown, context.RequestAborted);
        return Find(shown) is { } found && TokenScope.Takes(found.Record, AddressOf(context))
            ? (new(found.Record.Subject, credentials.Policy.For(found.Record.Subject), TokenScope.Of(found.Record)) { Proof = new("token", found.Id) }, null)
            : (null, null);
    }

    private async ValueTask<(Caller? Caller, string? Refusal)> CallerOfIssuerAsync(string token, CancellationToken cancellationToken)
    {
        var (proven, refusal) = await oidc.JudgeAsync(token, cancellationToken);
        return (proven is null ? null : new(proven.Subjects, credentials.Policy.For(proven.Subjects)) { Proof = new("oidc", proven.Issuer), ExpiresAt = proven.ExpiresAt }, refusal);
    }

    /// <summary>SHA-256 of the certificate that the connection shows; <see langword="null"/> where another origin has seen the caller's, and this connection is its.</summary>
    private string? FingerprintOf(HttpContext context, string subject) => context.GetPeer(time).Subject != subject ? null : context.Connection.ClientCertificate?.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();

    /// <summary>Where a request came from: the connection says, or the origin of the realm that forwards it.</summary>
    private IPAddress? AddressOf(HttpContext context) =>
        context.Request.Headers[ForwardedForHeader] is [{ } text] && context.GetPeer(time) is { Kind: PeerKind.Certificate, Subject: var subject } && IsOrigin(subject) && IPAddress.TryParse(text, out var address)
            ? address
            : context.Connection.RemoteIpAddress;

    private static bool IsOrigin(string subject) => SpiffeId.TryParse(subject, out var peer, out _) && peer.Role == PeerRole.Origin;

    private string? SubjectOfCertificate(HttpContext context)
    {
        if (context.GetPeer(time) is not { Kind: PeerKind.Certificate, Subject: var subject }) return null;
        var behalf = context.Request.Headers[OnBehalfOfHeader]; // whom another origin of the realm has authenticated by certificate
        return behalf is [{ Length: > 0 } other] && IsOrigin(subject) ? other : subject;
    }
}

/// <summary>The caller of a request.</summary>
internal static class CallerOfRequest
{
    /// <summary>The request's id, once it was read; <see langword="null"/> before.</summary>
    public static string? GetRequestId(this HttpContext context) => context.Items[s_requestId] as string;

    /// <summary>Remembers it.</summary>
    public static void SetRequestId(this HttpContext context, string id) => context.Items[s_requestId] = id;

    private static readonly object s_requestId = new();

    /// <summary>Who asks. Only behind <see cref="Authentication"/>.</summary>
    public static Caller GetCaller(this HttpContext context) => context.Features.GetRequiredFeature<Caller>();

    private static T GetRequiredFeature<T>(this Microsoft.AspNetCore.Http.Features.IFeatureCollection features) =>
        features.Get<T>() ?? throw new InvalidOperationException("The endpoint is reached without authentication.");
}
