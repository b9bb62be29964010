// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Pinning;

/// <summary><c>helio pins</c>.</summary>
internal sealed class PinsCommand : Command
{
    public PinsCommand(Shell shell) : base("pins", "List which namespaces are pinned, at what, by whom, since when and why.") => shell.Handle(this, RunAsync);

    /// <summary>A pin on one line.</summary>
    public static string Shown(PinView pin) => PrintableText.OneLine($"at {pin.Revision} by {pin.By}{(pin.At is { } at ? $" since {at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC" : "")}: {pin.Reason}", 400);

    private static async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        run.Output.Result(await api.ListPinsAsync(cancellationToken), ApiJson.Plain.PinPage, page =>
        {
            if (page.Items.Count == 0) run.Output.Line("Nothing is pinned.");
            else run.Output.Table(["NAMESPACE", "PINNED AT", "BEFORE", "WHO", "SINCE (UTC)", "WHY"], page.Items.Select(it => (IReadOnlyList<string>)
                [it.Namespace, it.Revision, it.Before ?? "", it.By, it.At is { } at ? $"{at.UtcDateTime:yyyy-MM-dd HH:mm:ss}" : "", it.Reason]));
        });
        return ExitCode.Success;
    }
}
