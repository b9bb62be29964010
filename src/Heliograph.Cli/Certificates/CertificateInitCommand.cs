// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json.Serialization;
using Heliograph.Cli.Terminal;
using Heliograph.Platform.Pki;

namespace Heliograph.Cli.Certificates;

/// <summary><c>helio certs init REALM</c>: makes the authority. Its key stays where it was made.</summary>
internal sealed class CertificateInitCommand : Command
{
    private readonly Argument<string> _realm = new("REALM") { Description = "Name of the realm, as the origin was given it." };
    private readonly Option<string> _directory = CertificateCommands.AuthorityDirectory();

    public CertificateInitCommand(Shell shell) : base("init", "Make the realm's certificate authority: ca.pem for everyone, ca-key.pem for nobody.")
    {
        Add(_realm);
        Add(_directory);
        shell.Handle(this, (run, _) => Task.FromResult(Run(run)));
    }

    private ExitCode Run(Invocation run)
    {
        var (realm, directory) = (run.Value(_realm), Path.GetFullPath(run.Value(_directory)!));
        if (RealmName.Fault(realm) is { } fault) throw new CommandException(ExitCode.Usage, fault);
        if (File.Exists(Path.Combine(directory, CertificateAuthority.KeyFile)))
            throw new CommandException(ExitCode.Refused, "There is an authority already; a second one would make every certificate of the first worthless.", directory, "Give another --dir, or use the one that is there.");
        using var authority = CertificateAuthority.Create(realm, TimeProvider.System);
        authority.Save(directory);
        var made = new AuthorityView(realm, Path.Combine(directory, CertificateAuthority.CertificateFile), Path.Combine(directory, CertificateAuthority.KeyFile));
        run.Output.Result(made, CertificateJson.Default.AuthorityView, view =>
        {
            run.Output.Line($"Authority of realm {view.Realm}: {view.Certificate} (give it to everyone), {view.Key} (keep it here).");
            run.Output.Say("Next: helio certs issue origin/o1 --ip 127.0.0.1");
        });
        return ExitCode.Success;
    }
}

/// <summary>An authority that was made.</summary>
internal sealed record AuthorityView(string Realm, string Certificate, string Key);

/// <summary>A certificate that was issued or looked at.</summary>
internal sealed record CertificateView(string Identity, string File, string? Key, DateTimeOffset ValidFrom, DateTimeOffset ValidUntil);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuthorityView))]
[JsonSerializable(typeof(CertificateView))]
internal sealed partial class CertificateJson : JsonSerializerContext;
