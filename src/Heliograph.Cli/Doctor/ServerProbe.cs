// SPDX-License-Identifier: Apache-2.0
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Doctor;

/// <summary>One request that holds no secret, over a connection that accepts any certificate, to see which one is shown and what time it is there.</summary>
internal sealed class ServerProbe : IDisposable
{
    private readonly HttpClient _http;
    private readonly ConnectionSettings _settings;
    private readonly TimeProvider _time;

    public ServerProbe(ConnectionSettings settings, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = !settings.Server.IsLoopback,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, chain, _) => Keep(certificate, chain) }, // judged afterwards; nothing secret is sent here
        }) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = 1 << 20 };
    }

    /// <summary>What the server showed; <see langword="null"/> without TLS.</summary>
    public X509Certificate2? Certificate { get; private set; }

    /// <summary>What came with it.</summary>
    public X509Certificate2Collection Others { get; } = [];

    /// <summary>The time there, to the second.</summary>
    public DateTimeOffset? ServerTime { get; private set; }

    /// <summary>The time here, when the answer came.</summary>
    public DateTimeOffset OwnTime { get; private set; }

    /// <summary>Asks. The finding if nothing answers, else <see langword="null"/>.</summary>
    public async Task<Finding?> TryAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_settings.Timeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            using var answer = await _http.GetAsync(new Uri(_settings.Server, "livez"), either.Token);
            (ServerTime, OwnTime) = (answer.Headers.Date, _time.GetUtcNow());
            return null;
        }
        catch (HttpRequestException exception)
        {
            return exception.HttpRequestError switch
            {
                HttpRequestError.NameResolutionError => Finding.Trouble(CheckNames.Server, $"The name '{_settings.Server.Host}' is not known to this machine.", "Check the address, and name resolution ('getent hosts')."),
                HttpRequestError.SecureConnectionError => Finding.Trouble(CheckNames.Server, $"{_settings.Server} does not speak TLS as it should: {exception.InnerException?.Message ?? exception.Message}", "Check that the address is that of a TLS listener (https for 'tls://')."),
                _ => Finding.Trouble(CheckNames.Server, $"Nothing answers at {_settings.Server}: {exception.InnerException?.Message ?? exception.Message}", "Check that the origin runs and listens there, and that no firewall stands between."),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Finding.Trouble(CheckNames.Server, $"Nothing answers at {_settings.Server} within {_settings.Timeout.TotalSeconds:0.###} s.", "A firewall may drop what is sent; or give it longer: --timeout 2m.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        Certificate?.Dispose();
    }

    private bool Keep(X509Certificate? shown, X509Chain? chain)
    {
        if (shown is null) return true;
        Certificate = X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
        if (chain is null) return true;
        foreach (var sent in chain.ChainPolicy.ExtraStore) Others.Add(X509CertificateLoader.LoadCertificate(sent.RawData));
        return true;
    }
}
