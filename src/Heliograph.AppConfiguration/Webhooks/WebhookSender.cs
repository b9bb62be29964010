// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Heliograph.AppConfiguration.Webhooks;

/// <summary>What came of a request to a receiver.</summary>
/// <param name="IsTaken">The receiver has it.</param>
/// <param name="Reason">Why not, without anything that the receiver said.</param>
/// <param name="MayRetry">Whether trying again can help.</param>
/// <param name="RetryAfter">How long the receiver asks to be left alone.</param>
internal sealed record SendResult(bool IsTaken, string Reason = "", bool MayRetry = true, TimeSpan? RetryAfter = null);

/// <summary>Speaks HTTP to one receiver: to addresses that are allowed, along no redirect, for a bounded time, reading a bounded answer.</summary>
internal sealed class WebhookSender : IDisposable
{
    private const int AnswerBytesMax = 64 << 10;

    private readonly WebhookOptions _hook;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;

    public WebhookSender(WebhookOptions hook, TimeProvider time)
    {
        (_hook, _time) = (hook, time);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false, AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None, MaxConnectionsPerServer = 1, MaxResponseHeadersLength = 16,
            MaxResponseDrainSize = AnswerBytesMax, ConnectTimeout = hook.Timeout, PooledConnectionLifetime = TimeSpan.FromMinutes(5), // then its name is looked up, and judged, again
            ActivityHeadersPropagator = null, ConnectCallback = ConnectAsync,
        };
        if (hook.Authorities is { } pem)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPem(pem);
            handler.SslOptions.CertificateChainPolicy = policy;
        }
        _client = new HttpClient(handler) { Timeout = hook.Timeout };
    }

    /// <summary>Sends a batch.</summary>
    /// <param name="batch">With one event at least.</param>
    /// <param name="attempt">1 for the first.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<SendResult> SendAsync(EventBatch batch, int attempt, CancellationToken cancellationToken)
    {
        var (body, contentType) = EventEnvelope.Write(_hook, batch);
        var request = Post(body, contentType, EventEnvelope.IdOf(_hook, batch.Revision, batch.Events[0].Index), "Notification");
        request.Headers.TryAddWithoutValidation("aeg-delivery-count", (attempt - 1).ToString(CultureInfo.InvariantCulture));
        return ExchangeAsync(request, static _ => new SendResult(true), cancellationToken);
    }

    /// <summary>Asks the receiver whether it wants events, in the way of the envelope: nothing else is sent before it has agreed.</summary>
    public Task<SendResult> ValidateAsync(CancellationToken cancellationToken)
    {
        if (_hook.Schema == WebhookSchema.CloudEvents) return ExchangeAsync(Options(), AllowsOrigin, cancellationToken);
        var code = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        return ExchangeAsync(Post(EventEnvelope.WriteValidation(_hook, code, _time.GetUtcNow()), EventEnvelope.EventGridMediaType, $"validation/{code}", "SubscriptionValidation"), answer => Echoes(answer.Body, code), cancellationToken);
    }

    public void Dispose() => _client.Dispose();

    private HttpRequestMessage Post(ReadOnlyMemory<byte> body, string contentType, string id, string kind)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _hook.Url) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        request.Headers.TryAddWithoutValidation(WebhookSignature.IdHeader, id);
        request.Headers.TryAddWithoutValidation(WebhookSignature.TimestampHeader, now.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation(WebhookSignature.SignatureHeader, WebhookSignature.Of(_hook.Secret.Span, id, now, body.Span));
        if (_hook.Schema == WebhookSchema.EventGrid)
            foreach (var (name, value) in new[] { ("aeg-event-type", kind), ("aeg-subscription-name", _hook.Name), ("aeg-data-version", "2"), ("aeg-metadata-version", "1") }) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private HttpRequestMessage Options()
    {
        var request = new HttpRequestMessage(HttpMethod.Options, _hook.Url);
        request.Headers.TryAddWithoutValidation("WebHook-Request-Origin", _hook.Endpoint.Host);
        return request;
    }

    private SendResult AllowsOrigin((HttpResponseMessage Response, byte[] Body) answer) =>
        answer.Response.Headers.TryGetValues("WebHook-Allowed-Origin", out var allowed) && allowed.SelectMany(value => value.Split(',')).Any(origin => origin.Trim() is var one && (one == "*" || one.Equals(_hook.Endpoint.Host, StringComparison.OrdinalIgnoreCase)))
            ? new(true)
            : new(false, "it does not allow this origin (WebHook-Allowed-Origin)");

    private static SendResult Echoes(byte[] body, string code)
    {
        try
        {
            using var answer = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 8 });
            if (answer.RootElement.ValueKind == JsonValueKind.Object && answer.RootElement.TryGetProperty("validationResponse", out var said) && said.ValueKind == JsonValueKind.String && said.ValueEquals(code)) return new(true);
        }
        catch (JsonException) { } // said below
        return new(false, "it does not answer with the validation code");
    }

    private async Task<SendResult> ExchangeAsync(HttpRequestMessage request, Func<(HttpResponseMessage Response, byte[] Body), SendResult> judge, CancellationToken cancellationToken)
    {
        using (request)
            try
            {
                using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                deadline.CancelAfter(_hook.Timeout); // of the answer's body, too: the client's own covers the headers only
                using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
                if (!response.IsSuccessStatusCode) return Failed(response);
                return judge((response, await ReadAsync(response.Content, deadline.Token)));
            }
            catch (HttpRequestException failure) when (failure.InnerException is TargetRefusedException refused) { return new(false, refused.Message); }
            catch (HttpRequestException failure) { return new(false, $"it cannot be reached ({failure.HttpRequestError})"); }
            catch (IOException) { return new(false, "it broke off its answer"); }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { return new(false, "it did not answer in time"); }
    }

    private SendResult Failed(HttpResponseMessage response)
    {
        var wait = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - _time.GetUtcNow() : null;
        return new(false, $"it answered {(int)response.StatusCode}", response.StatusCode is not (HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge), wait > TimeSpan.Zero ? wait : null);
    }

    /// <summary>As much of the answer as may matter: it is a stranger's, so no more.</summary>
    private static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[AnswerBytesMax];
        var count = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return bytes[..count];
    }

    /// <summary>Looks the name up once, judges every address of it, and connects to one that was judged: what DNS says a moment later changes nothing.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        if (addresses.Length == 0 || !Array.TrueForAll(addresses, address => TargetRules.Allow(address, _hook.AllowNetworks)))
            throw new TargetRefusedException();
        Exception? last = null;
        foreach (var address in addresses.Select(one => one.IsIPv4MappedToIPv6 ? one.MapToIPv4() : one))
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, context.DnsEndPoint.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException failure)
            {
                socket.Dispose();
                last = failure;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw last!;
    }

    private sealed class TargetRefusedException() : IOException("its name stands for an address that is private, link-local, loopback or otherwise not public, and allowNetworks does not name it");
}
