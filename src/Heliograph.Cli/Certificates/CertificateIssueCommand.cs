// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Cli.Terminal;
using Heliograph.Platform.Pki;

namespace Heliograph.Cli.Certificates;

/// <summary><c>helio certs issue origin/o1</c>: a certificate and its key for one identity of the realm.</summary>
internal sealed class CertificateIssueCommand : Command
{
    private readonly Argument<string> _identity = new("IDENTITY") { Description = "origin/ID, relay/REGION/ID, agent/HOST or app/NAMESPACE/NAME." };
    private readonly Option<string> _directory = CertificateCommands.AuthorityDirectory();
    private readonly Option<string> _out = new("--out") { HelpName = "DIRECTORY", DefaultValueFactory = _ => ".", Description = "Where to write NAME.pem and NAME-key.pem, NAME being the identity's last part. Default: here." };
    private readonly Option<string[]> _dns = new("--dns") { HelpName = "NAME", DefaultValueFactory = _ => [], Description = "Host name by which a server is reached; may be repeated." };
    private readonly Option<string[]> _addresses = new("--ip") { HelpName = "ADDRESS", DefaultValueFactory = _ => [], Description = "IP address by which a server is reached; may be repeated." };
    private readonly Option<int> _days = new("--days") { HelpName = "DAYS", DefaultValueFactory = _ => (int)CertificateAuthority.DefaultLife.TotalDays, Description = "How long it is valid, 1 to 825. Default: 90." };

    public CertificateIssueCommand(Shell shell) : base("issue", "Issue a certificate for an origin, a relay, an agent or an application.")
    {
        Add(_identity);
        Add(_directory);
        Add(_out);
        Add(_dns);
        Add(_addresses);
        Add(_days);
        Validators.Add(result =>
        {
            if (result.ValueOrDefault(_days) is < 1 or > 825) result.AddError("--days is 1 to 825.");
            foreach (var address in result.GetValue(_addresses) ?? [])
                if (!IPAddress.TryParse(address, out _)) result.AddError($"'{PrintableText.OneLine(address, 100)}' is no IP address.");
        });
        shell.Handle(this, (run, _) => Task.FromResult(Run(run)));
    }

    private ExitCode Run(Invocation run)
    {
        var directory = Path.GetFullPath(run.Value(_directory)!);
        try
        {
            using var authority = Load(directory);
            if (!SpiffeId.TryParse($"spiffe://{authority.Realm}/{run.Value(_identity)}", out var id, out var error)) throw new CommandException(ExitCode.Usage, error, next: "Write origin/ID, relay/REGION/ID, agent/HOST or app/NAMESPACE/NAME.");
            using var certificate = authority.Issue(id, run.Value(_dns), run.Value(_addresses)!.Select(IPAddress.Parse), TimeSpan.FromDays(run.Value(_days)));
            var (file, key) = CertificateFiles.Save(certificate, Path.GetFullPath(run.Value(_out)!), id.Name);
            var view = new CertificateView(id.ToString(), file, key, certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
            run.Output.Result(view, CertificateJson.Default.CertificateView, it => run.Output.Line($"{it.Identity}: {it.File}, {it.Key}, valid until {it.ValidUntil:yyyy-MM-dd}."));
            return ExitCode.Success;
        }
        catch (Exception exception) when (exception is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failure, exception.Message, directory, "Is this the directory that 'helio certs init' wrote, and is its key yours alone?");
        }
    }

    private static CertificateAuthority Load(string directory)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(directory, CertificateAuthority.CertificateFile));
        return CertificateAuthority.Load(CertificateAuthority.RealmOf(certificate), directory, TimeProvider.System);
    }
}
