// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Heliograph.Origin.Access;

/// <summary>An API token as its bearer holds it: <c>hlg_&lt;id&gt;_&lt;secret&gt;</c>, id 16 and secret 64 hexadecimal digits.</summary>
/// <remarks>The secret has 256 random bits, so one SHA-256 is all it takes to keep it. The prefix lets secret scanners find leaked ones.</remarks>
internal sealed class ApiToken
{
    private const string Prefix = "hlg_";
    private const int IdChars = 16, SecretChars = 64;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    private readonly string _secret;

    private ApiToken(string id, string secret) => (Id, _secret) = (id, secret);

    /// <summary>Names the token; not secret.</summary>
    public string Id { get; }

    /// <summary>SHA-256 of the secret: what the origin keeps.</summary>
    public Hash256 SecretHash => new(SHA256.HashData(Encoding.ASCII.GetBytes(_secret)));

    /// <summary>Makes a new one.</summary>
    public static ApiToken Create() => new(RandomNumberGenerator.GetHexString(IdChars, lowercase: true), RandomNumberGenerator.GetHexString(SecretChars, lowercase: true));

    /// <summary>Reads one; exactly the form that is written.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out ApiToken? token)
    {
        token = null;
        if (text.Length != Prefix.Length + IdChars + 1 + SecretChars || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length + IdChars] != '_') return false;
        var id = text.Slice(Prefix.Length, IdChars);
        var secret = text[^SecretChars..];
        if (id.ContainsAnyExcept(Digits) || secret.ContainsAnyExcept(Digits)) return false;
        token = new(id.ToString(), secret.ToString());
        return true;
    }

    /// <summary>The token in full: shown once.</summary>
    public string Reveal() => $"{Prefix}{Id}_{_secret}";

    /// <summary>The id alone.</summary>
    public override string ToString() => Id;
}
