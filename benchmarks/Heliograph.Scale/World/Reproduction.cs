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
    /// <summary>The largest difference at which the model reproduces the run, as a share.</summary>
    public const double DifferenceMax = 0.2;

    private const int Changes = 20, Regions = 3, Zones = 9;

    /// <summary>Flushes between a call of the origin's API and the hub: the log's, the high-water mark's file and its directory.</summary>
    private const int FlushesOfCommit = 3;

    public double Difference50 => ModelP50 / MeasuredP50 - 1;

    public double Difference99 => ModelP99 / MeasuredP99 - 1;

    public bool Holds => Math.Max(Math.Abs(Difference50), Math.Abs(Difference99)) <= DifferenceMax;

    /// <summary>Takes the costs from the CPU clocks and the probes of a recorded run, never from its latencies, and lets the model say what the latencies are.</summary>
    /// <param name="record">A file that <c>./bench tree --record</c> wrote: the last run in it counts.</param>
    public static Reproduction Of(string record)
    {
        using var run = JsonDocument.Parse(File.ReadLines(record).Last(line => line.Contains("\"workload\":\"tree\"", StringComparison.Ordinal)));
        return Of(run.RootElement);
    }

    /// <summary>The same of one run.</summary>
    /// <param name="run">The object that the run wrote.</param>
    public static Reproduction Of(JsonElement run)
    {
        var measured = new MeasuredCosts(run);
        var all = run.GetProperty("all").GetProperty("clientsMs");
        var clients = run.GetProperty("clients").GetInt32();
        var shape = new FleetShape
        {
            Regions = [.. Enumerable.Range(0, Regions).Select(region => new FleetRegion($"region-{region}", 0, clients / Regions + (region < clients % Regions ? 1 : 0)))],
            AgentsPerRelayMax = (clients + Zones - 1) / Zones,
            Shared = measured.Machine(Regions, Zones),
        };
        var model = new PropagationModel(shape, measured.Costs(FlushesOfCommit), seed: 1).Run([.. Enumerable.Range(0, Changes).Select(i => new Change(i * 60.0, 0, 1_024, Audience.Everyone))]);
        return new(clients, Math.Round(measured.MicrosPerDelivery, 1), all.GetProperty("p50").GetDouble(), all.GetProperty("p99").GetDouble(), Math.Round(model.Applied.Quantile(0.5) * 1_000, 1), Math.Round(model.Applied.Quantile(0.99) * 1_000, 1));
    }
}
