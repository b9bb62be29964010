// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using Heliograph.Yardstick.Workloads;
using Range = Heliograph.Yardstick.Comparison.Range;

namespace Heliograph.Yardstick.Pictures;

/// <summary>The figures of a recording as Markdown, and their place in a document.</summary>
internal static class FiguresTable
{
    public const string Begin = "<!-- figures: written by ./bench record and ./bench plot, not by hand -->", End = "<!-- end of figures -->";

    /// <summary>Which systems are compared though neither is the first.</summary>
    private static readonly (string System, string Other)[] Besides = [("heliograph-grpc", "etcd")];

    /// <summary>The document with what lies between the marks written anew.</summary>
    /// <exception cref="InvalidDataException">It does not have each mark once, in order.</exception>
    public static string Into(string document, string figures)
    {
        var (begin, end) = (document.IndexOf(Begin, StringComparison.Ordinal), document.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 || end < begin || document.LastIndexOf(Begin, StringComparison.Ordinal) != begin || document.LastIndexOf(End, StringComparison.Ordinal) != end)
            throw new InvalidDataException($"The document must have the line '{Begin}' and below it '{End}', each once: between them the figures are written.");
        return $"{document[..(begin + Begin.Length)]}\n\n{figures.Trim()}\n\n{document[end..]}";
    }

    /// <summary>A table a workload and number of subscribers: medians with minimum and maximum, then ratios of neighbouring runs.</summary>
    public static string Write(Recording recording, IReadOnlyList<Workload> workloads)
    {
        var text = new StringBuilder();
        foreach (var machine in recording.Machines) text.Append(CultureInfo.InvariantCulture, $"Taken on: {machine}.\n\n");
        foreach (var workload in workloads.Where(workload => workload is not LatencyWorkload))
            foreach (var subscribers in recording.SubscribersOf(workload.Name))
                Write(text, recording, workload, subscribers);
        LatencyTable.Write(text, recording);
        if (recording.LeftOut > 0) text.Append(CultureInfo.InvariantCulture, $"{recording.LeftOut} runs were no result and are left out: their faults stand in the recordings.\n");
        return text.ToString();
    }

    private static void Write(StringBuilder text, Recording recording, Workload workload, int subscribers)
    {
        string[] systems = [.. recording.SystemsOf(workload.Name).Where(system => workload.Compared.Any(figure => recording.Figure(workload.Name, system, subscribers, figure) is not null))];
        string[] figures = [.. workload.Compared.Where(figure => systems.Any(system => recording.Figure(workload.Name, system, subscribers, figure) is not null))];
        text.Append(CultureInfo.InvariantCulture, $"**{workload.Name}**{(subscribers == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {subscribers:#,0} subscribers"))}, {recording.PairsOf(workload.Name, subscribers)} runs: median (minimum–maximum)\n\n");
        text.Append(CultureInfo.InvariantCulture, $"| system | {string.Join(" | ", figures.Select(figure => $"`{figure}`"))} |\n|---|{string.Concat(figures.Select(_ => "---|"))}\n");
        foreach (var system in systems) Row(system, figures.Select(figure => recording.Figure(workload.Name, system, subscribers, figure)));
        foreach (var (system, other) in Besides.Where(pair => systems.Skip(1).Contains(pair.System) && systems.Contains(pair.Other))) Row($"{system} / {other}", figures.Select(figure => recording.Ratio(workload.Name, system, other, subscribers, figure)));
        foreach (var other in systems.Skip(1)) Row($"{systems[0]} / {other}", figures.Select(figure => recording.Ratio(workload.Name, systems[0], other, subscribers, figure)));
        text.Append('\n');

        void Row(string name, IEnumerable<Range?> cells) => text.Append(CultureInfo.InvariantCulture, $"| {name} | {string.Join(" | ", cells.Select(Text))} |\n");
    }

    /// <summary>A cell of a table.</summary>
    internal static string Text(Range? range) => range is null ? "–" : Short(range.Min) == Short(range.Max) ? Short(range.Median) : $"{Short(range.Median)} ({Short(range.Min)}–{Short(range.Max)})";

    private static string Short(double value) => value.ToString(Math.Abs(value) >= 100 ? "#,0" : Math.Abs(value) >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
