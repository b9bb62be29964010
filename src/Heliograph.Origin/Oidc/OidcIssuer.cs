// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;

namespace Heliograph.Origin.Oidc;

/// <summary>An OpenID Connect issuer whose tokens (signed JWTs) prove callers of the REST API. Roles are bound to the subjects that it gives them, where all roles are kept: in the realm.</summary>
public sealed partial class OidcIssuer
{
    /// <summary>Most issuers of one origin.</summary>
    public const int IssuersMax = 8;

    /// <summary>Most values of mapped claims in a token; one with more is refused.</summary>
    public const int ClaimValuesMax = 200;

    /// <summary>What is allowed unless the file says less: asymmetric signatures alone. There is no way to allow others.</summary>
    public static IReadOnlyList<string> AlgorithmsKnown { get; } = ["ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"];

    /// <summary>Its name in the realm: 1 to 32 lower-case letters, digits and hyphens. Subjects are <c>oidc/NAME:SUBJECT</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The <c>iss</c> of its tokens, character by character; below it stands <c>/.well-known/openid-configuration</c>. https, or http on loopback.</summary>
    public required string Issuer { get; init; }

    /// <summary>What <c>aud</c> must name.</summary>
    public required string Audience { get; init; }

    /// <summary>File with its keys (a JWK set) for machines without a way to it; looked at again when it changes. <see langword="null"/>: the issuer is asked.</summary>
    public string? KeysFile { get; init; }

    /// <summary>PEM of the authorities that the issuer's own certificate is checked against; <see langword="null"/>: the system's.</summary>
    public string? Authorities { get; init; }

    /// <summary>The claim that names the caller: unique at the issuer, never given to somebody else. Default <c>sub</c>.</summary>
    public string SubjectClaim { get; init; } = "sub";

    /// <summary>Claims that roles may be bound to as well, by a short name: <c>group</c> → <c>groups</c> makes each value a subject <c>oidc/NAME/group:VALUE</c>. At most 16.</summary>
    public IReadOnlyDictionary<string, string> Claims { get; init; } = new Dictionary<string, string>();

    /// <summary>Signature algorithms that are taken; some of <see cref="AlgorithmsKnown"/>.</summary>
    public IReadOnlyList<string> Algorithms { get; init; } = AlgorithmsKnown;

    /// <summary>How far the issuer's clock and this one may be apart. Default 60 s; 0 to 5 min.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a token may still be good for at most: one that leaks is used no longer. Default 24 h; 1 min to 7 days.</summary>
    public TimeSpan LifetimeMax { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long keys are used that cannot be fetched again. Default 24 h; 1 min to 30 days.</summary>
    public TimeSpan KeysKeptFor { get; init; } = TimeSpan.FromHours(24);

    /// <summary>What is wrong with it: all faults.</summary>
    public IEnumerable<string> Faults()
    {
        if (!NamePattern.IsMatch(Name)) yield return "name: 1 to 32 lower-case letters, digits and hyphens are expected.";
        if (!IsAddress(Issuer)) yield return "issuer: an https address is expected (http on loopback), as it stands in the tokens' 'iss'.";
        if (Audience.Length is 0 or > 512) yield return "audience: 1 to 512 characters are expected.";
        if (SubjectClaim.Length is 0 or > 256) yield return "subjectClaim: 1 to 256 characters are expected.";
        if (Claims.Count > 16) yield return "claims: at most 16.";
        foreach (var (name, claim) in Claims)
            if (!NamePattern.IsMatch(name) || claim.Length is 0 or > 256) yield return $"claims: '{name}' is to be 1 to 32 lower-case letters, digits and hyphens, and to name a claim.";
        if (Algorithms.Count == 0 || Algorithms.Any(algorithm => !AlgorithmsKnown.Contains(algorithm))) yield return $"algorithms: some of {string.Join(", ", AlgorithmsKnown)} are expected.";
        if (ClockSkew < TimeSpan.Zero || ClockSkew > TimeSpan.FromMinutes(5)) yield return "clockSkewSeconds: 0 to 300.";
        if (LifetimeMax < TimeSpan.FromMinutes(1) || LifetimeMax > TimeSpan.FromDays(7)) yield return "lifetimeMaxSeconds: 60 to 604800.";
        if (KeysKeptFor < TimeSpan.FromMinutes(1) || KeysKeptFor > TimeSpan.FromDays(30)) yield return "keysKeptSeconds: 60 to 2592000.";
    }

    /// <summary>Whether something is fetched from an address: https, or http on loopback.</summary>
    internal static bool IsAddress(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)) && address.UserInfo.Length == 0 && address.Fragment.Length == 0;

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,31}$", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern { get; }
}
