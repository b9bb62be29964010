// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json.Serialization;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Drills;

/// <summary><c>helio drill NAME</c>: plays a disaster on a scratch deployment of real processes, and says whether the recovery works.</summary>
internal sealed class DrillCommand : Command
{
    private static readonly Drill[] s_drills = [RestoreDrill.Whole, RestoreDrill.OldBackupWithArchive, RestoreDrill.ArchiveAlone, RecoverDrill.TotalLoss, RecoverDrill.OldBackupAlone];

    private readonly Argument<string> _name = new("name") { Description = $"One of {string.Join(", ", s_drills.Select(drill => drill.Name))}; or list." };

    public DrillCommand(Shell shell) : base("drill", "Rehearse a disaster on a scratch deployment on this machine; nothing else is touched.")
    {
        _name.AcceptOnlyFromAmong(["list", .. s_drills.Select(drill => drill.Name)]);
        Add(_name);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        if (run.Value(_name) == "list")
        {
            run.Output.Table(["DRILL", "WHAT IT SHOWS"], s_drills.Select(drill => (IReadOnlyList<string>)[drill.Name, drill.Shows]));
            return ExitCode.Success;
        }
        var drill = s_drills.Single(each => each.Name == run.Value(_name));
        var (began, steps) = (run.Terminal.Time.GetTimestamp(), new List<string>());
        string? failure = null;
        try
        {
            await using var stage = new DrillStage(run.Terminal);
            await drill.RunAsync(stage, Step, cancellationToken);
        }
        catch (Exception exception) when (exception is DrillFailedException or IOException or HttpRequestException or TimeoutException)
        {
            failure = exception.Message;
        }
        var seconds = Math.Round(run.Terminal.Time.GetElapsedTime(began).TotalSeconds, 1);
        run.Output.Result(new DrillView(drill.Name, failure is null, steps, failure, seconds), DrillJson.Default.DrillView, it =>
            run.Output.Line(it.Passed ? FormattableString.Invariant($"PASSED: drill {it.Drill}, {it.Steps.Count} steps in {it.Seconds} s") : $"FAILED: drill {it.Drill}, after \"{(it.Steps.Count == 0 ? "nothing" : it.Steps[^1])}\": {it.Failure}"));
        return failure is null ? ExitCode.Success : ExitCode.Failure;

        void Step(string what)
        {
            steps.Add(what);
            if (!run.Output.IsForPrograms) run.Output.Line($"  {what}");
        }
    }
}

/// <summary>A disaster, what is done about it, and what must hold then.</summary>
/// <param name="Name">As the command names it.</param>
/// <param name="Shows">What its success means.</param>
/// <param name="RunAsync">Plays it; throws <see cref="DrillFailedException"/> where something does not hold. Told each step as it is reached.</param>
internal sealed record Drill(string Name, string Shows, Func<DrillStage, Action<string>, CancellationToken, Task> RunAsync);

/// <summary>The verdict.</summary>
internal sealed record DrillView(string Drill, bool Passed, IReadOnlyList<string> Steps, string? Failure, double Seconds);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DrillView))]
internal sealed partial class DrillJson : JsonSerializerContext;
