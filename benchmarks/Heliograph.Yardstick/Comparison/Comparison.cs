// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Yardstick.Systems;
using Heliograph.Yardstick.Workloads;

namespace Heliograph.Yardstick.Comparison;

/// <summary>One run: which system, which pair, what it came to.</summary>
internal sealed record Run(string Workload, string System, int Subscribers, int Pair, Figures Figures);

/// <summary>Runs systems in turns, A B A B, so that what the machine does besides hits all of them; ratios are of neighbours.</summary>
internal sealed class Comparison(Workload workload, IReadOnlyList<SystemChoice> systems, int subscribers, int pairs)
{
    private readonly List<Run> _runs = [];

    public IReadOnlyList<Run> Runs => _runs;

    public Workload Workload => workload;

    public int Subscribers => subscribers;

    /// <summary>The systems that took part, in order.</summary>
    public IReadOnlyList<string> Systems => [.. systems.Select(system => system.Name).Where(name => _runs.Exists(run => run.System == name))];

    /// <summary>Runs everything; calls <paramref name="done"/> after each run.</summary>
    public void Execute(Action<Run> done, CancellationToken cancellationToken)
    {
        for (var pair = 1; pair <= pairs; pair++)
        {
            foreach (var choice in systems)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var began = Stopwatch.GetTimestamp();
                if (Measure(choice, isFirst: pair == 1) is not { } figures) continue;
                figures["runSeconds"] = Stopwatch.GetElapsedTime(began).TotalSeconds; // with its start and its end: what a sitting is planned with
                var run = new Run(workload.Name, choice.Name, subscribers, pair, figures);
                _runs.Add(run);
                done(run);
            }
        }
    }

    /// <summary>One run of a fresh system; <see langword="null"/> if it does not have what the workload needs.</summary>
    private Figures? Measure(SystemChoice choice, bool isFirst)
    {
        using var system = choice.Make();
        return workload.Fits(system) ? Measure(system, isFirst) : null;
    }

    /// <summary>One run. A system that cannot be measured is said to be so, and the others go on.</summary>
    private Figures Measure(MeasuredSystem system, bool isFirst)
    {
        try
        {
            return workload.Run(system, subscribers, isFirst);
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or HttpRequestException)
        {
            var figures = new Figures { ["faults"] = 1 };
            figures.Note(exception.Message);
            return figures;
        }
    }

    /// <summary>A figure of one system, over its runs.</summary>
    public Range? Figure(string system, string figure) => Range.Of(RunsOf(system).Select(run => run.Figures.Values.GetValueOrDefault(figure, double.NaN)));

    /// <summary>A figure of one system divided by the other's in the same pair.</summary>
    public Range? Ratio(string system, string other, string figure) => Range.Of(
        from run in RunsOf(system)
        from peer in RunsOf(other)
        where run.Pair == peer.Pair
        let divisor = peer.Figures.Values.GetValueOrDefault(figure, double.NaN)
        where divisor > 0
        select run.Figures.Values.GetValueOrDefault(figure, double.NaN) / divisor);

    /// <summary>All figures that any run of a system has.</summary>
    public IEnumerable<string> FiguresOf(string system) => RunsOf(system).SelectMany(run => run.Figures.Values.Keys).Distinct().Order(StringComparer.Ordinal);

    public IEnumerable<Run> RunsOf(string system) => _runs.Where(run => run.System == system);
}
