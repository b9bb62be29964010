// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Import.AppConfiguration;

/// <summary>Reads all key-values of a live App Configuration store, the service's or a Heliograph's, with a connection string.</summary>
/// <param name="endpoint">https, or http on loopback.</param>
/// <param name="id">Id of the access key.</param>
/// <param name="secret">Its secret.</param>
/// <param name="time">The clock: a signature holds for 15 minutes.</param>
internal sealed class LiveStore(Uri endpoint, string id, byte[] secret, TimeProvider time) : IDisposable
{
    private const string EmptyBodyHash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    private const int PagesMax = 1_001; // of 100: more settings than a namespace holds
    private const int PageBytesMax = 8 << 20;

    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) }) { Timeout = TimeSpan.FromSeconds(60), MaxResponseContentBufferSize = PageBytesMax };

    /// <summary>Reads a connection string: <c>Endpoint=…;Id=…;Secret=…</c>.</summary>
    /// <exception cref="CommandException">It is none. The message does not quote it.</exception>
    public static LiveStore Parse(string text, TimeProvider time)
    {
        var parts = text.Trim().Split(';', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2)).Where(part => part.Length == 2).ToDictionary(part => part[0].Trim(), part => part[1], StringComparer.OrdinalIgnoreCase);
        var secret = new byte[1_024];
        if (!parts.TryGetValue("Endpoint", out var address) || !Uri.TryCreate(address, UriKind.Absolute, out var endpoint) || !(endpoint.Scheme == "https" || (endpoint.Scheme == "http" && endpoint.IsLoopback))
            || !parts.TryGetValue("Id", out var id) || !parts.TryGetValue("Secret", out var encoded) || !Convert.TryFromBase64String(encoded, secret, out var length))
            throw new CommandException(ExitCode.Usage, "That is no connection string: Endpoint=https://…;Id=…;Secret=….");
        return new(endpoint, id, secret[..length], time);
    }

    /// <summary>Every key-value, whatever its label.</summary>
    /// <exception cref="CommandException">The store does not answer, or refuses.</exception>
    public async Task<IReadOnlyList<KeyValueItem>> ReadAllAsync(CancellationToken cancellationToken)
    {
        var items = new List<KeyValueItem>();
        var target = "/kv?api-version=1.0&key=*&label=*";
        for (var page = 0; target is not null; page++)
        {
            if (page == PagesMax) throw new CommandException(ExitCode.Failure, $"The store holds more than {Limits.NamespaceRecordsMax} key-values; a namespace cannot.");
            var read = await ReadAsync(target, cancellationToken);
            items.AddRange(read.Items);
            target = read.NextLink;
            if (target is not null && !target.StartsWith("/kv?", StringComparison.Ordinal)) throw new CommandException(ExitCode.Failure, "The store's next link leads elsewhere.");
        }
        return items;
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<KeyValueDocument> ReadAsync(string target, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            using var request = Signed(target);
            try
            {
                using var response = await _client.SendAsync(request, cancellationToken);
                if (response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable && attempt < 5)
                {
                    await Task.Delay(response.Headers.RetryAfter?.Delta is { } wait && wait < TimeSpan.FromMinutes(1) ? wait : TimeSpan.FromSeconds(1 << attempt), time, cancellationToken);
                    continue;
                }
                if (!response.IsSuccessStatusCode) throw new CommandException(response.StatusCode == HttpStatusCode.Unauthorized ? ExitCode.NotAuthorized : ExitCode.Failure, $"The store answered {(int)response.StatusCode}.", endpoint.ToString());
                return KeyValueDocument.Read(await response.Content.ReadAsByteArrayAsync(cancellationToken), endpoint.ToString());
            }
            catch (HttpRequestException fault)
            {
                throw new CommandException(ExitCode.Unreachable, $"The store does not answer: {fault.HttpRequestError}.", endpoint.ToString());
            }
        }
    }

    private HttpRequestMessage Signed(string target)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{endpoint.Scheme}://{endpoint.Authority}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        var date = time.GetUtcNow().ToString("r", System.Globalization.CultureInfo.InvariantCulture);
        var signature = Convert.ToBase64String(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"GET\n{target}\n{date};{endpoint.Authority};{EmptyBodyHash}")));
        request.Headers.Host = endpoint.Authority;
        request.Headers.TryAddWithoutValidation("x-ms-date", date);
        request.Headers.TryAddWithoutValidation("x-ms-content-sha256", EmptyBodyHash);
        request.Headers.TryAddWithoutValidation("Authorization", $"HMAC-SHA256 Credential={id}&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}");
        return request;
    }
}
