// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using Heliograph.Yardstick.Comparison;

namespace Heliograph.Yardstick;

/// <summary><c>./bench record</c>: takes the runs that the pictures and the table of docs/performance.md need, draws and writes them.</summary>
internal sealed class RecordCommand : Command
{
    private static readonly (string Workload, int? Subscribers)[] Runs =
        [("fanout", 1_000), ("fanout", 5_000), ("fanout", 10_000), ("fanout", 19_000), ("sustained", null), ("storm", null), ("stalled", null), ("durable", null), ("tls", null)];

    private readonly Option<int> _pairs = new("--pairs") { HelpName = "N", DefaultValueFactory = _ => 5, Description = "Runs of each system, in turns. Default: 5, the fewest for figures of record." };
    private readonly Option<string[]> _only = new("--only") { HelpName = "WORKLOAD", AllowMultipleArgumentsPerToken = true, Description = "Take only these anew; the others stay as they were recorded. Default: all." };
    private readonly Option<string> _results = new("--results") { HelpName = "DIRECTORY", DefaultValueFactory = _ => Path.Combine(SystemChoice.Repository(), "benchmarks", "results"), Description = "Where recordings are. Default: benchmarks/results." };
    private readonly Option<string> _images = new("--images") { HelpName = "DIRECTORY", DefaultValueFactory = _ => Path.Combine(SystemChoice.Repository(), "docs", "images"), Description = "Where the pictures go. Default: docs/images." };
    private readonly Option<string> _document = new("--document") { HelpName = "FILE", DefaultValueFactory = _ => Path.Combine(SystemChoice.Repository(), "docs", "performance.md"), Description = "Whose figures are written anew. Default: docs/performance.md." };

    public RecordCommand() : base("record", "Takes the figures of record, draws the pictures and writes the table. On a machine that does nothing else.")
    {
        foreach (var option in new Option[] { _pairs, _only, _results, _images, _document }) Add(option);
        SetAction((result, cancellationToken) => RunAsync(result, cancellationToken));
    }

    /// <summary>The arguments of each comparison, with the name of its recording.</summary>
    internal static IEnumerable<(string Name, string[] Arguments)> Plan(int pairs, IReadOnlyCollection<string> only)
    {
        foreach (var (workload, subscribers) in Runs)
        {
            if (only.Count > 0 && !only.Contains(workload)) continue;
            string[] many = subscribers is { } count ? ["--subscribers", count.ToString(CultureInfo.InvariantCulture)] : [];
            yield return (subscribers is null ? $"{workload}.jsonl" : $"{workload}-{subscribers}.jsonl", ["--only", workload, .. many, "--pairs", pairs.ToString(CultureInfo.InvariantCulture)]);
        }
    }

    private async Task<int> RunAsync(ParseResult told, CancellationToken cancellationToken)
    {
        var (results, only) = (told.GetValue(_results)!, told.GetValue(_only) ?? []);
        if (only.FirstOrDefault(name => !Runs.Any(run => run.Workload == name)) is { } unknown)
        {
            await Console.Error.WriteLineAsync($"error: no figures of record are taken of '{unknown}'. There are {string.Join(", ", Runs.Select(run => run.Workload).Distinct())}.");
            return 2;
        }
        Directory.CreateDirectory(results);
        var isSound = true;
        foreach (var (name, arguments) in Plan(told.GetValue(_pairs), only))
        {
            var (file, part) = (Path.Combine(results, name), Path.Combine(results, name + ".part"));
            File.Delete(part); // of a sitting that was broken off
            var exit = await new CompareCommand().Parse([.. arguments, "--record", part]).InvokeAsync(cancellationToken: cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            if (exit > 1) return exit; // refused: nothing was run
            isSound &= exit == 0;
            File.Move(part, file, overwrite: true); // whole, or what was there before
        }
        string[] recordings = [.. Plan(1, []).Select(run => Path.Combine(results, run.Name)).Where(File.Exists).Order(StringComparer.Ordinal)]; // others lie there too
        var exitOfPlot = PlotCommand.Run(recordings, told.GetValue(_images)!, told.GetValue(_document)!);
        return exitOfPlot != 0 ? exitOfPlot : isSound ? 0 : 1;
    }
}
