// SPDX-License-Identifier: Apache-2.0
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Heliograph.Platform.Files;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Heliograph.Origin.Oidc;

/// <summary>The keys of one issuer as they are known: fetched when they are needed, again every hour, and for a key that is not known; used for a bounded time while the issuer does not answer.</summary>
/// <remarks>Thread-safe. Callers share one fetch, and there is at most one every <see cref="FetchInterval"/>, whatever they show.</remarks>
internal sealed class OidcKeys : IDisposable
{
    /// <summary>After how long keys are fetched again although they are known.</summary>
    public static readonly TimeSpan RefreshAfter = TimeSpan.FromHours(1);

    /// <summary>Shortest time between two fetches, and between two looks at a file.</summary>
    public static readonly TimeSpan FetchInterval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_fetchTimeout = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly OidcIssuer _issuer;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpClient? _http;
    private volatile Known? _known;
    private Task _fetching = Task.CompletedTask;
    private DateTimeOffset? _attemptedAt;

    /// <summary>Prepares; a file is read, an issuer is asked when the first token comes.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no JWK set.</exception>
    public OidcKeys(OidcIssuer issuer, TimeProvider time, ILogger logger)
    {
        (_issuer, _time, _logger) = (issuer, time, logger);
        if (issuer.KeysFile is not null) _known = ReadFile();
        else _http = new HttpClient(Transport(issuer)) { Timeout = s_fetchTimeout, MaxResponseContentBufferSize = OidcKeySet.BytesMax };
    }

    /// <summary>The key that a token names; <see langword="null"/> and why not.</summary>
    public async ValueTask<(SecurityKey? Key, string? Refusal)> FindAsync(string? kid, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        if (_known is not { } known || known.Set.Find(kid) is null || IsTooOld(known))
        {
            await FetchAsync(now).WaitAsync(cancellationToken); // nothing to go on with: wait for it
            known = _known;
        }
        else if (_http is null || now - known.At >= RefreshAfter) _ = FetchAsync(now); // it goes on meanwhile with what it has; Dispose ends it
        if (known is null || IsTooOld(known)) return (null, $"the keys of issuer '{_issuer.Name}' cannot be fetched now");
        return known.Set.Find(kid) is { } key ? (key, null) : (null, $"issuer '{_issuer.Name}' has no such key");
    }

    private bool IsTooOld(Known known) => _http is not null && _time.GetUtcNow() - known.At >= _issuer.KeysKeptFor;

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Cancel();
        _http?.Dispose();
        _stopping.Dispose();
    }

    private Task FetchAsync(DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_fetching.IsCompleted || (_attemptedAt is { } last && now - last < FetchInterval && now >= last)) return _fetching;
            _attemptedAt = now;
            return _fetching = TryFetchAsync(_stopping.Token);
        }
    }

    private async Task TryFetchAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_http is null)
            {
                if (File.GetLastWriteTimeUtc(_issuer.KeysFile!) != _known!.Written) _known = ReadFile();
                return;
            }
            using var discovery = JsonDocument.Parse(await _http.GetByteArrayAsync(new Uri($"{_issuer.Issuer.TrimEnd('/')}/.well-known/openid-configuration"), cancellationToken));
            if (TextOf(discovery, "issuer") != _issuer.Issuer) throw new InvalidDataException("its discovery document names another issuer");
            if (TextOf(discovery, "jwks_uri") is not { } address || !OidcIssuer.IsAddress(address)) throw new InvalidDataException("its discovery document names no address of keys that is taken (https, or http on loopback)");
            var keys = await _http.GetByteArrayAsync(new Uri(address), cancellationToken);
            _known = new(OidcKeySet.TryRead(keys, out var set) is { } fault ? throw new InvalidDataException($"its keys: {fault}") : set!, _time.GetUtcNow(), default);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or InvalidDataException or JsonException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            _logger.OidcKeysNotFetched(_issuer.Name, exception.Message);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException) { } // the origin stops
    }

    private Known ReadFile()
    {
        var (written, bytes) = (File.GetLastWriteTimeUtc(_issuer.KeysFile!), ProtectedFile.ReadPublic(_issuer.KeysFile!, OidcKeySet.BytesMax));
        return OidcKeySet.TryRead(bytes, out var set) is { } fault ? throw new InvalidDataException($"{_issuer.KeysFile}: {fault}") : new(set!, _time.GetUtcNow(), written);
    }

    private static string? TextOf(JsonDocument document, string name) =>
        document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static SocketsHttpHandler Transport(OidcIssuer issuer)
    {
        var transport = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, UseProxy = !new Uri(issuer.Issuer).IsLoopback, AutomaticDecompression = System.Net.DecompressionMethods.None,
            ConnectTimeout = s_fetchTimeout, PooledConnectionLifetime = TimeSpan.FromMinutes(1), MaxConnectionsPerServer = 2,
        };
        if (issuer.Authorities is not { } pem) return transport;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(pem);
        transport.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        return transport;
    }

    private sealed record Known(OidcKeySet Set, DateTimeOffset At, DateTime Written);
}

internal static partial class OidcLog // event ids 4360-4369: tokens of OpenID Connect issuers
{
    [LoggerMessage(EventId = 4360, Level = LogLevel.Warning, Message = "The keys of issuer '{Name}' could not be fetched: {Reason}. Those that are known are used for a bounded time; it is tried again with the next token.")]
    public static partial void OidcKeysNotFetched(this ILogger logger, string name, string reason);
}
