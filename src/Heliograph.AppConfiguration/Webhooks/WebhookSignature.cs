// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Heliograph.AppConfiguration.Webhooks;

/// <summary>Proof of who sent a request, and when: the scheme of Standard Webhooks, version 1, which has libraries in most languages.</summary>
internal static class WebhookSignature
{
    public const string IdHeader = "webhook-id", TimestampHeader = "webhook-timestamp", SignatureHeader = "webhook-signature";

    /// <summary><c>v1,</c> and the base64 of HMAC-SHA256 over <c>id.timestamp.body</c>.</summary>
    /// <param name="secret">The receiver's key.</param>
    /// <param name="id">Of the message: the same at every attempt.</param>
    /// <param name="unixSeconds">When this attempt is made: a receiver refuses old ones.</param>
    /// <param name="body">As it is sent.</param>
    public static string Of(ReadOnlySpan<byte> secret, string id, long unixSeconds, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{unixSeconds}.")));
        hash.AppendData(body);
        return $"v1,{Convert.ToBase64String(hash.GetHashAndReset())}";
    }
}
