// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using Heliograph.Planning;

namespace Heliograph.Scale.World;

/// <summary>Everything that <c>./bench scale</c> finds, as the tables of docs/scale.md. The same seed gives the same text.</summary>
internal sealed record ScaleFigures(IReadOnlyList<Agreement> Agreements, Reproduction? Reproduction, WorldRun World, PropagationResult Workload, PropagationResult Wide, PropagationResult Many, PropagationResult Emergency, ReconnectResult RegionLost, ReconnectResult Storm)
{
    /// <summary>Tables by the name of the place in the page where they belong.</summary>
    public IReadOnlyDictionary<string, string> Tables() => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["agreement"] = AgreementTable(),
        ["reproduction"] = ReproductionTable(),
        ["propagation"] = PropagationTable(),
        ["regions"] = RegionTable(),
        ["relays"] = RelayTable(),
        ["storms"] = StormTable(),
    };

    private string AgreementTable()
    {
        var table = Head("agents", "zone relays", "the product's code, p50 / p90 / p99 ms", "the model, p50 / p90 / p99 ms", "largest difference", "by chance alone");
        foreach (var at in Agreements) Row(table, Text($"{at.Agents:N0}"), Text($"{at.Relays}"), Three(at.Product), Three(at.Model), Text($"{100 * at.WorstDifference:0.0} %"), Text($"{100 * at.Noise:0.0} %"));
        return table.ToString();
    }

    private string ReproductionTable()
    {
        if (Reproduction is not { } run) return "Not recorded.\n";
        var table = Head("clients", "CPU a delivery, µs", "measured p50 / p99 ms", "the model, p50 / p99 ms", "difference p50 / p99");
        Row(table, Text($"{run.Clients:N0}"), Text($"{run.MicrosPerDelivery:0}"), Text($"{run.MeasuredP50:0} / {run.MeasuredP99:0}"), Text($"{run.ModelP50:0} / {run.ModelP99:0}"), Text($"{100 * run.Difference50:+0;-0} % / {100 * run.Difference99:+0;-0} %"));
        return table.ToString();
    }

    private string PropagationTable()
    {
        var table = Head("", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "activations");
        Quantile(table, "a small change to everyone", Emergency.Applied);
        Quantile(table, "the workload, at regional relays", Workload.AtRegional);
        Quantile(table, "the workload, at zone relays", Workload.AtZone);
        Quantile(table, "the workload, at agents", Workload.Applied);
        Quantile(table, Text($"the same, {WorldRun.WideWindowBytes >> 20} MiB under way to a relay"), Wide.Applied);
        Quantile(table, Text($"the same, and at most {WorldRun.AgentsPerRelayFew:N0} agents for a relay"), Many.Applied);
        return table.ToString();
    }

    private string RegionTable()
    {
        var table = Head("region", "one way, ms", "small change p50 / p99 ms", "workload p50 / p99 / p99.9 ms");
        for (var i = 0; i < World.Shape.Regions.Count; i++)
        {
            var (small, all) = (Emergency.AppliedByRegion[i], Workload.AppliedByRegion[i]);
            Row(table, World.Shape.Regions[i].Name, Text($"{World.Shape.Regions[i].OneWayMilliseconds:0.0}"), Text($"{Ms(small, 0.5):0} / {Ms(small, 0.99):0}"), Text($"{Ms(all, 0.5):0} / {Ms(all, 0.99):0} / {Ms(all, 0.999):0}"));
        }
        return table.ToString();
    }

    private string RelayTable()
    {
        var table = Head("tier", "machines", "CPU, mean / busiest, cores of 8", "sent, mean / busiest, Mbit/s", "subscribers of one", "memory of one, MiB");
        var duration = World.Seconds;
        foreach (var (name, use, subscribers) in new[] { ("origin", Workload.Origin, World.Shape.Regions.Count), ("regional relays", Workload.Regional, World.Shape.RelaysOf(World.Shape.Regions[0])), ("zone relays", Workload.Zone, World.Shape.AgentsOf(World.Shape.Regions[0], 0)) })
            Row(table, name, Text($"{use.Nodes}"), Text($"{use.CpuSeconds / use.Nodes / duration:0.00} / {use.BusiestCpuSeconds / duration:0.00}"), Text($"{use.BytesOut * 8e-6 / use.Nodes / duration:0} / {use.MostBytesOut * 8e-6 / duration:0}"),
                Text($"{subscribers:N0}"), Text($"{World.Costs.RelayMib + subscribers * World.Costs.SubscriberKib / 1_024:0} and what is held"));
        return table.ToString();
    }

    private string StormTable()
    {
        var table = Head("", "agents that come back", "p50 s", "p99 s", "last s", "most in a second", "attempts of one, at most", "agents of one relay afterwards, at most", "CPU s of one relay, at most");
        foreach (var (name, storm) in new[] { ("the relays of one region are gone without a word", RegionLost), ("every connection breaks at once", Storm) })
            Row(table, name, Text($"{storm.Agents:N0}"), Text($"{storm.Connected.Quantile(0.5):0.00}"), Text($"{storm.Connected.Quantile(0.99):0.00}"), Text($"{storm.Connected.Max:0.00}"), Text($"{storm.PerSecond.Max():N0}"), Text($"{storm.AttemptsMost}"), Text($"{storm.BusiestRelayAgents:N0}"), Text($"{storm.BusiestRelayCpuSeconds:0.0}"));
        return table.ToString();
    }

    private static void Quantile(StringBuilder table, string name, TimeHistogram times) =>
        Row(table, name, Text($"{Ms(times, 0.5):0}"), Text($"{Ms(times, 0.99):0}"), Text($"{Ms(times, 0.999):0}"), Text($"{times.Max * 1_000:0}"), Text($"{times.Count:N0}"));

    private static string Three(Quantiles quantiles) => Text($"{quantiles.P50:0.0} / {quantiles.P90:0.0} / {quantiles.P99:0.0}");

    private static double Ms(TimeHistogram times, double share) => times.Quantile(share) * 1_000;

    private static StringBuilder Head(params ReadOnlySpan<string> cells)
    {
        var table = new StringBuilder();
        Row(table, cells);
        table.Append('|').Insert(table.Length, "---|", cells.Length).Append('\n');
        return table;
    }

    private static void Row(StringBuilder table, params ReadOnlySpan<string> cells)
    {
        table.Append('|');
        foreach (var cell in cells) table.Append(' ').Append(cell).Append(" |");
        table.Append('\n');
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
