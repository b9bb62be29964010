// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Api;

/// <summary>Sends calls to one origin. Repeats only what cannot have a second effect; every call has a deadline.</summary>
internal sealed class ApiConnection : IDisposable
{
    private const int AttemptsMax = 4;
    private const long AnswerBytesMax = 128L << 20; // twice the largest namespace

    private readonly HttpClient _http;
    private readonly ConnectionSettings _settings;
    private readonly HelioTerminal _terminal;

    private ApiConnection(HttpClient http, ConnectionSettings settings, HelioTerminal terminal) => (_http, _settings, _terminal) = (http, settings, terminal);

    /// <summary>Prepares to talk to the server of <paramref name="settings"/>; nothing is sent yet.</summary>
    public static ApiConnection Open(ConnectionSettings settings, HelioTerminal terminal)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // a token is for the server that was named
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            UseProxy = !settings.Server.IsLoopback,
        };
        if (settings.CaFile is not null) handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = ChainPolicy(settings.CaFile) };
        return new(new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = AnswerBytesMax }, settings, terminal);
    }

    /// <summary>The time that retries and waits are measured by.</summary>
    public TimeProvider Time => _terminal.Time;

    /// <summary>Base address of the server.</summary>
    public Uri Server => _settings.Server;

    /// <summary>Sends a call until it is answered, refused, out of attempts or out of time.</summary>
    /// <returns>A successful answer, read whole.</returns>
    /// <exception cref="CommandException">Refused, unreachable, or of unknown outcome.</exception>
    public async Task<HttpResponseMessage> SendAsync(ApiCall call, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_settings.Timeout + call.HeldByServer, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var perhapsWritten = false;
        for (var attempt = 1; ; attempt++)
        {
            var (answer, failure) = await TryAsync(call, HttpCompletionOption.ResponseContentRead, either.Token, cancellationToken);
            if (failure is null) return answer!;
            perhapsWritten |= call.IsChange && failure.PerhapsWritten;
            if (!failure.IsTransient || !call.IsRepeatable || attempt == AttemptsMax || either.IsCancellationRequested) throw failure.ToException(call, Server, perhapsWritten);
            try
            {
                await Task.Delay(failure.RetryAfter ?? Pause(attempt), Time, either.Token);
            }
            catch (OperationCanceledException) when (perhapsWritten || deadline.IsCancellationRequested)
            {
                throw failure.ToException(call, Server, perhapsWritten);
            }
        }
    }

    /// <summary>Opens an answer that goes on for as long as it is read. One attempt: whoever reads it knows from where to resume.</summary>
    public async Task<HttpResponseMessage> OpenAsync(ApiCall call, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_settings.Timeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var (answer, failure) = await TryAsync(call, HttpCompletionOption.ResponseHeadersRead, either.Token, cancellationToken);
        return failure is null ? answer! : throw failure.ToException(call, Server, perhapsWritten: false);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<(HttpResponseMessage? Answer, ApiFailure? Failure)> TryAsync(
        ApiCall call, HttpCompletionOption completion, CancellationToken cancellationToken, CancellationToken stop)
    {
        try
        {
            using var request = call.ToRequest(Server, _settings.Token);
            var response = await _http.SendAsync(request, completion, cancellationToken);
            if (response.IsSuccessStatusCode) return (response, null);
            using (response) return (null, await ApiFailure.ReadAsync(response, cancellationToken));
        }
        catch (HttpRequestException exception)
        {
            return (null, ApiFailure.Of(exception));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (null, ApiFailure.TimedOut(_settings.Timeout + call.HeldByServer));
        }
        catch (OperationCanceledException) when (call.IsChange)
        {
            return (null, new ApiFailure("The command was stopped while it was on its way.", ExitCode.Unreachable, PerhapsWritten: true));
        }
    }

    private TimeSpan Pause(int attempt) => TimeSpan.FromMilliseconds((100 << attempt) * (0.5 + _terminal.Random.NextDouble())); // 0.1–0.3 s, 0.2–0.6 s, 0.4–1.2 s

    private static X509ChainPolicy ChainPolicy(string caFile)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(caFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CommandException(ExitCode.Usage, $"The certificate authority cannot be read: {exception.Message}", caFile, "Give a PEM file: --ca or HELIOGRAPH_CA.");
        }
        return policy.CustomTrustStore.Count > 0 ? policy
            : throw new CommandException(ExitCode.Usage, "The file holds no certificate.", caFile, "Give a PEM file: --ca or HELIOGRAPH_CA.");
    }
}
