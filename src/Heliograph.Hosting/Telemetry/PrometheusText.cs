// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Heliograph.Hosting.Telemetry;

/// <summary>Writes what OpenTelemetry has gathered as Prometheus reads it: text format 0.0.4.</summary>
/// <remarks>The exporter of the same purpose is a prerelease, and listens to every meter of the process; this one writes what its own node's provider gathers.</remarks>
internal sealed class PrometheusText : BaseExporter<Metric>
{
    /// <summary>The type of the answer.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>What was gathered last.</summary>
    public string Text { get; private set; } = "";

    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Metric> batch)
    {
        _text.Clear();
        foreach (var metric in batch) Write(metric);
        Text = _text.ToString();
        return ExportResult.Success;
    }

    private void Write(Metric metric)
    {
        var isCounter = metric.MetricType is MetricType.LongSum or MetricType.DoubleSum;
        var name = PrometheusNames.Of(metric.Name, metric.Unit, isCounter);
        _text.Append("# HELP ").Append(name).Append(' ').Append(metric.Description.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(metric.MetricType == MetricType.Histogram ? "histogram" : isCounter ? "counter" : "gauge").Append('\n');
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            if (metric.MetricType == MetricType.Histogram) WriteHistogram(name, in point);
            else Sample(name, "", in point, null, ValueOf(metric.MetricType, in point));
        }
    }

    private void WriteHistogram(string name, in MetricPoint point)
    {
        var below = 0L;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            below += bucket.BucketCount;
            Sample(name, "_bucket", in point, bucket.ExplicitBound, below);
        }
        Sample(name, "_sum", in point, null, point.GetHistogramSum());
        Sample(name, "_count", in point, null, point.GetHistogramCount());
    }

    private static double ValueOf(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        MetricType.DoubleGauge => point.GetGaugeLastValueDouble(),
        _ => throw new NotSupportedException($"Nothing here makes metrics of type {type}."),
    };

    private void Sample(string name, string suffix, in MetricPoint point, double? bound, double value)
    {
        _text.Append(name).Append(suffix);
        var separator = '{';
        foreach (var (key, content) in point.Tags) Label(PrometheusNames.Label(key), Convert.ToString(content, CultureInfo.InvariantCulture) ?? "", ref separator);
        if (bound is { } at) Label("le", Number(at), ref separator);
        if (separator == ',') _text.Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    private void Label(string name, string value, ref char separator)
    {
        _text.Append(separator).Append(name).Append("=\"");
        foreach (var character in value) _ = character switch
        {
            '\\' => _text.Append("\\\\"),
            '"' => _text.Append("\\\""),
            '\n' => _text.Append("\\n"),
            _ => _text.Append(character),
        };
        _text.Append('"');
        separator = ',';
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : double.IsNaN(value) ? "NaN" : value.ToString("R", CultureInfo.InvariantCulture);
}
