// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Planning;

namespace Heliograph.Scale.World;

/// <summary>A measured tree of real processes on one machine, and what the model says of it.</summary>
/// <param name="Clients">Client instances.</param>
/// <param name="MicrosPerDelivery">CPU that everything on the machine used for a delivery to a client, idling taken off.</param>
/// <param name="MeasuredP50">Commit to applied, measured. Milliseconds.</param>
/// <param name="MeasuredP99">The same, 99 %.</param>
/// <param name="ModelP50">The model's. Milliseconds.</param>
/// <param name="ModelP99">The model's, 99 %.</param>
internal sealed record Reproduction(int Clients, double MicrosPerDelivery, double MeasuredP50, double MeasuredP99, double ModelP50, double ModelP99)
{
    private const int Changes = 20, LoopbackCores = 2, Regions = 3, Zones = 9;

    /// <summary>Part of a client's CPU for a change before it shows it; the rest is its view, its listeners, its report, clean-up. An estimate: the clocks do not tell.</summary>
    private const double ShareBeforeActivation = 0.6;

    public double Difference50 => ModelP50 / MeasuredP50 - 1;

    public double Difference99 => ModelP99 / MeasuredP99 - 1;

    /// <summary>Takes the costs from the CPU clocks of a recorded run, never from its latencies, and lets the model say what the latencies are.</summary>
    /// <param name="record">A file that <c>./bench tree --record</c> wrote: the last run in it counts.</param>
    public static Reproduction Of(string record)
    {
        using var run = JsonDocument.Parse(File.ReadLines(record).Last(line => line.Contains("\"workload\":\"tree\"", StringComparison.Ordinal)));
        var (root, all) = (run.RootElement, run.RootElement.GetProperty("all"));
        var (cpu, idle) = (all.GetProperty("cpuSeconds"), all.GetProperty("idleCpuPerSecond"));
        var (clients, changes, seconds) = (root.GetProperty("clients").GetInt32(), all.GetProperty("changes").GetInt32(), all.GetProperty("seconds").GetDouble());
        var (others, processes) = (root.GetProperty("applications").GetInt32(), root.GetProperty("clientProcesses").GetInt32());
        var slowness = LoopbackCores / (LoopbackCores - idle.GetProperty("rest").GetDouble()); // what others take of the cores all the time is not there for the tree
        double MicrosOf(string tier) => slowness * Math.Max(0, cpu.GetProperty(tier).GetDouble() - seconds * idle.GetProperty(tier).GetDouble()) / changes * 1e6;
        var (client, zone) = ((MicrosOf("clients") + MicrosOf("rest")) / clients, MicrosOf("zone") / clients); // the kernel's own work is for the clients: they are a hundred times as many as the others
        var costs = new Costs
        {
            SendMicros = zone / 2, // a zone relay's CPU for a subscriber and change: one half to send, the other for the report that comes back
            SendMicrosPerKib = 0,
            ReportMicros = zone / 2,
            ApplyMicros = client * ShareBeforeActivation,
            ApplyMicrosPerKib = 0,
            AfterApplyMicros = client * (1 - ShareBeforeActivation),
            CommitMilliseconds = all.GetProperty("watchersOfOriginMs").GetProperty("p50").GetDouble(),
        };
        var shape = new FleetShape
        {
            Regions = [.. Enumerable.Range(0, Regions).Select(region => new FleetRegion($"region-{region}", 0, clients / Regions + (region < clients % Regions ? 1 : 0)))],
            AgentsPerRelayMax = (clients + Zones - 1) / Zones,
            Shared = new(LoopbackCores, (clients + processes - 1) / processes, root.GetProperty("flushMilliseconds").GetDouble(), others, others == 0 ? 0 : MicrosOf("applications") / others / 1_000),
        };
        var model = new PropagationModel(shape, costs, seed: 1).Run([.. Enumerable.Range(0, Changes).Select(i => new Change(i * 60.0, 0, 1_024, Audience.Everyone))]);
        return new(clients, Math.Round(client + zone, 1), all.GetProperty("clientsMs").GetProperty("p50").GetDouble(), all.GetProperty("clientsMs").GetProperty("p99").GetDouble(),
            Math.Round(model.Applied.Quantile(0.5) * 1_000, 1), Math.Round(model.Applied.Quantile(0.99) * 1_000, 1));
    }
}
