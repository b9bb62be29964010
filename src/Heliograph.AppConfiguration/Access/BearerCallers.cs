// SPDX-License-Identifier: Apache-2.0
using Heliograph.AppConfiguration.Http;
using Heliograph.Core.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;

namespace Heliograph.AppConfiguration.Access;

/// <summary>Callers with a token of the configured OpenID Connect issuer: the host name says which store, the realm's roles say what they may.</summary>
/// <param name="options">Stores by host name, and which claim names the caller.</param>
/// <param name="roles">The realm's roles as they stand.</param>
internal sealed class BearerCallers(BearerOptions options, Func<RolePolicy> roles)
{
    /// <summary>The caller, or the answer to one whose token does not hold; both where the token holds and opens nothing.</summary>
    public async ValueTask<(Caller? Caller, Answer? Refusal)> OfAsync(HttpContext context)
    {
        var result = await context.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme);
        if (result is not { Succeeded: true, Principal: var principal }) return (null, Problems.Unauthorized("Invalid token"));
        if (principal.FindFirst(options.SubjectClaim)?.Value is not { Length: > 0 and <= 200 } subject) return (null, Problems.Unauthorized("Invalid token"));
        if (!options.Stores.TryGetValue(context.Request.Host.Host.ToLowerInvariant(), out var store)) return (null, Problems.NotFound);
        var actor = $"oidc:{subject}";
        var role = roles().For(actor).On(store);
        return role < Role.Reader ? (new(store, false, actor), Problems.Forbidden("The token's subject has no role in this store.")) : (new(store, role >= Role.Author, actor), null);
    }
}

/// <summary>Who may come with a token.</summary>
public sealed class BearerOptions
{
    /// <summary>The issuer: its <c>/.well-known/openid-configuration</c> is read. https, or http on loopback.</summary>
    public required Uri Authority { get; init; }

    /// <summary>The <c>aud</c> that tokens must have.</summary>
    public required string Audience { get; init; }

    /// <summary>The claim that names the caller; roles are bound to <c>oidc:</c> and its value. Default <c>sub</c>.</summary>
    public string SubjectClaim { get; init; } = "sub";

    /// <summary>Which store a host name stands for, lower case, without port.</summary>
    public required IReadOnlyDictionary<string, NamespaceName> Stores { get; init; }
}
