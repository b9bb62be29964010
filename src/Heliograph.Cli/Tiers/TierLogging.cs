// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Heliograph.Cli.Terminal;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Heliograph.Cli.Tiers;

/// <summary>Where a tier talks: logs to standard error, readiness as one line to standard output.</summary>
internal static class TierLogging
{
    /// <summary>One line an event, with UTC time, to standard error.</summary>
    public static void ToStandardError(ILoggingBuilder logging) => ToStandardError(logging, LogFormat.Text);

    /// <summary>The same, in the form that was asked for: every event with its time, level, category, id, message and what the message is made of.</summary>
    public static void ToStandardError(ILoggingBuilder logging, LogFormat format)
    {
        logging
            .SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Grpc", LogLevel.Warning)
            .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (format == LogFormat.Json)
        {
            logging.AddJsonConsole(console =>
            {
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "O";
            });
            return;
        }
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
    }

    /// <summary>Says that the tier serves.</summary>
    public static void Announce<T>(T ready, JsonTypeInfo<T> json, string text, OutputFormat format)
    {
        Console.Out.WriteLine(format == OutputFormat.Table ? text : JsonSerializer.Serialize(ready, json));
        Console.Out.Flush();
    }
}

/// <summary>Waits until the process is told to stop.</summary>
internal static class Stopping
{
    /// <summary>Completes when the token is cancelled; does not throw.</summary>
    public static async Task WaitAsync(CancellationToken cancellationToken)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(stopped.SetResult);
        await stopped.Task;
    }
}
