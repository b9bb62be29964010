// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;
using Heliograph.Platform.Trust;

namespace Heliograph.Cli.Trust;

/// <summary><c>helio trust rotate-head</c>: proposes the next root, with other head keys.</summary>
internal sealed class TrustRotateHeadCommand : Command
{
    private readonly Option<string> _trust = CeremonyFiles.Trust(), _out = CeremonyFiles.Out();
    private readonly Option<string[]> _add = new("--add") { HelpName = "FILE.pub", Description = "A head key that signs from then on. Again for each." };
    private readonly Option<string[]> _remove = new("--remove") { HelpName = "ID", Description = "A head key that signs no more: at once if it was stolen, one version after the new one otherwise. Again for each." };
    private readonly Option<int?> _expires = CeremonyFiles.ExpiresDays();

    public TrustRotateHeadCommand(Shell shell) : base("rotate-head", "Propose the next root: other head keys, or another expiry.")
    {
        foreach (var option in (Option[])[_trust, _out, _add, _remove, _expires]) Add(option);
        shell.Handle(this, (run, _) => Task.FromResult(Run(run)));
    }

    private ExitCode Run(Invocation run)
    {
        var path = run.Value(_trust)!;
        var roots = CeremonyFiles.Try(path, () => TrustFile.LoadTrust(path)).Roots;
        if (roots.Latest.RootKeys.Count == 0)
            throw new CommandException(ExitCode.Refused, "The realm was founded without root keys; give it some first.", path, "helio trust rotate-root --trust FILE --out FILE --root-key FILE.pub…");
        var next = CeremonyFiles.Next(roots, run.Value(_expires), run.Terminal.Time);
        foreach (var id in run.Value(_remove) ?? [])
        {
            if (next.HeadKeys.FirstOrDefault(key => key.KeyId == id) is not { } gone)
                throw new CommandException(ExitCode.Usage, $"Root version {roots.Version} has no head key '{id}'.", path, $"Its head keys: {string.Join(", ", roots.Latest.HeadKeys.Select(key => key.KeyId))}.");
            next.HeadKeys.Remove(gone);
        }
        next.HeadKeys.AddRange(CeremonyFiles.ReadKeys(run.Value(_add) ?? []));
        CeremonyFiles.Propose(run, run.Value(_out)!, next, roots);
        return ExitCode.Success;
    }
}
