// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using Heliograph.Yardstick.Workloads;
using Range = Heliograph.Yardstick.Comparison.Range;

namespace Heliograph.Yardstick.Pictures;

/// <summary>The figures of <see cref="LatencyWorkload"/>: a row a number of subscribers and a rate. Its other systems are none: only Heliograph is measured with it.</summary>
internal static class LatencyTable
{
    private const string Workload = "latency", System = "heliograph";

    private static readonly string[] Figures = ["p50Ms", "p99Ms", "maxMs", "sentP50Ms", "sentP99Ms", "sentMaxMs", "carriedShare", "relayCpuPercent"];

    /// <summary>One table for all of it.</summary>
    public static void Write(StringBuilder text, Recording recording)
    {
        if (recording.SubscribersOf(Workload).Count == 0) return;
        text.Append(CultureInfo.InvariantCulture, $"**{Workload}**, {recording.PairsOf(Workload, recording.SubscribersOf(Workload)[^1])} runs: median (minimum–maximum); from the commit, then from the send\n\n");
        text.Append(CultureInfo.InvariantCulture, $"| subscribers | changes a second | {string.Join(" | ", Figures.Select(figure => $"`{figure}`"))} |\n|---|---|{string.Concat(Figures.Select(_ => "---|"))}\n");
        foreach (var (subscribers, rate) in Cells(recording))
            text.Append(CultureInfo.InvariantCulture, $"| {subscribers:#,0} | {rate:#,0} | {string.Join(" | ", Figures.Select(figure => FiguresTable.Text(FigureOf(recording, subscribers, rate, figure))))} |\n");
        text.Append('\n');
    }

    /// <summary>A panel a number of subscribers, a bar a rate; <see langword="null"/> if there are no runs.</summary>
    public static BarChart? Chart(Recording recording)
    {
        var counts = recording.SubscribersOf(Workload);
        if (counts.Count == 0) return null;
        var panels = counts.Select(subscribers => (string.Create(CultureInfo.InvariantCulture, $"p99 from the commit until it is applied, ms: {subscribers:#,0} subscribers"), Bars(subscribers)));
        return new BarChart("Changes of 1 KiB on their way through origin and relay, at steady rates", [.. panels], $"median of {recording.PairsOf(Workload, counts[^1])} runs, minimum and maximum as lines; the machine: docs/performance.md");

        IReadOnlyList<(string, Range)> Bars(int subscribers) =>
            [.. Cells(recording).Where(cell => cell.Subscribers == subscribers).Select(cell => (string.Create(CultureInfo.InvariantCulture, $"{cell.Rate:#,0} a second"), FigureOf(recording, subscribers, cell.Rate, "p99Ms")!))];
    }

    private static IEnumerable<(int Subscribers, int Rate)> Cells(Recording recording) =>
        from subscribers in recording.SubscribersOf(Workload)
        from rate in LatencyWorkload.Rates
        where FigureOf(recording, subscribers, rate, "p99Ms") is not null
        select (subscribers, rate);

    private static Range? FigureOf(Recording recording, int subscribers, int rate, string figure) => recording.Figure(Workload, System, subscribers, LatencyWorkload.FigureOf(figure, rate));
}
