// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Trust;
using Heliograph.Platform.Trust;

namespace Heliograph.Cli.Recovery;

/// <summary><c>helio recover propose</c>: writes what the recovery keys are to sign. Changes nothing.</summary>
internal sealed class RecoverProposeCommand : Command
{
    private readonly RecoverOptions _options = new();
    private readonly Option<string> _reason = new("--reason") { Required = true, HelpName = "TEXT", Description = "Why, for whoever signs and for everyone who reads the log later: 1 to 512 characters." };
    private readonly Option<string[]> _highWater = new("--high-water") { HelpName = "FILE", DefaultValueFactory = _ => [], Description = "head.hw of another origin, where one is left: how far it signed. The one in --data counts by itself. May be repeated." };
    private readonly Option<string?> _seen = new("--seen") { HelpName = "REVISION", Description = "The furthest revision that anyone in the fleet was seen to hold, for the record." };
    private readonly Option<string> _out = CeremonyFiles.Out();

    public RecoverProposeCommand(Shell shell) : base("propose", "Read the log that is left, and propose that the realm goes on behind its end.")
    {
        _options.AddTo(this);
        foreach (var option in new Option[] { _reason, _highWater, _seen, _out }) Add(option);
        Validators.Add(result =>
        {
            if (result.GetValue(_seen) is { } seen && !Revision.TryParse(seen, out _)) result.AddError($"--seen is a revision as the fleet shows it, such as 1.512; not '{PrintableText.OneLine(seen, 40)}'.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var seen = run.Value(_seen) is { } text && Revision.TryParse(text, out var revision) ? revision : Revision.None;
        var path = run.Value(_out)!;
        if (File.Exists(path)) throw new CommandException(ExitCode.Refused, "It exists already, and is not overwritten.", path, "Give another --out.");
        var proposal = await _options.RunAsync(run, "Nothing was changed, and nothing proposed. Correct it, and run the same command again.",
            (recovery, progress) => recovery.ProposeAsync(run.Value(_reason)!, run.Value(_highWater)!, seen, progress, cancellationToken));
        var latest = proposal.Trust.Roots.Latest;
        var file = new ProposalFile(latest.Realm, null, proposal.Transition);
        CeremonyFiles.Try(path, () =>
        {
            file.Save(path, replace: false);
            return true;
        });
        CeremonyFiles.Show(run, path, file);
        run.Output.Say(proposal.Unproven ?? "The high-water marks that are here prove that this log is all that was ever signed: if that is why you do this, start the origin instead.");
        run.Output.Say($"Next: if nothing that has more is left anywhere, {latest.RecoveryThreshold} of the recovery keys {string.Join(", ", latest.RecoveryKeys.Select(key => key.KeyId))} sign it: helio trust sign {path} --key KEY. Then: helio recover apply {path} --data {_options.Directory(run)}");
        return ExitCode.Success;
    }
}
