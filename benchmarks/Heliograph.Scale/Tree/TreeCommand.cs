// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json;
using Heliograph.Yardstick.Comparison;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Scale.Tree;

/// <summary><c>./bench tree</c>: a whole tree of real processes, judged by its clients' journals.</summary>
internal sealed class TreeCommand : Command
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly Option<int> _clients = new("--clients") { HelpName = "N", DefaultValueFactory = _ => 2_000, Description = "Client instances, each with a connection and a last-known-good directory of its own. Default: 2,000." };
    private readonly Option<int> _processes = new("--processes") { HelpName = "N", DefaultValueFactory = _ => 20, Description = "Processes they share. Default: 20." };
    private readonly Option<int> _applications = new("--applications") { HelpName = "N", DefaultValueFactory = _ => 40, Description = "Processes of a real application. Default: 40." };
    private readonly Option<int> _seconds = new("--seconds") { HelpName = "N", DefaultValueFactory = _ => 60, Description = "How long changes are measured; a third of it with a tenth of the clients, before. Default: 60." };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object on standard output; talk goes to standard error." };
    private readonly Option<string?> _record = new("--record") { HelpName = "FILE", Description = "Append the machine and the run to this file, one JSON object a line." };
    private readonly Option<string> _plots = new("--plots") { HelpName = "DIR", DefaultValueFactory = _ => "artifacts/plots", Description = "Where plots are written. Default: artifacts/plots." };
    private readonly Option<bool> _keepFiles = new("--keep-files") { Description = "Leave logs, journals and data, and say where they are." };

    public TreeCommand() : base("tree", "Measures a tree of real processes: propagation by tier, folded reports, killed relays.")
    {
        foreach (var option in new Option[] { _clients, _processes, _applications, _seconds, _json, _record, _plots, _keepFiles }) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult told, CancellationToken cancellationToken)
    {
        MeasuredSystem.KeepsFiles = told.GetValue(_keepFiles);
        var (clients, processes) = (told.GetValue(_clients), told.GetValue(_processes));
        if (clients < 1 || processes < 1 || told.GetValue(_applications) < 0 || told.GetValue(_seconds) < 1)
        {
            await Console.Error.WriteLineAsync("error: --clients, --processes and --seconds are 1 or more, --applications 0 or more");
            return 2;
        }
        var plan = new TreePlan { Clients = clients, ClientsPerProcess = (clients + processes - 1) / processes, Applications = told.GetValue(_applications), Measured = TimeSpan.FromSeconds(told.GetValue(_seconds)) };
        await using var run = new TreeRun(plan, Console.Error);
        var figures = await run.RunAsync(cancellationToken);
        var line = JsonSerializer.Serialize(figures.ToJson(), Json);
        if (told.GetValue(_record) is { } record) await File.AppendAllLinesAsync(record, [Report.Object(Machine.Describe()), line], CancellationToken.None);
        TreePlots.Write(figures, told.GetValue(_plots)!);
        if (told.GetValue(_json)) Console.WriteLine(line);
        else TreeReport.Write(figures, Console.Out);
        return figures.Faults.Count == 0 ? 0 : 1;
    }
}
