// SPDX-License-Identifier: Apache-2.0
using Heliograph.Scale.Plots;

namespace Heliograph.Scale.Tree;

/// <summary>Draws what a run of the tree came to.</summary>
internal static class TreePlots
{
    private const double Bucket = 0.25, ShownSeconds = 20;

    public static void Write(TreeFigures figures, string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (var (kill, name) in new[] { (figures.Middle, "middle"), (figures.Lower, "zone") })
        {
            var chart = new SvgChart($"Connections after {kill.Relay} was killed", "seconds after the kill", $"new connections in {Bucket} s")
            {
                Series = [Series.Of("clients", Rates(kill.Again.Clients)), Series.Of("relays", Rates(kill.Again.Relays))],
            };
            File.WriteAllText(Path.Combine(directory, $"tree-reconnects-{name}.svg"), chart.ToSvg());
        }
        var spread = new SvgChart($"Commit to applied, {figures.Plan.Clients} clients on one machine", "milliseconds", "share of deliveries, %")
        {
            Series = [Series.Of($"{figures.Few.Instances} instances", Distribution(figures.Few)), Series.Of($"{figures.All.Instances} instances", Distribution(figures.All))],
        };
        File.WriteAllText(Path.Combine(directory, "tree-propagation.svg"), spread.ToSvg());
    }

    private static IEnumerable<(double X, double Y)> Distribution(TreePhase phase) => phase.ClientPercentiles.Select((milliseconds, percent) => (milliseconds, (double)percent));

    private static IEnumerable<(double X, double Y)> Rates(IReadOnlyList<double> seconds) =>
        Enumerable.Range(0, (int)(ShownSeconds / Bucket)).Select(bucket => (bucket * Bucket, (double)seconds.Count(at => at >= bucket * Bucket && at < (bucket + 1) * Bucket)));
}
