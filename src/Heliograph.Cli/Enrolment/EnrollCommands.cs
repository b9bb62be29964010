// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Net;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;
using Heliograph.Hosting.Certificates;
using Heliograph.Platform.Pki;

namespace Heliograph.Cli.Enrolment;

/// <summary><c>helio enroll …</c>: how a node comes by its first certificate.</summary>
internal sealed class EnrollCommands : Command
{
    public EnrollCommands(Shell shell) : base("enroll", "Let a node into the realm: make a token for it, or use one.")
    {
        Add(new EnrollTokenCommand(shell));
        Add(new EnrollUseCommand(shell));
    }
}

/// <summary><c>helio enroll token IDENTITY</c>: a token that is good once, for ten minutes, for that identity.</summary>
internal sealed class EnrollTokenCommand : Command
{
    private readonly Argument<string> _identity = new("identity") { Description = "Whom it enrols: relay/REGION/ID, agent/HOST or origin/ID." };
    private readonly Option<string[]> _dns = new("--dns") { HelpName = "NAME", DefaultValueFactory = _ => [], Description = "Host name by which a server is reached; may be repeated." };
    private readonly Option<string[]> _addresses = new("--ip") { HelpName = "ADDRESS", DefaultValueFactory = _ => [], Description = "IP address by which a server is reached; may be repeated." };

    public EnrollTokenCommand(Shell shell) : base("token", "Make an enrolment token and print it, once.")
    {
        Add(_identity);
        Add(_dns);
        Add(_addresses);
        Validators.Add(result =>
        {
            foreach (var address in result.GetValue(_addresses) ?? [])
                if (!IPAddress.TryParse(address, out _)) result.AddError($"'{PrintableText.OneLine(address, 100)}' is no IP address.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var made = await api.CreateEnrolmentTokenAsync(run.Value(_identity), run.Value(_dns)!, run.Value(_addresses)!, cancellationToken);
        run.Output.Result(made, ApiJson.Plain.CreatedEnrolment, it => run.Output.Line(it.Token));
        run.Output.Say($"Good once, for {made.Identity}, until {made.ExpiresAt:u}. Use it there: --enroll of 'helio relay' or 'helio agent', or 'helio enroll use'.");
        return ExitCode.Success;
    }
}

/// <summary><c>helio enroll use TOKEN</c>: gets the certificate, with a key that never leaves this machine.</summary>
internal sealed class EnrollUseCommand : Command
{
    private readonly Argument<string> _token = new("token") { Description = "The enrolment token; @FILE reads it from a file." };
    private readonly Option<string> _out = new("--out") { HelpName = "DIRECTORY", DefaultValueFactory = _ => ".", Description = "Where to write node.pem and node-key.pem. Default: here." };

    public EnrollUseCommand(Shell shell) : base("use", "Use an enrolment token: get a certificate.")
    {
        Add(_token);
        Add(_out);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var (certificate, key) = NodeFiles.In(Path.GetFullPath(run.Value(_out)!));
        var until = await NodeFiles.EnrolAsync(run.Connection().Server, run.AuthorityFile, run.Value(_token), certificate, key, cancellationToken);
        run.Output.Line($"{certificate}, {key}, valid until {until:u}.");
        return ExitCode.Success;
    }
}

/// <summary>A node's certificate and key, where nothing else is said.</summary>
internal static class NodeFiles
{
    /// <summary>The two files in a directory.</summary>
    public static (string Certificate, string Key) In(string directory) => (Path.Combine(directory, "node.pem"), Path.Combine(directory, "node-key.pem"));

    /// <summary>Gets the first certificate and writes it.</summary>
    /// <exception cref="CommandException">It was refused, or a file cannot be read or written.</exception>
    public static async Task<DateTimeOffset> EnrolAsync(Uri server, string? authorityFile, string token, string certificatePath, string keyPath, CancellationToken cancellationToken)
    {
        try
        {
            if (token.StartsWith('@')) token = await File.ReadAllTextAsync(token[1..], cancellationToken);
            using var client = new EnrolmentClient(server, AuthorityOf(authorityFile), () => null, TimeProvider.System);
            using var certificate = await client.EnrolAsync(token, cancellationToken);
            CertificateRenewal.Save(certificate, certificatePath, keyPath);
            return certificate.NotAfter.ToUniversalTime();
        }
        catch (Exception fault) when (fault is IOException or ArgumentException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new CommandException(ExitCode.Failure, $"Not enrolled: {fault.Message}", server.ToString(), "A token is good once and for ten minutes: make another one with 'helio enroll token'.");
        }
    }

    /// <summary>The realm's authority in a file, which names its realm itself.</summary>
    public static RealmAuthority? AuthorityOf(string? file)
    {
        if (file is null) return null;
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(file);
        return RealmAuthority.Load(CertificateAuthority.RealmOf(certificate), file);
    }
}
