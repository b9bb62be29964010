// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using System.Text;
using Heliograph.Cli.Terminal;
using Heliograph.Hosting.Telemetry;

namespace Heliograph.Cli.Recovery;

/// <summary>When something was last proven, in a file for the textfile collector of Prometheus's node exporter: a command that runs once a day is not there to be scraped.</summary>
internal sealed class MetricsFile
{
    private const string Tier = "command";

    private readonly Option<string?> _path = new("--metrics-file") { HelpName = "FILE", Description = "When it has succeeded, write the time into this file, for Prometheus's textfile collector." };

    /// <summary>When a backup was last read from end to end and found whole.</summary>
    public static InstrumentDescription BackupVerified { get; } =
        new("heliograph.backup.verified.timestamp", "s", InstrumentKind.Gauge, Tier, "When a backup was last read from end to end and found whole.");

    /// <summary>When a restore was last rehearsed and found to bring everything back.</summary>
    public static InstrumentDescription RestoreVerified { get; } =
        new("heliograph.restore.verified.timestamp", "s", InstrumentKind.Gauge, Tier, "When a restore was last rehearsed and found to bring everything back.");

    /// <summary>Every metric that a command writes; docs/reference/metrics.md has the same.</summary>
    public static IReadOnlyList<InstrumentDescription> All { get; } = [BackupVerified, RestoreVerified];

    /// <summary>Adds the option to a command.</summary>
    public void AddTo(Command command) => command.Add(_path);

    /// <summary>Says that it has just been proven, where that was asked for. The file is whole at every moment: the one before, or this.</summary>
    /// <param name="run">The command.</param>
    /// <param name="proven">What.</param>
    /// <exception cref="CommandException">The file cannot be written; what was proven is so all the same.</exception>
    public void Write(Invocation run, InstrumentDescription proven)
    {
        if (run.Value(_path) is not { } given) return;
        var path = Path.GetFullPath(given);
        var text = string.Create(CultureInfo.InvariantCulture, $"# HELP {proven.PrometheusName} {proven.Description}\n# TYPE {proven.PrometheusName} gauge\n{proven.PrometheusName} {run.Terminal.Time.GetUtcNow().ToUnixTimeSeconds()}\n");
        try
        {
            File.WriteAllText(path + ".new", text, new UTF8Encoding(false)); // a name that the collector does not read
            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failure, $"It succeeded, but that could not be written for Prometheus: {exception.Message}", path, "Correct the path or its permissions; the alert on its age would fire for nothing.");
        }
    }
}
