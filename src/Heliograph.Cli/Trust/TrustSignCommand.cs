// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;
using Heliograph.Platform.Trust;

namespace Heliograph.Cli.Trust;

/// <summary><c>helio trust sign FILE --key KEY</c>: adds a signature to a proposal. Needs the proposal and the key, and nothing else: no network, no trust file.</summary>
internal sealed class TrustSignCommand : Command
{
    private readonly Argument<string> _file = new("FILE") { Description = "The proposal: of a root, or of the end of an epoch. The signature is added to it." };
    private readonly Option<string> _key = new("--key") { Required = true, HelpName = "FILE", Description = "Private half of a root or recovery key, or of a head key where the realm has no root keys yet." };
    private readonly Option<string?> _passphrase = CeremonyFiles.Passphrase();

    public TrustSignCommand(Shell shell) : base("sign", "Sign a proposal with one key. Read what it says first: helio trust show FILE.")
    {
        Add(_file);
        Add(_key);
        Add(_passphrase);
        shell.Handle(this, (run, _) => Task.FromResult(Run(run)));
    }

    private ExitCode Run(Invocation run)
    {
        var (path, keyPath) = (run.Value(_file), run.Value(_key)!);
        var passphrase = CeremonyFiles.ReadPassphrase(run.Value(_passphrase));
        var proposal = CeremonyFiles.Try(path, () => ProposalFile.Load(path));
        using var key = CeremonyFiles.Try(keyPath, () => RoleKeyFile.Open(keyPath, passphrase));
        var signed = proposal.SignedBy(key);
        CeremonyFiles.Try(path, () =>
        {
            signed.Save(path, replace: true);
            return true;
        });
        CeremonyFiles.Show(run, path, signed);
        return ExitCode.Success;
    }
}
