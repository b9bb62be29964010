// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Heliograph.Hosting.Certificates;
using Heliograph.Origin.Enrolment;
using Heliograph.Platform.Pki;
using Microsoft.Extensions.Logging;

namespace Heliograph.Cli.Enrolment;

/// <summary>What a relay or an agent was told about its certificate's beginning and renewal.</summary>
/// <param name="Server">REST API of an origin; <see langword="null"/>: the certificate is renewed by other means.</param>
/// <param name="Token">Enrols it if it has no certificate yet.</param>
internal sealed record RenewalArguments(Uri? Server, string? Token)
{
    /// <summary>By other means.</summary>
    public static RenewalArguments None { get; } = new(null, null);
}

/// <summary>The options of enrolment, and the loop behind them.</summary>
internal sealed class RenewalTier
{
    private readonly Option<Uri?> _server = TierOptions.Web("--renew-at", "REST API of an origin that enrols this node and renews its certificate at 50 to 70 % of its life. Default: nobody renews it.");
    private readonly Option<string?> _token = new("--enroll") { HelpName = "TOKEN", Description = "Enrolment token ('helio enroll token'), or @FILE: used if there is no certificate yet. Needs --renew-at." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_server);
        command.Add(_token);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_token) is not null && result.GetResult(_server) is null) result.AddError("--enroll needs --renew-at, an origin's address.");
        });
    }

    /// <summary>What was given.</summary>
    public RenewalArguments Read(Invocation run) => new(run.Value(_server), run.Value(_token));

    /// <summary>The certificate's files: those that were named, or <c>node.pem</c> and <c>node-key.pem</c> of the data directory. Enrols the node if there are none and it has a token.</summary>
    public static async Task<TlsFiles> FilesAsync(RenewalArguments told, TlsFiles tls, string dataDirectory, CancellationToken cancellationToken)
    {
        if (told.Server is null) return tls;
        var (certificate, key) = tls is { Certificate: { } named, Key: { } itsKey } ? (named, itsKey) : NodeFiles.In(dataDirectory);
        if (!File.Exists(certificate))
        {
            if (told.Token is not { } token) throw new CommandException(ExitCode.Usage, "There is no certificate to renew.", certificate, "Give --enroll TOKEN ('helio enroll token'), or put a certificate there.");
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(dataDirectory);
            else Directory.CreateDirectory(dataDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            await NodeFiles.EnrolAsync(told.Server, tls.Authority, token, certificate, key, cancellationToken);
        }
        return tls with { Certificate = certificate, Key = key };
    }

    /// <summary>Renews until disposed of.</summary>
    public static IAsyncDisposable Start(RenewalArguments told, TlsFiles tls)
    {
        if (told.Server is null || tls is not { Certificate: { } certificate, Key: { } key }) return new Loop(null, null, null);
        var loggers = LoggerFactory.Create(TierLogging.ToStandardError);
        var source = new CertificateSource(certificate, key, TimeProvider.System);
        var client = new EnrolmentClient(told.Server, NodeFiles.AuthorityOf(tls.Authority), () => source.Current, TimeProvider.System);
        return new Loop(new CertificateRenewal(client.RenewAsync, certificate, key, TimeProvider.System, new Random(Guid.NewGuid().GetHashCode()), loggers.CreateLogger<CertificateRenewal>()), client, loggers);
    }

    /// <summary>Renews an origin's own certificate until disposed of, where the origin has the authority that issued it.</summary>
    public static IAsyncDisposable StartOwn(OriginArguments told, string realm)
    {
        if (told is not { IssueFrom: { } authority, Tls: { Certificate: { } certificate, Key: { } key } }) return new Loop(null, null, null);
        var loggers = LoggerFactory.Create(TierLogging.ToStandardError);
        Task<X509Certificate2> RenewAsync(CancellationToken cancellationToken) => Task.FromResult(OwnCertificate.Renew(realm, authority, certificate, key, told.CertificateLife, TimeProvider.System));
        return new Loop(new CertificateRenewal(RenewAsync, certificate, key, TimeProvider.System, new Random(Guid.NewGuid().GetHashCode()), loggers.CreateLogger<CertificateRenewal>()), null, loggers);
    }

    private sealed class Loop : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stopping = new();
        private readonly IDisposable?[] _parts;
        private readonly Task _renewing;

        public Loop(CertificateRenewal? renewal, EnrolmentClient? client, ILoggerFactory? loggers)
        {
            _parts = [client, loggers];
            _renewing = renewal?.RunAsync(_stopping.Token) ?? Task.CompletedTask;
        }

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            try { await _renewing; }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested) { } // its way out
            foreach (var part in _parts) part?.Dispose();
            _stopping.Dispose();
        }
    }
}
