// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.Metrics;

namespace Heliograph.Hosting.Telemetry;

/// <summary>What kind of number an instrument gives.</summary>
public enum InstrumentKind
{
    /// <summary>Only grows; begins anew with the process.</summary>
    Counter,

    /// <summary>How many there are now; sums over processes mean something.</summary>
    UpDownCounter,

    /// <summary>How it is now.</summary>
    Gauge,

    /// <summary>How measurements are spread.</summary>
    Histogram,
}

/// <summary>An instrument as the reference has it (docs/reference/metrics.md).</summary>
/// <param name="Name">OpenTelemetry's name.</param>
/// <param name="Unit">UCUM; empty for what is 0 or 1.</param>
/// <param name="Kind">What kind of number it is.</param>
/// <param name="Tiers">Who has it: some of <c>origin relay agent client</c>.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Attributes">The names of its attributes, with blanks between; empty for none.</param>
public sealed record InstrumentDescription(string Name, string Unit, InstrumentKind Kind, string Tiers, string Description, string Attributes = "")
{
    /// <summary>Boundaries of its buckets, ascending; empty unless it is a histogram.</summary>
    public IReadOnlyList<double> Buckets { get; init; } = [];

    /// <summary>Its name in Prometheus, without the suffixes of a histogram's series.</summary>
    public string PrometheusName => PrometheusNames.Of(Name, Unit, Kind == InstrumentKind.Counter);

    /// <summary>An instrument of whole numbers that are read when someone collects.</summary>
    public void Observe(Meter meter, Func<long> read)
    {
        if (Kind == InstrumentKind.Counter) meter.CreateObservableCounter(Name, read, Unit, Description);
        else if (Kind == InstrumentKind.UpDownCounter) meter.CreateObservableUpDownCounter(Name, read, Unit, Description);
        else meter.CreateObservableGauge(Name, read, Unit, Description);
    }

    /// <summary>The same with attributes.</summary>
    public void Observe(Meter meter, Func<IEnumerable<Measurement<long>>> read)
    {
        if (Kind == InstrumentKind.Counter) meter.CreateObservableCounter(Name, read, Unit, Description);
        else if (Kind == InstrumentKind.UpDownCounter) meter.CreateObservableUpDownCounter(Name, read, Unit, Description);
        else meter.CreateObservableGauge(Name, read, Unit, Description);
    }

    /// <summary>A gauge of what may be unknown: then it is not there.</summary>
    public void Observe(Meter meter, Func<double?> read) =>
        meter.CreateObservableGauge(Name, () => read() is { } value ? new[] { new Measurement<double>(value) } : [], Unit, Description);

    /// <summary>A histogram with this description's buckets.</summary>
    public Histogram<double> Record(Meter meter) =>
        meter.CreateHistogram(Name, Unit, Description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Buckets });
}
