// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel.DataAnnotations;

namespace Heliograph.Hosting.Telemetry;

/// <summary>What a tier tells of itself, beside its log. Metrics can always be scraped at <c>/metrics</c>; the rest is off until it is asked for.</summary>
public sealed class TelemetryOptions
{
    /// <summary>Where metrics, traces and logs are sent by OTLP; <see langword="null"/>: nowhere. The OTEL_EXPORTER_OTLP_* variables say the rest: headers, timeouts, certificates.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>Whether OTLP goes as protobuf over HTTP/1.1 (the endpoint is then the base of <c>v1/traces</c> and the like) and not over gRPC. Default <see langword="false"/>.</summary>
    public bool IsOtlpOverHttp { get; init; }

    /// <summary>Part of the commits that are traced, 0 to 1. Default 1. Every tier draws the same ones, by the trace's id: give all tiers the same part.</summary>
    public double TraceRatio { get; init; } = 1;

    /// <summary>Says what is not sound.</summary>
    public IEnumerable<ValidationResult> Validate()
    {
        if (TraceRatio is not (>= 0 and <= 1)) yield return new($"The part of commits that are traced is 0 to 1, not {TraceRatio}.", [nameof(TraceRatio)]);
        if (OtlpEndpoint is { } endpoint && (!endpoint.IsAbsoluteUri || endpoint.Scheme is not ("http" or "https")))
            yield return new($"'{endpoint}' is no OTLP endpoint: write http://host:4317, or https.", [nameof(OtlpEndpoint)]);
    }
}
