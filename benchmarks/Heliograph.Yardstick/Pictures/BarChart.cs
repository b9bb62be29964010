// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Yardstick.Pictures;

/// <summary>Bars of one figure, one a system; several figures below each other.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="Panels">Figures with their units, and what each system came to: median, minimum, maximum.</param>
/// <param name="Footnote">How many runs, on what.</param>
internal sealed record BarChart(string Title, IReadOnlyList<(string Title, IReadOnlyList<(string System, Comparison.Range Value)> Bars)> Panels, string Footnote)
{
    private const int Width = 760, Left = 130, Right = 170, Top = 46, BarHeight = 16, BarStep = 22, PanelGap = 66;

    public string Draw()
    {
        var height = Top + Panels.Sum(panel => panel.Bars.Count * BarStep + PanelGap) + 20;
        var svg = new Svg(Width, height, Title);
        svg.Text(20, 26, Title, kind: "title");
        double at = Top;
        foreach (var (title, bars) in Panels)
        {
            Draw(svg, at, title, bars);
            at += bars.Count * BarStep + PanelGap;
        }
        svg.Text(20, height - 10, Footnote, kind: "small");
        return svg.ToString();
    }

    private static void Draw(Svg svg, double top, string title, IReadOnlyList<(string System, Comparison.Range Value)> bars)
    {
        var x = new Axis(bars.Max(bar => bar.Value.Max), Left, Width - Right);
        var bottom = top + bars.Count * BarStep + 6;
        foreach (var tick in x.Ticks)
        {
            svg.Rule(x.At(tick), top, x.At(tick), bottom, tick == 0 ? "axis" : "grid");
            svg.Text(x.At(tick), bottom + 14, Axis.Label(tick), "middle");
        }
        for (var i = 0; i < bars.Count; i++)
        {
            var (y, kind, value) = (top + 4 + i * BarStep, Svg.ClassOf(bars[i].System), bars[i].Value);
            svg.Text(Left - 8, y + 12, bars[i].System, "end");
            svg.Bar(Left, y, Math.Max(1, x.At(value.Median) - Left), BarHeight, kind);
            if (value.Max > value.Min) svg.Rule(x.At(value.Min), y + BarHeight / 2.0, x.At(value.Max), y + BarHeight / 2.0, "axis");
            svg.Text(x.At(value.Max) + 8, y + 12, Axis.Label(Math.Round(value.Median, value.Median >= 10 ? 1 : 2)));
        }
        svg.Text((Left + Width - Right) / 2.0, bottom + 32, title, "middle");
    }
}
