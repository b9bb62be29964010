// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Platform.Pki;

namespace Heliograph.Hosting.Certificates;

/// <summary>Gets certificates from an origin: the first by an enrolment token, the following by the one before.</summary>
public sealed class EnrolmentClient : IDisposable
{
    private const int AnswerBytesMax = 64 << 10;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private readonly HttpClient _http;

    /// <summary>Prepares; nothing is sent yet.</summary>
    /// <param name="server">Base address of an origin's REST API: https, or http on loopback.</param>
    /// <param name="authority">The realm's authority: only its origins are spoken to. Needed for https.</param>
    /// <param name="own">The certificate to show; <see langword="null"/>: none yet.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentException">The address is plain text that others could read, or there is no authority.</exception>
    public EnrolmentClient(Uri server, RealmAuthority? authority, Func<X509Certificate2?> own, TimeProvider time)
    {
        if (server.Scheme == Uri.UriSchemeHttps ? authority is null : !server.IsLoopback || server.Scheme != Uri.UriSchemeHttp)
            throw new ArgumentException($"{server} is not an https address with the realm's authority beside it (--ca), nor http on loopback.", nameof(server));
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5), PooledConnectionLifetime = TimeSpan.Zero }; // every call shows the newest certificate
        handler.SslOptions = new SslClientAuthenticationOptions
        {
            LocalCertificateSelectionCallback = (_, _, _, _, _) => own()!,
            RemoteCertificateValidationCallback = (_, shown, _, errors) => shown is X509Certificate2 certificate && authority is not null
                && !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                && authority.TryIdentify(certificate, time.GetUtcNow(), ofServer: true, out var id, out _) && id.Role == PeerRole.Origin,
        };
        _http = new(handler) { BaseAddress = server, Timeout = Timeout, MaxResponseContentBufferSize = AnswerBytesMax };
    }

    /// <summary>The first certificate, by a token. The token is used up, whatever becomes of the answer.</summary>
    /// <exception cref="IOException">It was refused or not answered; the message says why.</exception>
    public Task<X509Certificate2> EnrolAsync(string token, CancellationToken cancellationToken) => AskAsync("api/v1/enrolment", new("Bearer", token.Trim()), cancellationToken);

    /// <summary>The next certificate, with a new key, by the one in use.</summary>
    /// <exception cref="IOException">It was refused or not answered; the message says why.</exception>
    public Task<X509Certificate2> RenewAsync(CancellationToken cancellationToken) => AskAsync("api/v1/certificate", null, cancellationToken);

    private async Task<X509Certificate2> AskAsync(string path, AuthenticationHeaderValue? authorization, CancellationToken cancellationToken)
    {
        using var signing = new CertificateSigningRequest();
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new EnrolmentQuestion(signing.ToPem()), EnrolmentJson.Default.EnrolmentQuestion)) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Authorization = authorization;
        try
        {
            using var answer = await _http.SendAsync(request, cancellationToken);
            var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
            if (!answer.IsSuccessStatusCode) throw new IOException($"{_http.BaseAddress} answered {(int)answer.StatusCode}: {DetailOf(body)}");
            return signing.Join(JsonSerializer.Deserialize(body, EnrolmentJson.Default.EnrolmentAnswer)?.Certificate ?? "");
        }
        catch (Exception fault) when (fault is HttpRequestException or CryptographicException or JsonException || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new IOException($"{_http.BaseAddress} gave no certificate: {fault.Message}", fault);
        }
    }

    private static string DetailOf(byte[] body)
    {
        try { return JsonSerializer.Deserialize(body, EnrolmentJson.Default.EnrolmentRefusal)?.Detail ?? "no reason"; }
        catch (JsonException) { return "no reason that is understood"; }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}

internal sealed record EnrolmentQuestion(string Csr);

internal sealed record EnrolmentAnswer(string? Certificate);

internal sealed record EnrolmentRefusal(string? Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EnrolmentQuestion))]
[JsonSerializable(typeof(EnrolmentAnswer))]
[JsonSerializable(typeof(EnrolmentRefusal))]
internal sealed partial class EnrolmentJson : JsonSerializerContext;
