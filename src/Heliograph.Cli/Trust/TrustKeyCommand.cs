// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;
using Heliograph.Platform.Trust;

namespace Heliograph.Cli.Trust;

/// <summary><c>helio trust key FILE</c>: makes a key for any role, on the machine where it is to stay.</summary>
internal sealed class TrustKeyCommand : Command
{
    private readonly Argument<string> _file = new("FILE") { Description = "Where to write the private half; the public half goes beside it, with the ending .pub." };
    private readonly Option<string?> _passphrase = CeremonyFiles.Passphrase();

    public TrustKeyCommand(Shell shell) : base("key", "Make a key: the private half stays here, FILE.pub goes to the ceremony.")
    {
        Add(_file);
        Add(_passphrase);
        shell.Handle(this, (run, _) => Task.FromResult(Run(run)));
    }

    private ExitCode Run(Invocation run)
    {
        var path = run.Value(_file);
        var passphrase = CeremonyFiles.ReadPassphrase(run.Value(_passphrase));
        var key = CeremonyFiles.Try(path, () => RoleKeyFile.Create(path, passphrase));
        run.Output.Result(new KeyMadeView(key.KeyId, path, path + RoleKeyFile.PublicSuffix), CeremonyJson.Default.KeyMadeView,
            made => run.Output.Line($"Key {made.Id}: {made.Private} (keep it here), {made.Public} (give it to the ceremony)."));
        return ExitCode.Success;
    }
}
