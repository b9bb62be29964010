// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using Heliograph.Yardstick.Comparison;
using Heliograph.Yardstick.Pictures;

namespace Heliograph.Yardstick;

/// <summary><c>./bench record</c>: takes the runs that the pictures and the table of docs/performance.md need, draws and writes them.</summary>
internal sealed class RecordCommand : Command
{
    private const string WithGrpc = "heliograph,limit,redis,nats,nats-kv,etcd,heliograph-grpc";

    /// <summary>What is run, with how many subscribers, with which systems: without them the workload's own.</summary>
    private static readonly (string Workload, int Subscribers, string? Systems)[] Runs =
    [
        ("fanout", 1_000, null), ("fanout", 5_000, WithGrpc), ("fanout", 10_000, null), ("fanout", 19_000, null), ("sustained", 1_000, WithGrpc), ("latency", 1, null), ("latency", 1_000, null), ("latency", 10_000, null),
        ("storm", 5_000, WithGrpc), ("admission", 5_000, null), ("stalled", 1_000, null), ("durable", 0, null), ("tls", 5_000, null),
    ];

    private readonly Option<int> _pairs = new("--pairs") { HelpName = "N", DefaultValueFactory = _ => 5, Description = "Runs of each system, in turns. Default: 5, the fewest for figures of record." };
    private readonly Option<string[]> _only = new("--only") { HelpName = "WORKLOAD", AllowMultipleArgumentsPerToken = true, Description = "Take only these anew; the others stay as they were recorded. Default: all." };
    private readonly Option<int[]> _subscribers = new("--subscribers") { HelpName = "N", AllowMultipleArgumentsPerToken = true, Description = $"Take only the runs with so many: {string.Join(", ", Runs.Select(run => run.Subscribers).Distinct().Order())}. Default: all." };
    private readonly Option<string?> _systems = new("--systems") { HelpName = "A,B,…", Description = "Take only these systems anew, in turns with each other; the runs of others stay as they were recorded. Default: all." };
    private readonly Option<string> _results = new("--results") { HelpName = "DIRECTORY", DefaultValueFactory = _ => Path.Combine(SystemChoice.Repository(), "benchmarks", "results"), Description = "Where recordings are. Default: benchmarks/results." };
    private readonly Option<string> _images = new("--images") { HelpName = "DIRECTORY", DefaultValueFactory = _ => Path.Combine(SystemChoice.Repository(), "docs", "images"), Description = "Where the pictures go. Default: docs/images." };
    private readonly Option<string> _document = new("--document") { HelpName = "FILE", DefaultValueFactory = _ => Path.Combine(SystemChoice.Repository(), "docs", "performance.md"), Description = "Whose figures are written anew. Default: docs/performance.md." };

    public RecordCommand() : base("record", "Takes the figures of record, draws the pictures and writes the table. On a machine that does nothing else.")
    {
        foreach (var option in new Option[] { _pairs, _only, _subscribers, _systems, _results, _images, _document }) Add(option);
        SetAction((result, cancellationToken) => RunAsync(result, cancellationToken));
    }

    /// <summary>The arguments of each comparison, with the name of its recording.</summary>
    internal static IEnumerable<(string Name, string[] Arguments)> Plan(int pairs, IReadOnlyCollection<string> only, IReadOnlyCollection<int>? counts = null, string? systems = null)
    {
        foreach (var (workload, subscribers, usual) in Runs)
        {
            if (only.Count > 0 && !only.Contains(workload)) continue;
            if (counts is { Count: > 0 } && !counts.Contains(subscribers)) continue;
            var isOneOfSeveral = Runs.Count(run => run.Workload == workload) > 1;
            string[] chosen = (systems ?? usual) is { } names ? ["--systems", names] : [];
            yield return (isOneOfSeveral ? $"{workload}-{subscribers}.jsonl" : $"{workload}.jsonl",
                ["--only", workload, "--subscribers", subscribers.ToString(CultureInfo.InvariantCulture), .. chosen, "--pairs", pairs.ToString(CultureInfo.InvariantCulture)]);
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
        var systems = told.GetValue(_systems);
        var plan = Plan(told.GetValue(_pairs), only, told.GetValue(_subscribers), systems).ToList();
        if (plan.Count == 0)
        {
            await Console.Error.WriteLineAsync($"error: there is no run with so many subscribers. There are {string.Join(", ", Runs.Where(run => only.Length == 0 || only.Contains(run.Workload)).Select(run => $"{run.Workload} with {run.Subscribers}"))}.");
            return 2;
        }
        Directory.CreateDirectory(results);
        var isSound = true;
        foreach (var (name, arguments) in plan)
        {
            var (file, part) = (Path.Combine(results, name), Path.Combine(results, name + ".part"));
            File.Delete(part); // of a sitting that was broken off
            var exit = await new CompareCommand().Parse([.. arguments, "--record", part]).InvokeAsync(cancellationToken: cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            if (exit > 1) return exit; // refused: nothing was run
            isSound &= exit == 0;
            if (!File.Exists(part)) continue; // nothing of it could be measured here
            if (systems is not null && File.Exists(file)) File.WriteAllLines(part, RecordedLines.Merge([.. File.ReadLines(file)], [.. File.ReadLines(part)]));
            File.Move(part, file, overwrite: true); // whole, or what was there before
        }
        string[] recordings = [.. Plan(1, []).Select(run => Path.Combine(results, run.Name)).Where(File.Exists).Order(StringComparer.Ordinal)]; // others lie there too
        var exitOfPlot = PlotCommand.Run(recordings, told.GetValue(_images)!, told.GetValue(_document)!);
        return exitOfPlot != 0 ? exitOfPlot : isSound ? 0 : 1;
    }
}
