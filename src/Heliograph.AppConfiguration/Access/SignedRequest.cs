// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Heliograph.AppConfiguration.Http;
using Heliograph.Core.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Heliograph.AppConfiguration.Access;

/// <summary>Checks the HMAC-SHA256 signature of a request: over the method, the raw target and the headers that it names.</summary>
/// <remarks>The order of the checks is the contract's: clients' users read the description to see what is wrong. A captured signature can be replayed for 15 minutes, so beyond loopback TLS is needed.</remarks>
internal sealed class SignedRequest(IAccessKeySource keys, TimeProvider time)
{
    /// <summary>How far the date of a request may be from ours.</summary>
    public static readonly TimeSpan SkewMax = TimeSpan.FromMinutes(15);

    private const string Scheme = "HMAC-SHA256";
    private const string DateHeader = "x-ms-date", PlainDateHeader = "date", HashHeader = "x-ms-content-sha256", HostHeader = "host";
    private const string EmptyBodyHash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    private const int SignedHeadersMax = 16, TextBytesMax = 64 << 10;

    /// <summary>Whether the header claims a signature.</summary>
    public static bool IsClaimed(string authorization) => authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && (authorization.Length == Scheme.Length || authorization[Scheme.Length] == ' ');

    /// <summary>The id of the key that an Authorization header names; empty if it names none.</summary>
    public static string CredentialOf(string authorization) => TryParts(authorization.AsSpan(Scheme.Length), out var credential, out _, out _) ? credential.ToString() : "";

    /// <summary>Whether a key is known here now.</summary>
    public bool Knows(string id) => keys.Find(id) is not null;

    /// <summary>Gets ready for a key that is not known here yet, if that is a matter of a moment.</summary>
    public ValueTask<bool> PrepareAsync(string id, CancellationToken cancellationToken) => id.Length is > 0 and <= 128 ? keys.PrepareAsync(id, cancellationToken) : new(false);

    /// <summary>The refusal of a key that is not known.</summary>
    public const string UnknownCredential = "Invalid Credential";

