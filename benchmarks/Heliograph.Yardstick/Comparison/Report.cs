// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;

namespace Heliograph.Yardstick.Comparison;

/// <summary>What a comparison came to: tables for people, objects for programs.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Medians with minimum and maximum, then the first system's ratio to each of the others, pair by pair.</summary>
    public static void Table(Comparison comparison, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine($"{comparison.Workload.Name}, {comparison.Subscribers} subscribers: median (min–max)");
        Row(output, "system", comparison.Workload.Compared);
        foreach (var system in comparison.Systems)
            Row(output, system, comparison.Workload.Compared.Select(figure => Text(comparison.Figure(system, figure))));
        if (comparison.Systems.Count < 2) return;
        var subject = comparison.Systems[0];
        foreach (var other in comparison.Systems.Skip(1))
            Row(output, $"{subject} / {other}", comparison.Workload.Compared.Select(figure => Text(comparison.Ratio(subject, other, figure))));
        foreach (var run in comparison.Runs.Where(run => run.Figures.Values.GetValueOrDefault("faults") > 0))
            output.WriteLine($"  not a result: {run.System}, pair {run.Pair}, {run.Figures["faults"]} faults: {string.Join("; ", run.Figures.Notes.Take(3))}");
    }

    /// <summary>One object a system: medians under the figures' names, then ranges, ratios and the pairs.</summary>
    public static IEnumerable<string> Objects(Comparison comparison)
    {
        foreach (var system in comparison.Systems)
        {
            var summary = new Dictionary<string, object?> { ["workload"] = comparison.Workload.Name, ["system"] = system, ["subscribers"] = comparison.Subscribers, ["pairs"] = comparison.RunsOf(system).Count() };
            foreach (var figure in new[] { "cpuMicrosPerDelivery", "kibPerSubscriber", "lastMs", "p99Ms" }.Concat(comparison.FiguresOf(system)).Distinct()) summary[figure] = Rounded(comparison.Figure(system, figure)?.Median);
            summary["range"] = comparison.FiguresOf(system).ToDictionary(figure => figure, figure => Rounded(comparison.Figure(system, figure)));
            if (system != comparison.Systems[0])
                summary[$"{comparison.Systems[0]}Ratio"] = comparison.Workload.Compared.ToDictionary(figure => figure, figure => Rounded(comparison.Ratio(comparison.Systems[0], system, figure)));
            summary["notes"] = comparison.RunsOf(system).SelectMany(run => run.Figures.Notes).Distinct().ToList();
            yield return JsonSerializer.Serialize(summary, Json);
        }
    }

    /// <summary>One run as an object.</summary>
    public static string Object(Run run)
    {
        var values = new Dictionary<string, object?> { ["workload"] = run.Workload, ["system"] = run.System, ["subscribers"] = run.Subscribers, ["pair"] = run.Pair };
        foreach (var (name, value) in run.Figures.Values) values[name] = Rounded(value);
        values["notes"] = run.Figures.Notes;
        return JsonSerializer.Serialize(values, Json);
    }

    /// <summary>The machine as an object.</summary>
    public static string Object(Machine machine) => JsonSerializer.Serialize(new Dictionary<string, object> { ["machine"] = machine }, Json);

    private static void Row(TextWriter output, string name, IEnumerable<string> cells) =>
        output.WriteLine($"  {name,-26}{string.Concat(cells.Select(cell => cell.PadLeft(26)))}");

    private static string Text(Range? range) => range is null ? "–" : range.Min == range.Max ? Short(range.Median) : $"{Short(range.Median)} ({Short(range.Min)}–{Short(range.Max)})";

    private static string Short(double value) => value.ToString(Math.Abs(value) >= 1_000 ? "F0" : Math.Abs(value) >= 10 ? "F1" : "F2", CultureInfo.InvariantCulture);

    private static double? Rounded(double? value) => value is { } number && double.IsFinite(number) ? Math.Round(number, 4) : null;

    private static double?[]? Rounded(Range? range) => range is null ? null : [Rounded(range.Min), Rounded(range.Median), Rounded(range.Max)];
}
