// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace Heliograph.Scale.Tree;

/// <summary>The figures for people.</summary>
internal static class TreeReport
{
    public static void Write(TreeFigures figures, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine("commit to applied, ms             p50      p99      max   samples");
        foreach (var phase in new[] { figures.Few, figures.All })
        {
            Row(output, $"{phase.Instances} instances: clients", phase.Clients);
            if (phase.Applications is { Count: > 0 } applications) Row(output, "  applications", applications);
            Row(output, "  watchers of the origin", phase.AtOrigin);
            Row(output, "  watchers of regional relays", phase.AtRegional);
            Row(output, "  watchers of zone relays", phase.AtZone);
        }
        foreach (var kill in new[] { figures.Middle, figures.Lower }) Row(output, $"{kill.Relay} killed: everyone", kill.Spread);
        output.WriteLine();
        foreach (var phase in new[] { figures.Few, figures.All })
            output.WriteLine(Text($"{phase.Instances} instances: {phase.ReportsPerSecond:0.0} reports a second at the origin ({phase.ReportBytesPerSecond:0} B/s), {phase.Changes} changes in {phase.Seconds:0} s; CPU s: origin {phase.Cpu.Origin:0.00}, regional {phase.Cpu.Regional:0.00}, zone {phase.Cpu.Zone:0.00}, clients {phase.Cpu.Clients:0.00}, applications {phase.Cpu.Applications:0.00}"));
        foreach (var kill in new[] { figures.Middle, figures.Lower })
            output.WriteLine($"{kill.Relay} killed: {kill.Again.Clients.Count} clients and {kill.Again.Relays.Count} relays connected again, most in one second {kill.Again.MostInOneSecond}, most by one client {kill.Again.MostByOne}");
        output.WriteLine($"the origin sees {figures.ConnectedAtOrigin} connected, {figures.CurrentAtOrigin} current; {figures.Changes} changes, revisions went backwards {figures.WentBackwards} times");
        foreach (var fault in figures.Faults) output.WriteLine($"FAULT: {fault}");
    }

    private static void Row(TextWriter output, string what, Spread spread) => output.WriteLine(Text($"{what,-28}{spread.P50,9:0.0}{spread.P99,9:0.0}{spread.Max,9:0.0}{spread.Count,10}"));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
