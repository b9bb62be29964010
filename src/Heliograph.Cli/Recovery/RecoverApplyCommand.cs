// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json.Serialization;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Trust;
using Heliograph.Platform.Trust;

namespace Heliograph.Cli.Recovery;

/// <summary><c>helio recover apply FILE</c>: lets the log go on in the epoch that was signed.</summary>
internal sealed class RecoverApplyCommand : Command
{
    private readonly Argument<string> _file = new("FILE") { Description = "The proposal, with the signatures of as many recovery keys as must sign." };
    private readonly RecoverOptions _options = new();

    public RecoverApplyCommand(Shell shell) : base("apply", "Let the log go on in the epoch of a signed proposal. Interrupted anywhere, run it again.")
    {
        Add(_file);
        _options.AddTo(this);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var path = run.Value(_file);
        var proposal = CeremonyFiles.Try(path, () => ProposalFile.Load(path));
        if (proposal.Transition is not { } transition) throw new CommandException(ExitCode.Usage, "It proposes a root, not the end of an epoch.", path, "helio trust add takes it.");
        var report = await _options.RunAsync(run, "No origin starts on what is half done. Correct it, and run the same command again: it goes on.",
            (recovery, progress) => recovery.ApplyAsync(transition, progress, cancellationToken));
        run.Output.Result(new RecoverView(report.Revision.Epoch, report.Revision.ToString(), report.Base.ToString(), report.TrustFile, report.WasThere), RecoverJson.Default.RecoverView, it =>
        {
            run.Output.Line($"Epoch {it.Epoch} begins at {it.Revision}, behind {it.Base}: read back and found whole.");
            run.Output.Say($"Next: helio origin --data {_options.Directory(run)} …; the realm's other origins, and whoever is set up from now on, get {it.Trust}. Then take a new backup.");
        });
        return ExitCode.Success;
    }
}

/// <summary>An epoch that has begun.</summary>
internal sealed record RecoverView(int Epoch, string Revision, string Base, string Trust, bool WasThere);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RecoverView))]
internal sealed partial class RecoverJson : JsonSerializerContext;
