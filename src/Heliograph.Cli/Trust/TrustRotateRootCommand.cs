// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;
using Heliograph.Platform.Trust;

namespace Heliograph.Cli.Trust;

/// <summary><c>helio trust rotate-root</c>: proposes the next root, with other root or recovery keys. What is not named stays.</summary>
internal sealed class TrustRotateRootCommand : Command
{
    private readonly Option<string> _trust = CeremonyFiles.Trust(), _out = CeremonyFiles.Out();
    private readonly Option<string[]> _rootKey = new("--root-key") { HelpName = "FILE.pub", Description = "The root keys from then on, in place of those before. Again for each." };
    private readonly Option<int?> _threshold = new("--threshold") { HelpName = "K", Description = "How many of them sign the next root. Default: as before; 1 where there were none." };
    private readonly Option<string[]> _recoveryKey = new("--recovery-key") { HelpName = "FILE.pub", Description = "The recovery keys from then on, in place of those before. Again for each." };
    private readonly Option<int?> _recoveryThreshold = new("--recovery-threshold") { HelpName = "K", Description = "How many of them sign the end of an epoch. Default: as before; 1 where there were none." };
    private readonly Option<int?> _expires = CeremonyFiles.ExpiresDays();

    public TrustRotateRootCommand(Shell shell) : base("rotate-root", "Propose the next root: other root or recovery keys, thresholds, expiry.")
    {
        foreach (var option in (Option[])[_trust, _out, _rootKey, _threshold, _recoveryKey, _recoveryThreshold, _expires]) Add(option);
        shell.Handle(this, (run, _) => Task.FromResult(Run(run)));
    }

    private ExitCode Run(Invocation run)
    {
        var path = run.Value(_trust)!;
        var roots = CeremonyFiles.Try(path, () => TrustFile.LoadTrust(path)).Roots;
        var next = CeremonyFiles.Next(roots, run.Value(_expires), run.Terminal.Time);
        if (run.Value(_rootKey) is { Length: > 0 } rootKeys) CeremonyFiles.Replace(next.RootKeys, CeremonyFiles.ReadKeys(rootKeys));
        if (run.Value(_recoveryKey) is { Length: > 0 } recoveryKeys) CeremonyFiles.Replace(next.RecoveryKeys, CeremonyFiles.ReadKeys(recoveryKeys));
        if (next.RootKeys.Count == 0) throw new CommandException(ExitCode.Usage, "The realm has no root keys yet; give it some.", path, "helio trust key FILE makes one; --root-key FILE.pub names it.");
        next.RootThreshold = (uint)(run.Value(_threshold) ?? (int)Math.Max(1, next.RootThreshold));
        next.RecoveryThreshold = next.RecoveryKeys.Count == 0 ? 0 : (uint)(run.Value(_recoveryThreshold) ?? (int)Math.Max(1, next.RecoveryThreshold));
        CeremonyFiles.Propose(run, run.Value(_out)!, next, roots);
        return ExitCode.Success;
    }
}
