// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace Heliograph.Yardstick.Pictures;

/// <summary>The pictures that can be drawn of a recording, by file name.</summary>
internal static class PictureBook
{
    private const int SharesAt = 5_000;

    private static readonly (string Figure, double Percent)[] Shares = [("firstMs", 0), ("p10Ms", 10), ("p25Ms", 25), ("p50Ms", 50), ("p75Ms", 75), ("p90Ms", 90), ("p99Ms", 99), ("lastMs", 100)];

    private static readonly (string Figure, string Title)[] StormFigures =
        [("cpuMillisPerClient", "server CPU per client, ms"), ("peakMib", "most resident memory of the server, MiB"), ("lastMs", "time until the last client is served, ms")];

    /// <summary>All of them for which there are runs.</summary>
    public static IEnumerable<(string Name, string Svg)> Draw(Recording recording)
    {
        if (recording.SubscribersOf("fanout").Count > 0)
        {
            yield return ("fanout-cpu.svg", OverSubscribers(recording, "cpuMicrosPerDelivery", "Fan-out of 1 KiB updates: CPU of the server per delivery", "CPU per delivery, µs").Draw());
            yield return ("fanout-last.svg", OverSubscribers(recording, "lastMs", "Fan-out of 1 KiB updates: time to the last subscriber", "from the send to the last, ms").Draw());
            yield return ("propagation.svg", Propagation(recording).Draw());
        }
        if (LatencyTable.Chart(recording) is { } latency) yield return ("latency.svg", latency.Draw());
        if (recording.SubscribersOf("storm").Count > 0) yield return ("storm.svg", Storm(recording).Draw());
    }

    private static LineChart OverSubscribers(Recording recording, string figure, string title, string unit)
    {
        var counts = recording.SubscribersOf("fanout");
        var lines = new List<(string, IReadOnlyList<ChartPoint>)>();
        foreach (var system in recording.SystemsOf("fanout"))
        {
            var points = new List<ChartPoint>();
            foreach (var count in counts)
                if (recording.Figure("fanout", system, count, figure) is { } range) points.Add(new ChartPoint(count, range.Median, range.Min, range.Max));
            if (points.Count > 0) lines.Add((system, points));
        }
        return new LineChart(title, "subscribers of one server", unit, lines, Footnote(recording, "fanout", counts[0]));
    }

    /// <summary>How many have an update after how long, at 5,000 subscribers or the nearest number that was measured.</summary>
    private static LineChart Propagation(Recording recording)
    {
        var count = recording.SubscribersOf("fanout").MinBy(subscribers => Math.Abs(subscribers - SharesAt));
        var lines = new List<(string, IReadOnlyList<ChartPoint>)>();
        foreach (var system in recording.SystemsOf("fanout"))
        {
            var points = new List<ChartPoint>();
            foreach (var (figure, percent) in Shares)
                if (recording.Figure("fanout", system, count, figure) is { } range) points.Add(new ChartPoint(range.Median, percent, percent, percent));
            if (points.Count > 0) lines.Add((system, points));
        }
        return new LineChart(string.Create(CultureInfo.InvariantCulture, $"One update of 1 KiB on its way to {count:#,0} subscribers"), "time since the send, ms", "subscribers that have it, %", lines, Footnote(recording, "fanout", count));
    }

    private static BarChart Storm(Recording recording)
    {
        var count = recording.SubscribersOf("storm")[^1];
        var panels = new List<(string, IReadOnlyList<(string, Comparison.Range)>)>();
        foreach (var (figure, title) in StormFigures)
        {
            var bars = new List<(string, Comparison.Range)>();
            foreach (var system in recording.SystemsOf("storm"))
                if (recording.Figure("storm", system, count, figure) is { } range) bars.Add((system, range));
            if (bars.Count > 0) panels.Add((title, bars));
        }
        return new BarChart(string.Create(CultureInfo.InvariantCulture, $"{count:#,0} cold clients at once, 1,000 settings of 256 bytes each"), panels, Footnote(recording, "storm", count));
    }

    private static string Footnote(Recording recording, string workload, int subscribers) =>
        $"median of {recording.PairsOf(workload, subscribers)} runs, minimum and maximum as lines; the machine: docs/performance.md";
}
