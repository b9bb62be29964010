// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Scale.Tree;

/// <summary>CPU time of the tiers, in seconds; and what else the machine's cores did meanwhile, which is mostly the kernel's own work for them: journal, network, scheduling.</summary>
internal readonly record struct TierCpu(double Origin, double Regional, double Zone, double Clients, double Applications, double Rest)
{
    public static TierCpu operator +(TierCpu a, TierCpu b) => new(a.Origin + b.Origin, a.Regional + b.Regional, a.Zone + b.Zone, a.Clients + b.Clients, a.Applications + b.Applications, a.Rest + b.Rest);

    public static TierCpu operator -(TierCpu a, TierCpu b) => new(a.Origin - b.Origin, a.Regional - b.Regional, a.Zone - b.Zone, a.Clients - b.Clients, a.Applications - b.Applications, a.Rest - b.Rest);

    public static TierCpu operator /(TierCpu a, double by) => new(a.Origin / by, a.Regional / by, a.Zone / by, a.Clients / by, a.Applications / by, a.Rest / by);
}

/// <summary>Changes that reached a number of instances. Times are from commit at the origin to applied, in milliseconds.</summary>
/// <param name="Instances">Clients and applications.</param>
/// <param name="Changes">How many changes.</param>
/// <param name="Seconds">In what time.</param>
/// <param name="Clients">At the clients.</param>
/// <param name="Applications">At the applications, through <c>IConfiguration</c> and a reload of options; <see langword="null"/> if there are none.</param>
/// <param name="AtOrigin">At a watcher of the origin, without a disk.</param>
/// <param name="AtRegional">At a watcher of each regional relay.</param>
/// <param name="AtZone">At a watcher of each zone relay.</param>
/// <param name="ReportsPerSecond">Reports that the origin is sent.</param>
/// <param name="ReportBytesPerSecond">Their bytes.</param>
/// <param name="DownBytesPerSecond">What the origin sends to relays.</param>
/// <param name="Cpu">CPU time used meanwhile.</param>
/// <param name="SpreadingCpu">The part of it that was used between a change's commit and the moment in which everyone was seen to have it.</param>
/// <param name="IdleCpu">CPU time used in a second without changes, afterwards.</param>
/// <param name="ClientPercentiles">The clients' times at 0, 1, … 100 %.</param>
internal sealed record TreePhase(int Instances, int Changes, double Seconds, Spread Clients, Spread? Applications, Spread AtOrigin, Spread AtRegional, Spread AtZone,
    double ReportsPerSecond, double ReportBytesPerSecond, double DownBytesPerSecond, TierCpu Cpu, TierCpu SpreadingCpu, TierCpu IdleCpu, IReadOnlyList<double> ClientPercentiles);

/// <summary>A relay that was killed.</summary>
/// <param name="Relay">Which.</param>
/// <param name="Spread">Times of every change committed after the kill, at every instance.</param>
/// <param name="Again">Who connected again.</param>
internal sealed record TreeKill(string Relay, Spread Spread, Reconnections Again);

/// <summary>What a run of the tree came to.</summary>
internal sealed record TreeFigures(TreePlan Plan, FlushProbe Flush, TreePhase Few, TreePhase All, int ConnectedAtOrigin, int CurrentAtOrigin, TreeKill Middle, TreeKill Lower, int Changes, int WentBackwards, IReadOnlyList<string> Faults)
{
    /// <summary>As one object, for programs.</summary>
    public object ToJson() => new
    {
        workload = "tree",
        clients = Plan.Clients,
        clientProcesses = Plan.Processes,
        applications = Plan.Applications,
        relays = Plan.Regions + Plan.Zones,
        flushMilliseconds = Math.Round(Flush.Milliseconds, 4),
        flushAloneMilliseconds = Math.Round(Flush.AloneMilliseconds, 4),
        flushCpuMicros = Math.Round(Flush.CpuMicros, 1),
        changes = Changes,
        converged = Faults.Count == 0,
        revisionsWentBackwards = WentBackwards,
        connectedAtOrigin = ConnectedAtOrigin,
        currentAtOrigin = CurrentAtOrigin,
        few = Phase(Few),
        all = Phase(All),
        middleRelayKilled = Kill(Middle),
        zoneRelayKilled = Kill(Lower),
        faults = Faults,
    };

    private static object Phase(TreePhase phase) => new
    {
        instances = phase.Instances,
        changes = phase.Changes,
        seconds = Math.Round(phase.Seconds, 1),
        clientsMs = phase.Clients,
        applicationsMs = phase.Applications,
        watchersOfOriginMs = phase.AtOrigin,
        watchersOfRegionalRelaysMs = phase.AtRegional,
        watchersOfZoneRelaysMs = phase.AtZone,
        reportsPerSecondAtOrigin = Math.Round(phase.ReportsPerSecond, 2),
        reportBytesPerSecondAtOrigin = Math.Round(phase.ReportBytesPerSecond),
        bytesPerSecondFromOrigin = Math.Round(phase.DownBytesPerSecond),
        cpuSeconds = phase.Cpu,
        spreadingCpuSeconds = phase.SpreadingCpu,
        idleCpuPerSecond = phase.IdleCpu,
        clientPercentilesMs = phase.ClientPercentiles,
    };

    private static object Kill(TreeKill kill) => new
    {
        relay = kill.Relay,
        appliedMs = kill.Spread,
        clientsReconnected = kill.Again.Clients.Count,
        relaysReconnected = kill.Again.Relays.Count,
        mostReconnectsInOneSecond = kill.Again.MostInOneSecond,
        mostReconnectsOfOneClient = kill.Again.MostByOne,
        lastReconnectSeconds = Math.Round(kill.Again.Clients.Concat(kill.Again.Relays).DefaultIfEmpty().Max(), 2),
    };
}
