// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Security;
using System.Text;

namespace Heliograph.Yardstick.Pictures;

/// <summary>A drawing in the making. It has a ground of its own and two sets of colours, so that it is readable on light and on dark pages.</summary>
internal sealed class Svg
{
    private static readonly (string System, string Light, string Dark)[] Colours =
    [
        ("heliograph", "#c2410c", "#fb923c"), ("limit", "#6b7280", "#9ca3af"), ("redis", "#be185d", "#f472b6"), ("nats", "#047857", "#34d399"),
        ("nats-kv", "#0e7490", "#22d3ee"), ("etcd", "#1d4ed8", "#60a5fa"), ("heliograph-grpc", "#7c3aed", "#a78bfa"),
    ];

    private readonly StringBuilder _text = new();
    private readonly int _width, _height;

    public Svg(int width, int height, string title)
    {
        (_width, _height) = (width, height);
        Line($"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">""");
        Line($"<title>{Escaped(title)}</title>");
        Line("<style>");
        Line(Style(isDark: false));
        Line($"@media (prefers-color-scheme: dark) {{{Environment.NewLine}{Style(isDark: true)}{Environment.NewLine}}}");
        Line("text { font: 12px system-ui, sans-serif } .title { font-size: 15px; font-weight: 600 } .small { font-size: 10px }");
        Line("</style>");
        Line($"""<rect class="ground" width="{width}" height="{height}"/>""");
    }

    /// <summary>The class that colours a system; its TLS variant has the same.</summary>
    public static string ClassOf(string system)
    {
        var name = system.EndsWith("-tls", StringComparison.Ordinal) ? system[..^4] : system;
        var index = Array.FindIndex(Colours, colour => colour.System == name);
        return $"s{(index < 0 ? Colours.Length : index)}";
    }

    /// <summary>Writes text. <paramref name="anchor"/>: <c>start</c>, <c>middle</c> or <c>end</c>.</summary>
    public void Text(double x, double y, string text, string anchor = "start", string kind = "", bool isUpright = false)
    {
        var turned = isUpright ? $" transform=\"rotate(-90 {Number(x)} {Number(y)})\"" : "";
        Line($"""<text x="{Number(x)}" y="{Number(y)}" text-anchor="{anchor}" class="{(kind.Length == 0 ? "ink" : kind + " ink")}"{turned}>{Escaped(text)}</text>""");
    }

    public void Rule(double x1, double y1, double x2, double y2, string kind) =>
        Line($"""<line x1="{Number(x1)}" y1="{Number(y1)}" x2="{Number(x2)}" y2="{Number(y2)}" class="{kind}"/>""");

    public void Path(IEnumerable<(double X, double Y)> points, string kind) =>
        Line($"""<polyline points="{string.Join(' ', points.Select(point => $"{Number(point.X)},{Number(point.Y)}"))}" class="line {kind}"/>""");

    public void Dot(double x, double y, string kind) => Line($"""<circle cx="{Number(x)}" cy="{Number(y)}" r="3.5" class="dot {kind}"/>""");

    public void Bar(double x, double y, double width, double height, string kind) =>
        Line($"""<rect x="{Number(x)}" y="{Number(y)}" width="{Number(width)}" height="{Number(height)}" class="dot {kind}"/>""");

    /// <summary>The finished drawing.</summary>
    public override string ToString() => $"{_text}</svg>{Environment.NewLine}";

    private void Line(string line) => _text.AppendLine(line);

    private static string Style(bool isDark)
    {
        var (ground, ink, faint) = isDark ? ("#0d1117", "#e6edf3", "#30363d") : ("#ffffff", "#1f2328", "#d1d9e0");
        var style = new StringBuilder($".ground {{ fill: {ground} }} .ink {{ fill: {ink} }} .axis {{ stroke: {ink} }} .grid {{ stroke: {faint} }} .line {{ fill: none; stroke-width: 2 }}");
        var all = Colours.Select(colour => isDark ? colour.Dark : colour.Light).Append(ink).ToList();
        for (var i = 0; i < all.Count; i++) style.Append(CultureInfo.InvariantCulture, $" .s{i} {{ stroke: {all[i]} }} .dot.s{i} {{ fill: {all[i]} }}");
        return style.ToString();
    }

    private static string Number(double value) => Math.Round(value, 1).ToString(CultureInfo.InvariantCulture);

    private static string Escaped(string text) => SecurityElement.Escape(text);
}
