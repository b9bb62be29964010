// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json;
using Heliograph.Yardstick.Comparison;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Scale.Overload;

/// <summary><c>./bench overload</c>: an origin is asked for far more than it does.</summary>
internal sealed class OverloadCommand : Command
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly Option<int> _seconds = new("--seconds") { HelpName = "N", DefaultValueFactory = _ => 20, Description = "How long everyone asks. Default: 20." };
    private readonly Option<int> _operations = new("--operations") { HelpName = "N", DefaultValueFactory = _ => 20, Description = "Settings of a change. Default: 20." };
    private readonly Option<int> _greedy = new("--greedy") { HelpName = "N", DefaultValueFactory = _ => 3_000, Description = "Authors of the namespace that asks for most, each with a connection. Default: 3,000." };
    private readonly Option<int> _eager = new("--eager") { HelpName = "N", DefaultValueFactory = _ => 600, Description = "Authors of each further namespace that asks for more than is done. Default: 600." };
    private readonly Option<int> _eagerNamespaces = new("--eager-namespaces") { HelpName = "N", DefaultValueFactory = _ => 2, Description = "How many of those. Default: 2." };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object on standard output; talk goes to standard error." };
    private readonly Option<string?> _record = new("--record") { HelpName = "FILE", Description = "Append the machine and the run to this file, one JSON object a line." };
    private readonly Option<bool> _keepFiles = new("--keep-files") { Description = "Leave the origin's files, and say where they are." };

    public OverloadCommand() : base("overload", "Asks an origin for far more than it does: what is too much is refused early, what is acknowledged is in the log, and the others go on.")
    {
        foreach (var option in new Option[] { _seconds, _operations, _greedy, _eager, _eagerNamespaces, _json, _record, _keepFiles }) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult told, CancellationToken cancellationToken)
    {
        MeasuredSystem.KeepsFiles = told.GetValue(_keepFiles);
        if (new[] { told.GetValue(_seconds), told.GetValue(_operations), told.GetValue(_greedy), told.GetValue(_eager) }.Min() < 1 || told.GetValue(_eagerNamespaces) < 0)
        {
            await Console.Error.WriteLineAsync("error: --seconds, --operations, --greedy and --eager are 1 or more, --eager-namespaces 0 or more");
            return 2;
        }
        using var run = new OverloadRun(new() { Overload = TimeSpan.FromSeconds(told.GetValue(_seconds)), Operations = told.GetValue(_operations), GreedyAuthors = told.GetValue(_greedy), EagerAuthors = told.GetValue(_eager), EagerNamespaces = told.GetValue(_eagerNamespaces) }, Console.Error);
        var figures = await run.RunAsync(cancellationToken);
        var line = JsonSerializer.Serialize(figures.ToJson(), Json);
        if (told.GetValue(_record) is { } record) await File.AppendAllLinesAsync(record, [Report.Object(Machine.Describe()), line], CancellationToken.None);
        if (told.GetValue(_json)) Console.WriteLine(line);
        else figures.Write(Console.Out);
        return figures.Verdict.Faults.Count == 0 ? 0 : 1;
    }
}
