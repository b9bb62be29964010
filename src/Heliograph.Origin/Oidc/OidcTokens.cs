// SPDX-License-Identifier: Apache-2.0
using System.Security.Claims;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Heliograph.Origin.Oidc;

/// <summary>Whom a token of an issuer proves.</summary>
/// <param name="Subject">The actor of what they do: <c>oidc/NAME:SUBJECT</c>.</param>
/// <param name="Subjects">What roles may be bound to: the subject, and one for each value of a mapped claim.</param>
/// <param name="Issuer">The <c>iss</c>.</param>
/// <param name="ExpiresAt">When the token ends.</param>
internal sealed record OidcCaller(string Subject, IReadOnlyList<string> Subjects, string Issuer, DateTimeOffset ExpiresAt);

/// <summary>Judges tokens (signed JWTs) of the configured issuers. What is not allowed is refused: algorithm, issuer, audience, type, key, time, in this order.</summary>
internal sealed class OidcTokens : IDisposable
{
    /// <summary>What every subject of an issuer begins with.</summary>
    public const string SubjectPrefix = "oidc/";

    private const int TokenBytesMax = 12 << 10; // of 16 KiB that all headers have

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = TokenBytesMax };
    private readonly Dictionary<string, (OidcIssuer Issuer, OidcKeys Keys)> _issuers;
    private readonly TimeProvider _time;

    /// <summary>Prepares for the issuers; none is none.</summary>
    public OidcTokens(IReadOnlyList<OidcIssuer> issuers, TimeProvider time, ILogger logger)
    {
        _time = time;
        _issuers = issuers.ToDictionary(issuer => issuer.Issuer, issuer => (issuer, new OidcKeys(issuer, time, logger)), StringComparer.Ordinal);
    }

    /// <summary>Whether a bearer's text has the form of a signed JWT, which no other token has.</summary>
    public static bool IsOne(ReadOnlySpan<char> text) => text.StartsWith("ey", StringComparison.Ordinal) && text.Count('.') >= 2;

    /// <summary>Whom the token proves; <see langword="null"/> and the reason, which quotes nothing of it.</summary>
    public async ValueTask<(OidcCaller? Caller, string? Refusal)> JudgeAsync(string text, CancellationToken cancellationToken)
    {
        if (_issuers.Count == 0) return (null, "this origin takes no tokens of OpenID Connect issuers (--oidc)");
        if (text.Length > TokenBytesMax) return (null, $"it is longer than {TokenBytesMax >> 10} KiB");
        JsonWebToken token;
        try { token = _handler.ReadJsonWebToken(text); }
        catch (Exception exception) when (exception is SecurityTokenException or ArgumentException or FormatException or System.Text.Json.JsonException) { return (null, "it is no signed JWT"); }
        if (token.IsEncrypted) return (null, "it is encrypted, not signed");
        if (!_issuers.TryGetValue(token.Issuer, out var known)) return (null, "its issuer is none of this realm's");
        var issuer = known.Issuer;
        if (HeaderFault(token, issuer) is { } fault) return (null, fault);
        var (key, refusal) = await known.Keys.FindAsync(token.Kid, cancellationToken);
        if (key is null) return (null, refusal);
        var result = await _handler.ValidateTokenAsync(token, Parameters(issuer, key));
        return result.IsValid ? Read(token, issuer) : (null, Reason(result.Exception));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, keys) in _issuers.Values) keys.Dispose();
    }

    private static string? HeaderFault(JsonWebToken token, OidcIssuer issuer) =>
        !issuer.Algorithms.Contains(token.Alg) ? $"its algorithm is not allowed; those are: {string.Join(", ", issuer.Algorithms)}"
        : !string.IsNullOrEmpty(token.Typ) && !token.Typ.Equals("JWT", StringComparison.OrdinalIgnoreCase) && !token.Typ.Equals("at+jwt", StringComparison.OrdinalIgnoreCase) ? "its type is not JWT"
        : token.TryGetHeaderValue<object>("crit", out _) ? "its header demands what is not understood here"
        : null;

    private TokenValidationParameters Parameters(OidcIssuer issuer, SecurityKey key) => new()
    {
        ValidIssuer = issuer.Issuer, ValidAudience = issuer.Audience, ValidAlgorithms = issuer.Algorithms,
        IssuerSigningKey = key, TryAllIssuerSigningKeys = false, IssuerSigningKeyResolver = (_, _, _, _) => [key], // the one that it names, and no other
        RequireSignedTokens = true, RequireExpirationTime = true, RequireAudience = true, ValidateIssuerSigningKey = true,
        LifetimeValidator = (notBefore, expires, _, _) => TimeFault(issuer, notBefore, expires) is { } fault ? throw new SecurityTokenInvalidLifetimeException(fault) : true,
    };

    private string? TimeFault(OidcIssuer issuer, DateTime? notBefore, DateTime? expires)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return expires is not { } end ? "it never expires"
            : end.ToUniversalTime() <= now - issuer.ClockSkew ? "it has expired"
            : notBefore is { } begin && begin.ToUniversalTime() > now + issuer.ClockSkew ? "it is not good yet: compare the clocks"
            : end.ToUniversalTime() > now + issuer.LifetimeMax + issuer.ClockSkew ? $"it is good for longer than {issuer.LifetimeMax.TotalSeconds:0} s"
            : null;
    }

    private static string Reason(Exception exception) => exception switch
    {
        SecurityTokenInvalidLifetimeException time => time.Message,
        SecurityTokenNoExpirationException => "it never expires",
        SecurityTokenInvalidAudienceException => "it is for another audience",
        SecurityTokenInvalidSignatureException => "its signature is not the issuer's",
        _ => "it does not hold",
    };

    private static (OidcCaller? Caller, string? Refusal) Read(JsonWebToken token, OidcIssuer issuer)
    {
        var (claims, subjects) = (token.Claims.ToLookup(claim => claim.Type, StringComparer.Ordinal), new List<string>());
        if (claims[issuer.SubjectClaim].ToList() is not [{ ValueType: ClaimValueTypes.String, Value.Length: > 0 } subject]) return (null, $"its claim '{issuer.SubjectClaim}' is not one text");
        subjects.Add($"{SubjectPrefix}{issuer.Name}:{subject.Value}");
        if (TextRules.Fault("subject", subjects[0], Limits.ActorCharsMax) is { } fault) return (null, fault.TrimEnd('.'));
        foreach (var (name, claim) in issuer.Claims)
            subjects.AddRange(claims[claim].Where(value => value.ValueType is ClaimValueTypes.String or ClaimValueTypes.Boolean or ClaimValueTypes.Integer or ClaimValueTypes.Integer64 or ClaimValueTypes.Integer32)
                .Select(value => $"{SubjectPrefix}{issuer.Name}/{name}:{value.Value}"));
        if (subjects.Count > 1 + OidcIssuer.ClaimValuesMax) return (null, $"its mapped claims hold more than {OidcIssuer.ClaimValuesMax} values: let the issuer send fewer");
        return (new(subjects[0], subjects, issuer.Issuer, new DateTimeOffset(DateTime.SpecifyKind(token.ValidTo, DateTimeKind.Utc)) + issuer.ClockSkew), null);
    }
}
