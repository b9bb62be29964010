// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary><c>helio watch NS</c>: changes as they are committed, for as long as one looks. Resumes by itself after a broken connection.</summary>
internal sealed class WatchCommand : Command
{
    private static readonly TimeSpan s_pauseMax = TimeSpan.FromSeconds(10);

    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Option<string?> _after = Inputs.AtRevision("--after", "Only what comes after this revision. Default: what stands, then every change.");
    private readonly Option<int?> _limit = new("--limit", "-n") { HelpName = "COUNT", Description = "End after so many events. Default: never." };

    public WatchCommand(Shell shell) : base("watch", "Print changes as they are committed; with -o json, one JSON object a line.")
    {
        Add(_namespace);
        Add(_after);
        Add(_limit);
        Validators.Add(result =>
        {
            if (result.GetValue(_limit) is < 1) result.AddError("--limit must be 1 or more.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var (after, left, pause) = (run.Value(_after), run.Value(_limit) ?? int.MaxValue, TimeSpan.FromMilliseconds(250));
        try
        {
            while (true)
            {
                try
                {
                    await foreach (var item in api.WatchOnceAsync(run.Value(_namespace), after, cancellationToken))
                    {
                        after = item.Id ?? after;
                        pause = TimeSpan.FromMilliseconds(250);
                        Write(run.Output, item);
                        if (item.Kind == "deleted" || --left == 0) return ExitCode.Success;
                    }
                }
                catch (Exception exception) when (exception is IOException or CommandException { Code: ExitCode.Unreachable })
                {
                    run.Output.Say($"Lost the origin: {PrintableText.OneLine(exception.Message, 200)} Trying again in {pause.TotalSeconds:0.#} s.");
                }
                await Task.Delay(pause * (0.5 + run.Terminal.Random.NextDouble()), run.Terminal.Time, cancellationToken);
                pause = pause * 2 < s_pauseMax ? pause * 2 : s_pauseMax;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Success; // this is how a watch ends
        }
    }

    private static void Write(Output output, WatchEvent item)
    {
        if (output.IsForPrograms)
        {
            using var data = item.Data.Length == 0 ? null : JsonDocument.Parse(item.Data);
            output.StreamItem(new WatchLine(item.Kind, item.Id, data?.RootElement), ApiJson.Plain.WatchLine);
            return;
        }
        switch (item.Kind)
        {
            case "change" when JsonSerializer.Deserialize(item.Data, ApiJson.Default.WatchChange) is { } change:
                output.Line($"{change.Revision}: {ChangeReport.Counts(change.Changes)}");
                ChangeReport.Diff(output, change.Changes);
                break;
            case "snapshot" when JsonSerializer.Deserialize(item.Data, ApiJson.Default.WatchSnapshot) is { } snapshot:
                output.Line($"{snapshot.Revision}: {snapshot.Settings.Count} settings stand");
                break;
            case "deleted":
                output.Line("The namespace was deleted.");
                break;
            default:
                output.Say($"An event '{PrintableText.OneLine(item.Kind, 40)}' that this program does not know.");
                break;
        }
    }
}
