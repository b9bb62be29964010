// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Yardstick.Pictures;

/// <summary>A point of a line, with what it came to at least and at most.</summary>
internal readonly record struct ChartPoint(double X, double Y, double Min, double Max);

/// <summary>Lines over a common axis, one a system.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="XTitle">What lies along, with its unit.</param>
/// <param name="YTitle">What stands upright, with its unit.</param>
/// <param name="Lines">Systems and their points, in order of x.</param>
/// <param name="Footnote">How many runs, on what.</param>
internal sealed record LineChart(string Title, string XTitle, string YTitle, IReadOnlyList<(string System, IReadOnlyList<ChartPoint> Points)> Lines, string Footnote)
{
    private const int Width = 760, Height = 440, Left = 70, Right = 150, Top = 46, Bottom = 74, LegendStep = 20;

    public string Draw()
    {
        var svg = new Svg(Width, Height, Title);
        var (bottom, right) = (Height - Bottom, Width - Right);
        var x = new Axis(Lines.SelectMany(line => line.Points).Max(point => point.X), Left, right);
        var y = new Axis(Lines.SelectMany(line => line.Points).Max(point => point.Max), bottom, Top);
        svg.Text(Left, 26, Title, kind: "title");
        foreach (var tick in y.Ticks)
        {
            svg.Rule(Left, y.At(tick), right, y.At(tick), tick == 0 ? "axis" : "grid");
            svg.Text(Left - 8, y.At(tick) + 4, Axis.Label(tick), "end");
        }
        foreach (var tick in x.Ticks)
        {
            svg.Rule(x.At(tick), bottom, x.At(tick), bottom + 5, "axis");
            svg.Text(x.At(tick), bottom + 19, Axis.Label(tick), "middle");
        }
        svg.Rule(Left, Top, Left, bottom, "axis");
        svg.Text((Left + right) / 2.0, bottom + 40, XTitle, "middle");
        svg.Text(18, (Top + bottom) / 2.0, YTitle, "middle", isUpright: true);
        for (var i = 0; i < Lines.Count; i++) Draw(svg, x, y, Lines[i].System, Lines[i].Points, right + 14, Top + 10 + i * LegendStep);
        svg.Text(Left, Height - 10, Footnote, kind: "small");
        return svg.ToString();
    }

    private static void Draw(Svg svg, Axis x, Axis y, string system, IReadOnlyList<ChartPoint> points, double legendX, double legendY)
    {
        var kind = Svg.ClassOf(system);
        svg.Path(points.Select(point => (x.At(point.X), y.At(point.Y))), kind);
        foreach (var point in points)
        {
            if (point.Max > point.Min) svg.Rule(x.At(point.X), y.At(point.Min), x.At(point.X), y.At(point.Max), kind);
            svg.Dot(x.At(point.X), y.At(point.Y), kind);
        }
        svg.Dot(legendX, legendY, kind);
        svg.Text(legendX + 10, legendY + 4, system);
    }
}
