// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Diagnostics;
using Heliograph.Planning;

namespace Heliograph.Scale.World;

/// <summary><c>./bench scale</c>: what the model says of fleets that no machine here can hold, after it has been compared with what can be run and measured.</summary>
internal sealed class ScaleCommand : Command
{
    private readonly Option<int> _agents = new("--agents") { HelpName = "N", DefaultValueFactory = _ => 1_000_000, Description = "Agents of the world. Default: 1,000,000." };
    private readonly Option<double> _seconds = new("--seconds") { HelpName = "N", DefaultValueFactory = _ => 300, Description = "Virtual seconds of the workload. Default: 300." };
    private readonly Option<double> _rate = new("--rate") { HelpName = "N", DefaultValueFactory = _ => 1, Description = "Changes a second, on average. Default: 1." };
    private readonly Option<int> _burst = new("--burst") { HelpName = "N", DefaultValueFactory = _ => 500, Description = "Changes that a tool commits within ten seconds in the middle. Default: 500." };
    private readonly Option<int[]> _compared = new("--compared") { HelpName = "N", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1_000, 10_000], Description = "Agents at which the product's code runs beside the model. Default: 1,000 and 10,000." };
    private readonly Option<long> _seed = new("--seed") { HelpName = "N", DefaultValueFactory = _ => 1, Description = "Everything random comes from it. Default: 1." };
    private readonly Option<string> _tree = new("--tree") { HelpName = "FILE", DefaultValueFactory = _ => "benchmarks/results/tree-2000.jsonl", Description = "A recorded run of ./bench tree that the model is to reproduce." };
    private readonly Option<string> _page = new("--page") { HelpName = "FILE", DefaultValueFactory = _ => "docs/scale.md", Description = "The page whose tables are written anew. Default: docs/scale.md." };
    private readonly Option<string> _plots = new("--plots") { HelpName = "DIR", DefaultValueFactory = _ => "docs/images", Description = "Where plots are written. Default: docs/images." };

    public ScaleCommand() : base("scale", "Simulates fleets of the size of the internet, and writes docs/scale.md's tables and plots.")
    {
        foreach (var option in new Option[] { _agents, _seconds, _rate, _burst, _compared, _seed, _tree, _page, _plots }) Add(option);
        SetAction(Run);
    }

    private int Run(ParseResult told)
    {
        var (agents, seconds, rate, page) = (told.GetValue(_agents), told.GetValue(_seconds), told.GetValue(_rate), told.GetValue(_page)!);
        if (agents < 1 || seconds <= 0 || rate <= 0 || told.GetValue(_burst) < 0 || !File.Exists(page))
        {
            Console.Error.WriteLine($"error: --agents is 1 or more, --seconds and --rate above 0, --burst 0 or more, and the page {page} must be there");
            return 2;
        }
        var seed = (ulong)told.GetValue(_seed);
        var figures = Figures(told, new WorldRun(agents, seconds, rate, told.GetValue(_burst), seed), seed);
        File.WriteAllText(page, ScalePage.With(File.ReadAllText(page), figures.Tables()));
        ScalePlots.Write(figures, told.GetValue(_plots)!);
        foreach (var (name, table) in figures.Tables()) Console.WriteLine($"{name}\n{table}");
        return figures.Agreements.All(at => at.Holds) && figures.Reproduction is null or { Holds: true } ? 0 : 1;
    }

    private ScaleFigures Figures(ParseResult told, WorldRun world, ulong seed)
    {
        var tree = told.GetValue(_tree)!;
        return new(
            [.. told.GetValue(_compared)!.Select(count => Timed($"the product's code and the model, {count} agents", () => Agreement.At(count, seed)))],
            File.Exists(tree) ? Timed("the measured tree", () => Reproduction.Of(tree)) : null,
            world,
            Timed("the workload", () => world.Propagate(world.Costs)),
            Timed("the workload, wide windows", () => world.Propagate(world.Costs with { WindowBytes = WorldRun.WideWindowBytes })),
            Timed("the workload, wide windows, more relays", () => world.PropagateOverMore(world.Costs with { WindowBytes = WorldRun.WideWindowBytes })),
            Timed("an emergency", world.Emergency),
            Timed("a region lost", () => world.Lose(new Outage.RelaysOfRegion(2))),
            Timed("every connection lost", () => world.Lose(new Outage.EveryConnection())));
    }

    private static T Timed<T>(string what, Func<T> run)
    {
        var began = Stopwatch.GetTimestamp();
        var result = run();
        Console.Error.WriteLine($"{what}: {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        return result;
    }
}
