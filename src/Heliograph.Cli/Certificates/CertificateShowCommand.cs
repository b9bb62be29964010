// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Cli.Terminal;
using Heliograph.Platform.Pki;

namespace Heliograph.Cli.Certificates;

/// <summary><c>helio certs show FILE</c>: whom a certificate names, and until when.</summary>
internal sealed class CertificateShowCommand : Command
{
    private readonly Argument<string> _file = new("FILE") { Description = "PEM file of a certificate." };

    public CertificateShowCommand(Shell shell) : base("show", "Show whom a certificate names and until when it is valid.")
    {
        Add(_file);
        shell.Handle(this, (run, _) => Task.FromResult(Run(run)));
    }

    private ExitCode Run(Invocation run)
    {
        var file = Path.GetFullPath(run.Value(_file));
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
            if (!RealmAuthority.TryRead(certificate, out var id, out var error)) throw new CommandException(ExitCode.Refused, $"This certificate names nobody of a realm: {error}.", file);
            var view = new CertificateView(id.ToString(), file, null, certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
            run.Output.Result(view, CertificateJson.Default.CertificateView, it => run.Output.Line($"{it.Identity}, valid from {it.ValidFrom:yyyy-MM-dd HH:mm}Z until {it.ValidUntil:yyyy-MM-dd HH:mm}Z."));
            return ExitCode.Success;
        }
        catch (Exception exception) when (exception is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.NotFound, "The file cannot be read as a certificate.", file);
        }
    }
}
