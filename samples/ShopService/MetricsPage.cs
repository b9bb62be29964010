// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.Hosting;

namespace Heliograph.Samples.ShopService;

/// <summary>The client's metrics for Prometheus, at a port of loopback: what an application's OpenTelemetry does by itself, shown without it.</summary>
internal sealed class MetricsPage(int port) : BackgroundService
{
    private readonly HttpListener _web = new();
    private readonly MeterListener _metrics = new();
    private readonly SortedDictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly Lock _sync = new();

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _metrics.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Heliograph.Client") listener.EnableMeasurementEvents(instrument);
        };
        _metrics.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Set(instrument, value, tags));
        _metrics.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Set(instrument, value, tags));
        _metrics.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Set(instrument, value, tags));
        _metrics.Start();
        _web.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
        _web.Start();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ending = stoppingToken.Register(_web.Abort);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var request = await _web.GetContextAsync();
                request.Response.ContentType = "text/plain; version=0.0.4";
                await using var body = request.Response.OutputStream;
                await body.WriteAsync(Encoding.UTF8.GetBytes(Text()), stoppingToken);
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or IOException)
            {
                // A reader that has gone, or the end: the loop looks.
            }
        }
    }

    private string Text()
    {
        _metrics.RecordObservableInstruments();
        lock (_sync) return string.Concat(_values.Select(series => string.Create(CultureInfo.InvariantCulture, $"{series.Key} {series.Value:R}\n")));
    }

    private void Set(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = instrument.Name.Replace('.', '_') + (instrument.Unit == "s" && !instrument.Name.EndsWith("seconds", StringComparison.Ordinal) ? "_seconds" : "");
        var labels = tags.Length == 0 ? "" : $"{{{string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}=\"{tag.Value}\""))}}}";
        lock (_sync)
        {
            if (instrument is Histogram<double> histogram) Spread(name, histogram, value);
            else _values[(instrument is ObservableCounter<long> ? name + "_total" : name) + labels] = value;
        }
    }

    private void Spread(string name, Histogram<double> histogram, double value)
    {
        foreach (var bound in (histogram.Advice?.HistogramBucketBoundaries ?? []).Append(double.PositiveInfinity))
        {
            var key = $"{name}_bucket{{le=\"{(double.IsPositiveInfinity(bound) ? "+Inf" : bound.ToString(CultureInfo.InvariantCulture))}\"}}";
            _values[key] = _values.GetValueOrDefault(key) + (value <= bound ? 1 : 0);
        }
        _values[$"{name}_sum"] = _values.GetValueOrDefault($"{name}_sum") + value;
        _values[$"{name}_count"] = _values.GetValueOrDefault($"{name}_count") + 1;
    }

    public override void Dispose()
    {
        _metrics.Dispose();
        ((IDisposable)_web).Dispose();
        base.Dispose();
    }
}
