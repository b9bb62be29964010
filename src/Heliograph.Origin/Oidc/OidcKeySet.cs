// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Heliograph.Origin.Oidc;

/// <summary>The keys of an issuer that signatures are checked with: public ones, for signing, strong enough. Whatever else its JWK set holds is passed over.</summary>
/// <param name="keys">The keys.</param>
internal sealed class OidcKeySet(IReadOnlyList<SecurityKey> keys)
{
    /// <summary>Largest JWK set, and largest discovery document, in bytes.</summary>
    public const int BytesMax = 256 << 10;

    private const int KeysMax = 100, RsaBitsMin = 2_048;

    /// <summary>How many there are.</summary>
    public int Count => keys.Count;

    /// <summary>The key of a token: that of its <c>kid</c>; without one, the only key there is. Keys are never tried one after the other.</summary>
    public SecurityKey? Find(string? kid) => string.IsNullOrEmpty(kid) ? keys is [var only] ? only : null : keys.FirstOrDefault(key => key.KeyId == kid);

    /// <summary>Reads a JWK set.</summary>
    /// <returns>What is wrong with it; <see langword="null"/>: nothing.</returns>
    public static string? TryRead(byte[] json, out OidcKeySet? set)
    {
        set = null;
        try
        {
            var keys = new List<SecurityKey>();
            foreach (var key in JsonWebKeySet.Create(Encoding.UTF8.GetString(json)).Keys)
                if (IsForSigning(key) && Public(key) is { } known && keys.Count < KeysMax) keys.Add(known);
            if (keys.Count == 0) return "It holds no public key for signatures (RSA of 2,048 bits or more, or EC P-256, P-384, P-521).";
            set = new(keys);
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or CryptographicException or System.Text.Json.JsonException or InvalidOperationException)
        {
            return "It is no JWK set.";
        }
    }

    private static bool IsForSigning(JsonWebKey key) => key.Use is null or "" or "sig" && (key.KeyOps.Count == 0 || key.KeyOps.Contains("verify"));

    // Made anew of the public numbers alone: whatever else stands in the set (symmetric keys, certificates, addresses to look at) is never used.
    private static SecurityKey? Public(JsonWebKey key)
    {
        try
        {
            switch (key.Kty)
            {
                case "RSA" when key is { N: { } modulus, E: { } exponent }:
                    var rsa = new RSAParameters { Modulus = Base64UrlEncoder.DecodeBytes(modulus), Exponent = Base64UrlEncoder.DecodeBytes(exponent) };
                    return rsa.Modulus.Length * 8 < RsaBitsMin ? null : new RsaSecurityKey(rsa) { KeyId = key.Kid };
                case "EC" when key is { X: { } x, Y: { } y } && CurveOf(key.Crv) is { } curve:
                    return new ECDsaSecurityKey(ECDsa.Create(new ECParameters { Curve = curve, Q = new() { X = Base64UrlEncoder.DecodeBytes(x), Y = Base64UrlEncoder.DecodeBytes(y) } })) { KeyId = key.Kid };
                default: return null;
            }
        }
        catch (Exception exception) when (exception is FormatException or CryptographicException or ArgumentException) { return null; } // one key that is none does not spoil the others
    }

    private static ECCurve? CurveOf(string? name) => name switch { "P-256" => ECCurve.NamedCurves.nistP256, "P-384" => ECCurve.NamedCurves.nistP384, "P-521" => ECCurve.NamedCurves.nistP521, _ => null };
}