    /// <summary>The key that signed the request, or why there is none.</summary>
    /// <param name="request">The request.</param>
    /// <param name="authorization">Its Authorization header.</param>
    /// <param name="target">Path and query as they came.</param>
    /// <param name="body">Its body.</param>
    public (AccessKey? Key, string? Refusal) Check(HttpRequest request, string authorization, string target, ReadOnlySpan<byte> body)
    {
        const string PartsMissing = "[Credential][SignedHeaders][Signature] is required";
        if (!TryParts(authorization.AsSpan(Scheme.Length), out var credential, out var signedHeaders, out var signature)) return (null, PartsMissing);
        Span<Range> names = stackalloc Range[SignedHeadersMax + 1];
        var count = signedHeaders.Split(names, ';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (count > SignedHeadersMax) return (null, PartsMissing);
        var headers = request.Headers;
        var (host, date, plainDate, hash) = (-1, -1, -1, -1);
        var values = new SignedValues();
        var isMissing = -1;
        for (var i = 0; i < count; i++)
        {
            var name = signedHeaders[names[i]];
            StringValues value;
            if (name.Equals(DateHeader, StringComparison.OrdinalIgnoreCase)) (date, value) = (i, headers[DateHeader]);
            else if (name.Equals(HostHeader, StringComparison.OrdinalIgnoreCase)) (host, value) = (i, headers.Host);
            else if (name.Equals(HashHeader, StringComparison.OrdinalIgnoreCase)) (hash, value) = (i, headers[HashHeader]);
            else if (name.Equals(PlainDateHeader, StringComparison.OrdinalIgnoreCase)) (plainDate, value) = (i, headers.Date);
            else value = headers[name.ToString()];
            if (value.Count > 0) values[i] = value.ToString();
            else if (isMissing < 0) isMissing = i;
        }
        if (host < 0) return (null, $"{HostHeader} is required as a signed header");
        if (date < 0 && plainDate < 0) return (null, $"{DateHeader} is required as a signed header");
        if (hash < 0) return (null, $"{HashHeader} is required as a signed header");
        if (isMissing >= 0) return (null, $"Signed request header '{Printable(signedHeaders[names[isMissing]])}' is not provided");

        if (!LooseDate.TryParse(values[date >= 0 ? date : plainDate], out var signed)) return (null, "Invalid access token date");
        if ((time.GetUtcNow() - signed).Duration() > SkewMax) return (null, "The access token has expired");
        if (keys.Find(credential) is not { } key) return (null, UnknownCredential);
        if (!IsSignedBy(key, request.Method, target, ((ReadOnlySpan<string?>)values)[..count], signature)) return (null, "Invalid Signature");
        return IsHashOf(body, values[hash]!) ? (key, null) : (null, "Invalid Signature");
    }

    private static bool TryParts(ReadOnlySpan<char> text, out ReadOnlySpan<char> credential, out ReadOnlySpan<char> signedHeaders, out ReadOnlySpan<char> signature)
    {
        credential = signedHeaders = signature = default;
        foreach (var range in text.SplitAny('&', ',')) // old clients separate by ','
        {
            var part = text[range].Trim();
            var equals = part.IndexOf('=');
            if (equals <= 0) continue;
            var name = part[..equals];
            var value = part[(equals + 1)..];
            if (name.Equals("Credential", StringComparison.OrdinalIgnoreCase)) credential = value;
            else if (name.Equals("SignedHeaders", StringComparison.OrdinalIgnoreCase)) signedHeaders = value;
            else if (name.Equals("Signature", StringComparison.OrdinalIgnoreCase)) signature = value;
        }
        return !credential.IsEmpty && !signedHeaders.IsEmpty && !signature.IsEmpty;
    }

    private static bool IsSignedBy(AccessKey key, string method, string target, ReadOnlySpan<string?> values, ReadOnlySpan<char> signature)
    {
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        if (signature.Length != 44 || !Convert.TryFromBase64Chars(signature, given, out var written) || written != given.Length) return false;
        var length = method.Length + target.Length + 2 + values.Length;
        foreach (var value in values) length += value!.Length;
        if (length > TextBytesMax) return false;
        Span<byte> text = length * 3 <= 2_048 ? stackalloc byte[2_048] : new byte[length * 3];
        var at = Encoding.UTF8.GetBytes(method, text);
        text[at++] = (byte)'\n';
        at += Encoding.UTF8.GetBytes(target, text[at..]);
        text[at++] = (byte)'\n';
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0) text[at++] = (byte)';';
            at += Encoding.UTF8.GetBytes(values[i]!, text[at..]);
        }
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        for (var i = 0; i < key.Secrets.Count; i++) // which of the two it was is no secret; how much of one fits is
        {
            HMACSHA256.HashData(key.Secrets[i].Span, text[..at], expected);
            if (CryptographicOperations.FixedTimeEquals(expected, given)) return true;
        }
        return false;
    }

    private static bool IsHashOf(ReadOnlySpan<byte> body, string claimed)
    {
        if (body.IsEmpty) return claimed == EmptyBodyHash;
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        if (claimed.Length != 44 || !Convert.TryFromBase64Chars(claimed, given, out var written) || written != given.Length) return false;
        Span<byte> actual = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, actual);
        return CryptographicOperations.FixedTimeEquals(actual, given);
    }

    private static string Printable(ReadOnlySpan<char> name) => string.Concat(name[..Math.Min(64, name.Length)].ToString().Where(c => c is > ' ' and <= '~' and not '"' and not '\\'));

    /// <summary>Values of the headers that are signed, in the order of their names.</summary>
    [InlineArray(SignedHeadersMax)]
    private struct SignedValues
    {
        private string? _first;
    }
}
