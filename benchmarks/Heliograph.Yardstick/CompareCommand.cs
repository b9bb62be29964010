// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Yardstick.Comparison;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;
using Heliograph.Yardstick.Workloads;

namespace Heliograph.Yardstick;

/// <summary><c>./bench compare</c>: the same load against Heliograph, its peers and the bare epoll loop.</summary>
internal sealed class CompareCommand : RootCommand
{
    private const int DescriptorsBesides = 300;

    private static readonly string[] Names = [.. Workloads().Select(workload => workload.Name)];

    private readonly Option<string[]> _only = new("--only") { HelpName = "WORKLOAD", AllowMultipleArgumentsPerToken = true, Description = $"Which workloads: {string.Join(", ", Names)}. Default: all." };
    private readonly Option<int?> _subscribers = new("--subscribers") { HelpName = "N", Description = "Subscribers. Default: what the workload is defined with; latency with 1, 1,000 and 10,000, one after the other." };
    private readonly Option<string?> _systems = new("--systems") { HelpName = "A,B,…", Description = "Which systems; the first is compared with each of the others. Those that are not installed are left out, and named. Default: the workload's." };
    private readonly Option<int> _pairs = new("--pairs") { HelpName = "N", DefaultValueFactory = _ => 5, Description = "Runs of each system, in turns. Default: 5, the fewest for figures of record." };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line and system on standard output; talk goes to standard error." };
    private readonly Option<string?> _record = new("--record") { HelpName = "FILE", Description = "Append the machine and every run to this file, one JSON object a line." };
    private readonly Option<int?> _rate = new("--rate") { HelpName = "N", Description = "Changes a second. Default: 1,000 in sustained; in latency 1, 10, 100 and 1,000, one after the other." };
    private readonly Option<int> _keys = new("--keys") { HelpName = "N", DefaultValueFactory = _ => 256, Description = "Settings that the changes of latency go round over, 1 to 256. Default: 256." };
    private readonly Option<int> _stallSeconds = new("--stall-seconds") { HelpName = "N", DefaultValueFactory = _ => 60, Description = "How long readers stall. Default: 60." };
    private readonly Option<bool> _noReports = new("--no-reports") { Description = "Heliograph's subscribers do not report what they run. Not for figures of record." };
    private readonly Option<int> _reportMs = new("--report-interval") { HelpName = "MS", DefaultValueFactory = _ => 250, Description = "Least time between two reports of one subscriber. Default: the product's, 250." };
    private readonly Option<string[]> _environment = new("--relay-env") { HelpName = "NAME=VALUE", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [], Description = "Environment of Heliograph's relay; may be repeated." };

    private readonly Option<bool> _keepFiles = new("--keep-files") { Description = "Leave the logs and data of every run, and say where they are." };

    public CompareCommand() : base("Measures Heliograph and its peers under the same load, in turns, and prints ratios.")
    {
        foreach (var option in new Option[] { _only, _subscribers, _systems, _pairs, _json, _record, _rate, _keys, _stallSeconds, _noReports, _reportMs, _environment, _keepFiles }) Add(option);
        Add(new PlotCommand());
        Add(new RecordCommand());
        SetAction((result, cancellationToken) => Task.FromResult(Run(result, cancellationToken)));
    }

    /// <summary>Every workload as it is defined.</summary>
    internal static Workload[] Workloads() => Workloads(null, 60, 256);

    private static Workload[] Workloads(int? rate, int stallSeconds, int latencyKeys) =>
        [new FanOutWorkload(), new SustainedWorkload(rate ?? 1_000), new LatencyWorkload(rate, latencyKeys), new StormWorkload(), new AdmissionWorkload(), new DurableWorkload(), new StalledWorkload(stallSeconds), new TlsWorkload()];

    private int Run(ParseResult told, CancellationToken cancellationToken)
    {
        MeasuredSystem.KeepsFiles = told.GetValue(_keepFiles);
        var known = SystemChoice.All(new HeliographSettings
        {
            Reports = !told.GetValue(_noReports),
            ReportInterval = TimeSpan.FromMilliseconds(told.GetValue(_reportMs)),
            RelayEnvironment = told.GetValue(_environment)!.Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal),
        });
        var only = told.GetValue(_only) ?? [];
        if (only.FirstOrDefault(name => !Names.Contains(name)) is { } missing) return Refuse($"There is no workload '{missing}'. There are {string.Join(", ", Names)}.");
        if (told.GetValue(_keys) is < 1 or > 256) return Refuse("--keys is 1 to 256.");
        if (told.GetValue(_rate) is < 1 or > 10_000) return Refuse("--rate is 1 to 10,000.");
        var leftOut = new HashSet<string>(StringComparer.Ordinal);
        var isSound = true;
        var chosen = Workloads(told.GetValue(_rate), told.GetValue(_stallSeconds), told.GetValue(_keys)).Where(workload => only.Length == 0 || only.Contains(workload.Name));
        foreach (var (workload, subscribers) in chosen.SelectMany(workload => told.GetValue(_subscribers) is { } one ? [(workload, one)] : workload.SubscriberCounts.Select(count => (workload, count))))
        {
            if (subscribers + DescriptorsBesides > Libc.DescriptorsMax())
                return Refuse($"{subscribers} subscribers need {subscribers + DescriptorsBesides} descriptors in each process, and {Libc.DescriptorsMax()} are allowed. Raise the limit (ulimit -n, or nofile in limits.conf), or give --subscribers.");
            var names = (told.GetValue(_systems) ?? workload.SystemsByDefault).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (names.FirstOrDefault(name => !known.ContainsKey(name)) is { } unknown) return Refuse($"There is no system '{unknown}'. There are {string.Join(", ", known.Keys)}.");
            foreach (var name in names.Where(name => known[name].Missing is not null && leftOut.Add(name))) Console.Error.WriteLine($"left out: {name}: {known[name].Missing}");
            SystemChoice[] systems = [.. names.Where(name => known[name].Missing is null).Select(name => new SystemChoice(name, known[name].Make))];
            isSound &= Run(told, new Comparison.Comparison(workload, systems, subscribers, told.GetValue(_pairs)), cancellationToken);
        }
        return isSound ? 0 : 1;
    }

    private bool Run(ParseResult told, Comparison.Comparison comparison, CancellationToken cancellationToken)
    {
        var record = told.GetValue(_record);
        if (record is not null) File.AppendAllLines(record, [Report.Object(Machine.Describe())]);
        comparison.Execute(run =>
        {
            var line = Report.Object(run);
            if (record is not null) File.AppendAllLines(record, [line]);
            Console.Error.WriteLine($"{run.Workload} {run.System} pair {run.Pair}: {string.Join("  ", comparison.Workload.Compared.Where(run.Figures.Values.ContainsKey).Select(figure => FormattableString.Invariant($"{figure} {run.Figures[figure]:0.##}")))}{(run.Figures.Notes.Count > 0 ? $"  !! {run.Figures.Notes[0]}" : "")}");
        }, cancellationToken);
        if (told.GetValue(_json))
        {
            foreach (var line in Report.Objects(comparison)) Console.WriteLine(line);
            Report.Table(comparison, Console.Error);
        }
        else
        {
            Report.Table(comparison, Console.Out);
        }
        return comparison.Runs.All(run => run.Figures.Values.GetValueOrDefault("faults") == 0);
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine($"error: {why}");
        return 2;
    }
}
