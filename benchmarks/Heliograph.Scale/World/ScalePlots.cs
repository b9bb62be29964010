// SPDX-License-Identifier: Apache-2.0
using Heliograph.Planning;
using Heliograph.Scale.Plots;

namespace Heliograph.Scale.World;

/// <summary>Draws the world.</summary>
internal static class ScalePlots
{
    private const int Shown = 200;

    public static void Write(ScaleFigures figures, string directory)
    {
        Directory.CreateDirectory(directory);
        Save(directory, "scale-propagation.svg", new SvgChart($"Commit to applied, {figures.World.Agents:N0} agents in {figures.World.Shape.Regions.Count} regions", "milliseconds, by factors of ten", "share of activations, %")
        {
            IsLogarithmic = true,
            Series = [Distribution("a small change to everyone", figures.Emergency.Applied), Distribution("the workload", figures.Workload.Applied), Distribution("wide windows", figures.Wide.Applied), Distribution("and more relays", figures.Many.Applied)],
        });
        Save(directory, "scale-regions.svg", new SvgChart("A small change to everyone, by region", "milliseconds", "share of activations, %")
        {
            Series = [.. figures.World.Shape.Regions.Take(5).Select((region, i) => Distribution(region.Name, figures.Emergency.AppliedByRegion[i]))],
        });
        Save(directory, "scale-storm.svg", Storm($"Every connection breaks: {figures.Storm.Agents:N0} agents come back", figures.Storm, 10));
        Save(directory, "scale-region-lost.svg", Storm($"A region's relays are gone: {figures.RegionLost.Agents:N0} agents go elsewhere", figures.RegionLost, 60));
    }

    private static SvgChart Storm(string title, ReconnectResult storm, int seconds) => new(title, "seconds after the outage", "agents in a second")
    {
        Series = [Series.Of("connections tried", Rate(storm.AttemptsPerSecond, seconds)), Series.Of("agents that follow again", Rate(storm.PerSecond, seconds))],
    };

    private static IEnumerable<(double X, double Y)> Rate(IReadOnlyList<int> perSecond, int seconds) => perSecond.Take(seconds).Select((count, second) => (second + 0.5, (double)count));

    private static Series Distribution(string name, TimeHistogram times) => Series.Of(name, Enumerable.Range(0, Shown + 1).Select(i => (times.Quantile(Math.Min(0.9995, i / (double)Shown)) * 1_000, 100.0 * i / Shown)));

    private static void Save(string directory, string name, SvgChart chart) => File.WriteAllText(Path.Combine(directory, name), chart.ToSvg());
}
