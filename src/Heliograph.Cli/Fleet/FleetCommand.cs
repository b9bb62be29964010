// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Fleet;

/// <summary><c>helio fleet [NS]</c>: how many instances run which revision, by region, and who lags or refuses.</summary>
internal sealed class FleetCommand : Command
{
    private readonly Argument<NamespaceName?> _namespace = Inputs.OptionalNamespace("Only this namespace, in detail. Default: all.");

    public FleetCommand(Shell shell) : base("fleet", "Show which instances run which revision.")
    {
        Add(_namespace);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var fleet = await api.GetFleetAsync(run.Optional(_namespace), cancellationToken);
        run.Output.Result(fleet, ApiJson.Plain.FleetView, view =>
        {
            Summary(run.Output, view.Namespaces);
            if (run.Optional(_namespace) is not null)
                foreach (var item in view.Namespaces) Detail(run.Output, item);
        });
        return ExitCode.Success;
    }

    /// <summary>A line per namespace.</summary>
    public static void Summary(Output output, IReadOnlyList<FleetNamespace> namespaces) =>
        output.Table(["NAMESPACE", "REVISION", "CONNECTED", "CURRENT", "STALE", "REFUSED"], namespaces.Select(it => (IReadOnlyList<string>)
            [it.Namespace, it.Revision ?? "", $"{it.Connected}", $"{it.Current}", $"{it.Stale}", $"{it.Refused}"]));

    private static void Detail(Output output, FleetNamespace item)
    {
        output.Line();
        output.Table(["REVISION", "REGION", "RING", "INSTANCES"], (item.Cohorts ?? []).Select(it => (IReadOnlyList<string>)
            [it.Revision ?? "none", it.Region ?? "", it.Ring ?? "", $"{it.Count}"]));
        if (item.Laggards is not { Count: > 0 } laggards) return;
        output.Line();
        output.Line("Behind or refusing:");
        InstanceTable.Write(output, laggards);
        if (item.LaggardsLeftOut > 0) output.Line($"and {item.LaggardsLeftOut} more.");
    }
}
