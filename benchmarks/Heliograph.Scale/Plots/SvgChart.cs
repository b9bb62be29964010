// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Text;

namespace Heliograph.Scale.Plots;

/// <summary>One line of a chart.</summary>
internal sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points)
{
    public static Series Of(string name, IEnumerable<(double X, double Y)> points) => new(name, [.. points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))]);
}

/// <summary>A line chart as SVG text: the same figures give the same bytes, so that a change of a picture is a change of what it shows.</summary>
internal sealed class SvgChart(string title, string xLabel, string yLabel)
{
    private const int Width = 720, Height = 360, Left = 70, Right = 20, Top = 40, Bottom = 50, Ticks = 6, LegendWidth = 190, LegendLine = 16;

    private static readonly string[] Colours = ["#0b62a4", "#d1495b", "#2e8b57", "#b8860b", "#6a4c93", "#444444"]; // told apart also by who sees few colours, in this order

    public required IReadOnlyList<Series> Series { get; init; }

    /// <summary>Whether X grows by factors of ten.</summary>
    public bool IsLogarithmic { get; init; }

    public string ToSvg()
    {
        var points = Series.SelectMany(series => series.Points).ToList();
        var (xMin, xMax) = Bounds(points.Select(point => Scaled(point.X)));
        var yMax = Nice(points.Select(point => point.Y).DefaultIfEmpty(1).Max());
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>\n<text x=\"{Left}\" y=\"22\" font-size=\"15\" fill=\"#222222\">{Text(title)}</text>\n");
        for (var tick = 0; tick <= Ticks; tick++)
        {
            var y = yMax * tick / Ticks;
            var x = xMin + (xMax - xMin) * tick / Ticks;
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Row(y):0.0}\" y2=\"{Row(y):0.0}\" stroke=\"#dddddd\"/>\n<text x=\"{Left - 6}\" y=\"{Row(y) + 4:0.0}\" text-anchor=\"end\" fill=\"#444444\">{Short(y)}</text>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Column(x):0.0}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\" fill=\"#444444\">{Short(IsLogarithmic ? Math.Pow(10, x) : x)}</text>\n");
        }
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 12}\" text-anchor=\"middle\" fill=\"#222222\">{Text(xLabel)}</text>\n<text transform=\"translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\" fill=\"#222222\">{Text(yLabel)}</text>\n");
        for (var i = 0; i < Series.Count; i++)
        {
            var colour = Colours[i % Colours.Length];
            svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\" points=\"{string.Join(' ', Series[i].Points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{Column(Scaled(point.X)):0.0},{Row(point.Y):0.0}")))}\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width - Right - LegendWidth}\" y=\"{Top + 6 + i * LegendLine}\" fill=\"{colour}\">{Text(Series[i].Name)}</text>\n");
        }
        return svg.Append("</svg>\n").ToString();

        double Column(double x) => Left + (x - xMin) / (xMax - xMin) * (Width - Left - Right);
        double Row(double y) => Height - Bottom - y / yMax * (Height - Top - Bottom);
    }

    private double Scaled(double x) => IsLogarithmic ? Math.Log10(Math.Max(x, 1e-3)) : x;

    private (double Min, double Max) Bounds(IEnumerable<double> values)
    {
        double[] all = [.. values];
        if (all.Length == 0) return (0, 1);
        var (min, max) = IsLogarithmic ? (Math.Floor(all.Min()), Math.Ceiling(all.Max())) : (Math.Min(0, all.Min()), Nice(all.Max()));
        return max > min ? (min, max) : (min, min + 1);
    }

    /// <summary>The next number above that divides well into the chart's lines.</summary>
    private static double Nice(double value)
    {
        if (value <= 0) return 1;
        var unit = Math.Pow(10, Math.Floor(Math.Log10(value / Ticks)));
        foreach (var step in new[] { 1.0, 2, 2.5, 5, 10 })
            if (step * unit * Ticks >= value) return step * unit * Ticks;
        return value;
    }

    private static string Short(double value) => value.ToString(Math.Abs(value) >= 10_000 ? "0.##e0" : Math.Abs(value) >= 100 || value == 0 ? "0" : "0.##", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
