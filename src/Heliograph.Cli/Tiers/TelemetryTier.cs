// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using Heliograph.Cli.Terminal;
using Heliograph.Hosting.Telemetry;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;

namespace Heliograph.Cli.Tiers;

/// <summary>How a tier's log is written to standard error.</summary>
internal enum LogFormat
{
    /// <summary>One line an event, for people.</summary>
    Text,

    /// <summary>One JSON object an event, for programs.</summary>
    Json,
}

/// <summary>What a tier was told of its telemetry.</summary>
/// <param name="Options">Metrics and traces.</param>
/// <param name="Format">Its log.</param>
internal sealed record TelemetryArguments(TelemetryOptions Options, LogFormat Format)
{
    /// <summary>Nothing was said.</summary>
    public static TelemetryArguments None { get; } = new(new(), LogFormat.Text);

    /// <summary>Where logs go: to standard error, and by OTLP if that is asked for.</summary>
    public Action<ILoggingBuilder> Logging(string role, string id) => logging =>
    {
        TierLogging.ToStandardError(logging, Format);
        if (Options.OtlpEndpoint is null) return;
        logging.AddOpenTelemetry(records =>
        {
            records.IncludeFormattedMessage = true;
            records.SetResourceBuilder(NodeTelemetry.Resource(role, id)).AddOtlpExporter(otlp => NodeTelemetry.Send(otlp, Options, "logs"));
        });
    };
}

/// <summary>The options by which a tier is told what to tell of itself.</summary>
internal sealed class TelemetryTier
{
    private readonly Option<Uri?> _otlp = TierOptions.Web("--otlp", "Send metrics, traces and logs to this OpenTelemetry collector, for example http://127.0.0.1:4317. Default: nowhere; metrics are at /metrics all the same.");
    private readonly Option<string> _protocol = new("--otlp-protocol") { HelpName = "grpc|http", DefaultValueFactory = _ => "grpc", Description = "How to speak to it: gRPC, or protobuf over HTTP/1.1. Default: grpc." };
    private readonly Option<double> _ratio = new("--trace-ratio") { HelpName = "NUMBER", DefaultValueFactory = _ => 1, Description = "Part of the commits that are traced, 0 to 1, the same at all tiers. Default: 1." };
    private readonly Option<string> _format = new("--log-format") { HelpName = "text|json", DefaultValueFactory = _ => "text", Description = "How the log is written to standard error: lines, or a JSON object a line. Default: text." };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        _protocol.AcceptOnlyFromAmong("grpc", "http");
        _format.AcceptOnlyFromAmong("text", "json");
        command.Add(_otlp);
        command.Add(_protocol);
        command.Add(_ratio);
        command.Add(_format);
        command.Validators.Add(result =>
        {
            if (result.ValueOrDefault(_ratio) is var ratio and not (>= 0 and <= 1))
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"--trace-ratio is 0 to 1, not {ratio}."));
        });
    }

    /// <summary>What was given.</summary>
    public TelemetryArguments Read(Invocation run) => new(
        new TelemetryOptions { OtlpEndpoint = run.Value(_otlp), IsOtlpOverHttp = run.Value(_protocol) == "http", TraceRatio = run.Value(_ratio) },
        run.Value(_format) == "json" ? LogFormat.Json : LogFormat.Text);
}
