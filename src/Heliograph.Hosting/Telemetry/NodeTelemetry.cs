// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.Metrics;
using Heliograph.Replication.Counting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Heliograph.Hosting.Telemetry;

/// <summary>The metrics and traces of one node, kept apart from those of others in the same process: scraped at <c>/metrics</c>, and sent by OTLP if that is asked for.</summary>
public sealed class NodeTelemetry : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Heliograph";

    private static readonly HashSet<string> Passed = [.. Instruments.Foreign.Select(instrument => instrument.Name)];

    private readonly TelemetryOptions _options;
    private readonly ResourceBuilder _resource;
    private readonly PrometheusText _text = new();
    private readonly Lock _scraping = new();
    private readonly BaseExportingMetricReader _scraped;
    private MeterProvider? _metrics;
    private TracerProvider? _traces;
    private object? _scopeOfServer;

    /// <summary>Makes it; nothing is gathered before <see cref="Begin"/>.</summary>
    /// <param name="options">Where it goes.</param>
    /// <param name="role"><c>origin</c>, <c>relay</c> or <c>agent</c>.</param>
    /// <param name="id">This node's id.</param>
    public NodeTelemetry(TelemetryOptions options, string role, string id)
    {
        _options = options;
        _scraped = new BaseExportingMetricReader(_text);
        Meter = new Meter(new MeterOptions(MeterName) { Version = ProductVersion, Scope = this });
        _resource = Resource(role, id);
        Measurement<long>[] one = [new(1, new("role", role), new("id", id), new KeyValuePair<string, object?>("version", ProductVersion))];
        Instruments.Build.Observe(Meter, () => one);
    }

    /// <summary>The meter of this node.</summary>
    public Meter Meter { get; }

    /// <summary>What a tier is called in telemetry.</summary>
    public static ResourceBuilder Resource(string role, string id) => ResourceBuilder.CreateDefault().AddService($"heliograph-{role}", "heliograph", ProductVersion, autoGenerateServiceInstanceId: false, id);

    private static string ProductVersion { get; } = typeof(NodeTelemetry).Assembly.GetName().Version?.ToString(3) ?? "";

    /// <summary>Begins to gather, also from the web server of these services. Once.</summary>
    public void Begin(IServiceProvider services)
    {
        _scopeOfServer = services.GetService<IMeterFactory>();
        var metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(_resource)
            .AddMeter(MeterName, "Microsoft.AspNetCore.Hosting", "System.Runtime")
            .AddView(instrument => IsOfThisNode(instrument) ? null : MetricStreamConfiguration.Drop)
            .AddReader(_scraped);
        if (_options.OtlpEndpoint is not null) metrics.AddOtlpExporter((otlp, _) => Send(otlp, _options, "metrics"));
        _metrics = metrics.Build();
        if (_options.OtlpEndpoint is null) return;
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(_resource)
            .AddSource(CommitTrace.SourceName)
            .AddOtlpExporter(otlp => Send(otlp, _options, "traces"))
            .Build();
    }

    /// <summary>Maps <c>/metrics</c>. As the probes it needs no authentication and tells no secret: numbers only.</summary>
    public void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapMethods("/metrics", [HttpMethods.Get, HttpMethods.Head], async context =>
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.ContentType = PrometheusText.ContentType;
            await context.Response.WriteAsync(Scrape(), context.RequestAborted);
        }).AllowAnonymous().WithDisplayName("/metrics");

    /// <summary>What is gathered by now, in Prometheus's text format.</summary>
    public string Scrape()
    {
        lock (_scraping) // two at once would write into one text
        {
            _scraped.Collect();
            return _text.Text;
        }
    }

    /// <summary>Says where OTLP goes.</summary>
    /// <param name="otlp">The exporter's options.</param>
    /// <param name="options">The tier's.</param>
    /// <param name="signal"><c>metrics</c>, <c>traces</c> or <c>logs</c>.</param>
    public static void Send(OtlpExporterOptions otlp, TelemetryOptions options, string signal)
    {
        otlp.Protocol = options.IsOtlpOverHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        otlp.Endpoint = options.IsOtlpOverHttp ? new Uri($"{options.OtlpEndpoint!.AbsoluteUri.TrimEnd('/')}/v1/{signal}") : options.OtlpEndpoint!;
    }

    private bool IsOfThisNode(Instrument instrument) =>
        instrument.Meter.Name == MeterName ? ReferenceEquals(instrument.Meter.Scope, this)
        : Passed.Contains(instrument.Name) && (instrument.Meter.Scope is null || ReferenceEquals(instrument.Meter.Scope, _scopeOfServer));

    /// <inheritdoc/>
    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
        Meter.Dispose();
    }
}
