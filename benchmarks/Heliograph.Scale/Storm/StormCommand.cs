// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json;
using Heliograph.Scale.Tree;
using Heliograph.Yardstick.Comparison;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Scale.Storm;

/// <summary><c>./bench storm</c>: every server is killed at once, and started again.</summary>
internal sealed class StormCommand : Command
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly Option<int> _clients = new("--clients") { HelpName = "N", DefaultValueFactory = _ => 2_000, Description = "Client instances, each with a connection and a last-known-good directory of its own. Default: 2,000." };
    private readonly Option<int> _processes = new("--processes") { HelpName = "N", DefaultValueFactory = _ => 20, Description = "Processes they share; a tenth of them, at least one, is killed with the servers. Default: 20." };
    private readonly Option<int> _down = new("--down") { HelpName = "SECONDS", DefaultValueFactory = _ => 20, Description = "How long there are no servers. Default: 20." };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object on standard output; talk goes to standard error." };
    private readonly Option<string?> _record = new("--record") { HelpName = "FILE", Description = "Append the machine and the run to this file, one JSON object a line." };
    private readonly Option<string> _plots = new("--plots") { HelpName = "DIR", DefaultValueFactory = _ => "artifacts/plots", Description = "Where the plot is written. Default: artifacts/plots." };
    private readonly Option<bool> _keepFiles = new("--keep-files") { Description = "Leave logs, journals and data, and say where they are." };

    public StormCommand() : base("storm", "Kills origin and relays of a tree together and starts them again: everyone is current within a minute, nobody goes backwards, nobody comes as a herd.")
    {
        foreach (var option in new Option[] { _clients, _processes, _down, _json, _record, _plots, _keepFiles }) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult told, CancellationToken cancellationToken)
    {
        MeasuredSystem.KeepsFiles = told.GetValue(_keepFiles);
        var (clients, processes) = (told.GetValue(_clients), told.GetValue(_processes));
        if (clients < 1 || processes < 1 || told.GetValue(_down) < 1)
        {
            await Console.Error.WriteLineAsync("error: --clients, --processes and --down are 1 or more");
            return 2;
        }
        var tree = new TreePlan { Clients = clients, ClientsPerProcess = (clients + processes - 1) / processes, Applications = 0 };
        await using var run = new StormRun(new(tree) { Down = TimeSpan.FromSeconds(told.GetValue(_down)), KilledProcesses = tree.FirstProcesses }, Console.Error);
        var figures = await run.RunAsync(cancellationToken);
        var line = JsonSerializer.Serialize(figures.ToJson(), Json);
        if (told.GetValue(_record) is { } record) await File.AppendAllLinesAsync(record, [Report.Object(Machine.Describe()), line], CancellationToken.None);
        figures.Plot(told.GetValue(_plots)!);
        if (told.GetValue(_json)) Console.WriteLine(line);
        else figures.Write(Console.Out);
        return figures.Faults.Count == 0 ? 0 : 1;
    }
}
