// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;

namespace Heliograph.Benchmarks.AppConfiguration;

/// <summary>Requests as Microsoft's clients sign them, as the bytes that go over the wire.</summary>
internal sealed class SignedBytes(string host, string id, byte[] secret)
{
    /// <summary>A request, with a signature that holds for 15 minutes.</summary>
    public byte[] Of(string method, string target, string? ifNoneMatch = null, string body = "")
    {
        var content = Encoding.UTF8.GetBytes(body);
        var (date, hash) = (DateTimeOffset.UtcNow.ToString("r"), Convert.ToBase64String(SHA256.HashData(content)));
        var signature = Convert.ToBase64String(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{method}\n{target}\n{date};{host};{hash}")));
        var text = new StringBuilder($"{method} {target} HTTP/1.1\r\nHost: {host}\r\n")
            .Append("Accept: application/vnd.microsoft.appconfig.kvset+json, application/problem+json\r\nUser-Agent: azsdk-js-app-configuration/1.13.0 core-rest-pipeline/1.22.0 Node/20.0.0\r\n")
            .Append($"x-ms-client-request-id: {Guid.NewGuid()}\r\nx-ms-return-client-request-id: true\r\n")
            .Append($"x-ms-date: {date}\r\nx-ms-content-sha256: {hash}\r\n")
            .Append($"Authorization: HMAC-SHA256 Credential={id}&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}\r\n");
        if (ifNoneMatch is not null) text.Append($"If-None-Match: {ifNoneMatch}\r\n");
        if (content.Length > 0) text.Append($"Content-Type: application/json\r\nContent-Length: {content.Length}\r\n");
        return [.. Encoding.UTF8.GetBytes(text.Append("\r\n").ToString()), .. content];
    }
}
