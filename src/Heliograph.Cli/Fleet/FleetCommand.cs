// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Pinning;
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
            if (run.Optional(_namespace) is null) Laggards(run.Output, view.Namespaces, withNamespace: true);
            else foreach (var item in view.Namespaces) Detail(run.Output, item);
        });
        return ExitCode.Success;
    }

    /// <summary>A line per namespace.</summary>
    public static void Summary(Output output, IReadOnlyList<FleetNamespace> namespaces) =>
        output.Table(["NAMESPACE", "REVISION", "CONNECTED", "CURRENT", "STALE", "REFUSED", "REGIONS"], namespaces.Select(it => (IReadOnlyList<string>)
            [it.Namespace, it.Pin is { } pin ? $"{it.Revision} (pinned at {pin.Revision})" : it.Revision ?? "", $"{it.Connected}", $"{it.Current}", $"{it.Stale}", $"{it.Refused}", Regions(it)]));

    /// <summary>Current of connected instances by region: <c>eu 4/4, us 1/2</c>.</summary>
    private static string Regions(FleetNamespace item) => string.Join(", ", (item.Cohorts ?? []).GroupBy(cohort => cohort.Region ?? "").OrderBy(region => region.Key, StringComparer.Ordinal)
        .Select(region => $"{(region.Key.Length == 0 ? "(none)" : region.Key)} {region.Where(cohort => cohort.Revision == item.Revision).Sum(cohort => cohort.Count)}/{region.Sum(cohort => cohort.Count)}"));

    private static void Detail(Output output, FleetNamespace item)
    {
        output.Line();
        if (item.Pin is { } pin)
        {
            output.Line($"{item.Namespace} is pinned {PinsCommand.Shown(pin)}");
            output.Line();
        }
        output.Table(["REVISION", "REGION", "RING", "INSTANCES"], (item.Cohorts ?? []).Select(it => (IReadOnlyList<string>)
            [it.Revision ?? "none", it.Region ?? "", it.Ring ?? "", $"{it.Count}"]));
        Laggards(output, [item], withNamespace: false);
    }

    private static void Laggards(Output output, IReadOnlyList<FleetNamespace> namespaces, bool withNamespace)
    {
        var laggards = namespaces.SelectMany(item => item.Laggards ?? []).ToList();
        var leftOut = namespaces.Sum(item => item.LaggardsLeftOut);
        if (laggards.Count == 0 && leftOut == 0) return;
        output.Line();
        output.Line("Behind or refusing:");
        InstanceTable.Write(output, laggards, withNamespace);
        if (leftOut > 0) output.Line($"and {leftOut} more.");
    }
}
