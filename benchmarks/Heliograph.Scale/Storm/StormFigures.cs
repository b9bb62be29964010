// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Scale.Plots;
using Heliograph.Scale.Tree;

namespace Heliograph.Scale.Storm;

/// <summary>What a storm came to.</summary>
/// <param name="Plan">What was done.</param>
/// <param name="ServedAlone">Seconds after the kill until the killed clients served from disk, with no server there.</param>
/// <param name="Down">Seconds from the kill until the servers were started.</param>
/// <param name="OriginReady">Seconds from then until the origin took changes.</param>
/// <param name="Current">From the servers' start until a client served what was changed after it, in milliseconds.</param>
/// <param name="Counted">Seconds from the servers' start until the origin counted everyone; not a number if it did not.</param>
/// <param name="Again">Who connected again, from the kill on.</param>
/// <param name="Tries">Every try of a client, from the kill on.</param>
/// <param name="WentBackwards">How often a client served a lower revision than before, over its own restart too.</param>
/// <param name="Faults">What was not as it must be.</param>
internal sealed record StormFigures(StormPlan Plan, double ServedAlone, double Down, double OriginReady, Spread Current, double Counted, Reconnections Again, ClientTries Tries, int WentBackwards, IReadOnlyList<string> Faults)
{
    private const int SecondsShownAfter = 5;

    private int Seconds => (int)Again.Clients.Concat(Again.Relays).Concat(Tries.Times).DefaultIfEmpty().Max() + SecondsShownAfter;

    /// <summary>Most tries within one of the seconds after the kill.</summary>
    public int MostTriesInOneSecond => ClientTries.PerSecond(Tries.Times, Seconds).Max();

    /// <summary>As one object, for programs.</summary>
    public object ToJson() => new
    {
        workload = "restart-storm",
        clients = Plan.Tree.Clients,
        clientProcesses = Plan.Tree.Processes,
        servers = 1 + Plan.Tree.Regions + Plan.Tree.Zones,
        clientsKilledToo = Plan.KilledClients,
        servedAloneSeconds = Math.Round(ServedAlone, 1),
        downSeconds = Math.Round(Down, 1),
        originReadySeconds = Math.Round(OriginReady, 1),
        currentMs = Current,
        countedAtOriginSeconds = double.IsFinite(Counted) ? Math.Round(Counted, 1) : (double?)null,
        revisionsWentBackwards = WentBackwards,
        clientsReconnected = Again.Clients.Count,
        relaysReconnected = Again.Relays.Count,
        mostReconnectsInOneSecond = Again.MostInOneSecond,
        mostReconnectsOfOneClient = Again.MostByOne,
        tries = Tries.Times.Count,
        mostTriesInOneSecond = MostTriesInOneSecond,
        mostTriesOfOneClient = Tries.MostByOne,
        triesPerSecond = ClientTries.PerSecond(Tries.Times, Seconds),
        clientsPerSecond = ClientTries.PerSecond(Again.Clients, Seconds),
        relaysPerSecond = ClientTries.PerSecond(Again.Relays, Seconds),
        faults = Faults,
    };

    /// <summary>For people.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine(Text($"{Plan.Tree.Clients} clients in {Plan.Tree.Processes} processes; all {1 + Plan.Tree.Regions + Plan.Tree.Zones} servers killed, and started again {Down:0.0} s later"));
        output.WriteLine(Text($"served from disk with nobody there: {Plan.KilledClients} clients that were killed too, {ServedAlone:0.0} s after the kill"));
        output.WriteLine(Text($"current again, seconds after the servers' start: p50 {Current.P50 / 1_000:0.0}, p99 {Current.P99 / 1_000:0.0}, last {Current.Max / 1_000:0.0}, {Current.Count} clients; the origin took changes after {OriginReady:0.0} s and counted everyone after {Counted:0.0} s"));
        output.WriteLine(Text($"connected again: {Again.Clients.Count} clients and {Again.Relays.Count} relays, most in one second {Again.MostInOneSecond}, most by one client {Again.MostByOne}"));
        output.WriteLine(Text($"tries: {Tries.Times.Count}, most in one second {MostTriesInOneSecond}, most by one client {Tries.MostByOne}; revisions went backwards {WentBackwards} times"));
        foreach (var fault in Faults) output.WriteLine($"FAULT: {fault}");
    }

    /// <summary>Draws tries and connections over time.</summary>
    public void Plot(string directory)
    {
        Directory.CreateDirectory(directory);
        var chart = new SvgChart($"All servers killed, started again after {Down.ToString("0", CultureInfo.InvariantCulture)} s: {Plan.Tree.Clients} clients", "seconds after the kill", "in a second")
        {
            Series = [Line("connections tried", Tries.Times), Line("clients that follow again", Again.Clients), Line("relays that follow again", Again.Relays)],
        };
        File.WriteAllText(Path.Combine(directory, "restart-storm.svg"), chart.ToSvg());
    }

    private Series Line(string name, IReadOnlyList<double> times) => Series.Of(name, ClientTries.PerSecond(times, Seconds).Select((count, second) => (second + 0.5, (double)count)));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
