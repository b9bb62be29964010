// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using Heliograph.Cli.Terminal;
using Heliograph.Planning;

namespace Heliograph.Cli.Sizing;

/// <summary><c>helio plan</c>: how many relays a fleet needs, what each of them needs, and how fast changes will come down. Asks nobody.</summary>
internal sealed class PlanCommand : Command
{
    private readonly Option<int> _agents = new("--agents") { Required = true, HelpName = "N", Description = "Agents of the fleet, and clients that follow a relay themselves." };
    private readonly Option<int> _regions = new("--regions") { HelpName = "N", DefaultValueFactory = _ => 1, Description = "Regions, 1 to 10; the agents are spread evenly." };
    private readonly Option<double> _changes = new("--changes") { HelpName = "PER-SECOND", DefaultValueFactory = _ => 1, Description = "Changes a second at the busiest time." };
    private readonly Option<int> _bytes = new("--change-bytes") { HelpName = "BYTES", DefaultValueFactory = _ => 1_024, Description = "Bytes that a change carries." };
    private readonly Option<double> _share = new("--share") { HelpName = "PERCENT", DefaultValueFactory = _ => 100, Description = "Percent of the agents that a change concerns." };
    private readonly Option<int> _held = new("--held-mib") { HelpName = "MIB", DefaultValueFactory = _ => 64, Description = "Settings that a relay holds for its agents." };
    private readonly Option<int> _cores = new("--cores") { HelpName = "N", DefaultValueFactory = _ => 8, Description = "Cores of a relay." };
    private readonly Option<double> _gigabits = new("--gigabits") { HelpName = "N", DefaultValueFactory = _ => 10, Description = "What a relay's network carries, in Gbit/s." };
    private readonly Option<int> _perRelay = new("--agents-per-relay") { HelpName = "N", DefaultValueFactory = _ => 20_000, Description = "Most agents that one relay is to have." };

    public PlanCommand(Shell shell) : base("plan", "Size a fleet: relays, CPU, memory, bandwidth, expected propagation.")
    {
        foreach (var option in new Option[] { _agents, _regions, _changes, _bytes, _share, _held, _cores, _gigabits, _perRelay }) Add(option);
        shell.Handle(this, (run, _) => Task.FromResult(Run(run)));
    }

    private ExitCode Run(Invocation run)
    {
        var needs = new FleetNeeds
        {
            Agents = run.Value(_agents),
            Regions = run.Value(_regions),
            ChangesPerSecond = run.Value(_changes),
            BytesPerChange = run.Value(_bytes),
            Share = run.Value(_share) / 100,
            HeldBytes = (long)run.Value(_held) << 20,
            Cores = run.Value(_cores),
            GigabitsPerSecond = run.Value(_gigabits),
            AgentsPerRelayMax = run.Value(_perRelay),
        };
        var faults = needs.Faults().ToList();
        if (faults.Count > 0) throw new CommandException(ExitCode.Usage, "A fleet like this cannot be planned.", next: "helio plan --help", details: faults);
        var plan = PlanView.Of(FleetPlanner.Plan(needs, new Costs()));
        run.Output.Result(plan, PlanJson.Default.PlanView, it => Write(run.Output, it));
        return ExitCode.Success;
    }

    private static void Write(Output output, PlanView plan)
    {
        output.Table(["tier", "machines", "in a region", "subscribers", "cores used", "memory", "sends", "receives"], plan.Tiers.Select(tier => (IReadOnlyList<string>)
        [
            tier.Tier, Text($"{tier.Machines}"), Text($"{tier.MachinesPerRegion}"), Text($"{tier.Subscribers}"), Text($"{tier.CoresUsed:0.00}"), Text($"{tier.MemoryMib:0} MiB"), Text($"{tier.MegabitsOut:0.0} Mbit/s"), Text($"{tier.MegabitsIn:0.0} Mbit/s"),
        ]));
        output.Line();
        output.Line(Text($"Commit to applied: p50 {plan.PropagationMs.P50:0} ms, p99 {plan.PropagationMs.P99:0} ms, p99.9 {plan.PropagationMs.P999:0} ms."));
        output.Line(Text($"A zone relay is lost: 99 % of its agents follow another within {plan.RelayLossP99Ms / 1_000:0.0} s."));
        if (plan.RegionLossP99Ms > 0) output.Line(Text($"A region's relays are lost without a word: 99 % of its agents follow another region within {plan.RegionLossP99Ms / 1_000:0.0} s."));
        foreach (var warning in plan.Warnings) output.Line($"Note: {warning}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
