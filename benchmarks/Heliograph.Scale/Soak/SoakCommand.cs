// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json;

namespace Heliograph.Scale.Soak;

/// <summary><c>./bench soak</c>: does anything grow, is anything lost.</summary>
internal sealed class SoakCommand : Command
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly Option<int> _subscribers = new("--subscribers") { HelpName = "N", DefaultValueFactory = _ => 5_000, Description = "Subscribers of one relay. Default: 5,000." };
    private readonly Option<int> _seconds = new("--seconds") { HelpName = "N", DefaultValueFactory = _ => 1_800, Description = "How long. Default: 1,800." };
    private readonly Option<double> _rate = new("--rate") { HelpName = "N", DefaultValueFactory = _ => 1, Description = "Changes a second, on average. Default: 1." };
    private readonly Option<double> _churn = new("--churn") { HelpName = "PERCENT", DefaultValueFactory = _ => 1, Description = "Percent of the subscribers that leave and come back in a minute. Default: 1." };
    private readonly Option<long> _seed = new("--seed") { HelpName = "N", DefaultValueFactory = _ => 1, Description = "Of the changes. Default: 1." };

    public SoakCommand() : base("soak", "Subscribers come and go and changes go on for a long while: memory is flat, no handle is leaked, nothing is lost.")
    {
        foreach (var option in new Option[] { _subscribers, _seconds, _rate, _churn, _seed }) Add(option);
        SetAction(Run);
    }

    private int Run(ParseResult told)
    {
        var (subscribers, seconds, rate, churn) = (told.GetValue(_subscribers), told.GetValue(_seconds), told.GetValue(_rate), told.GetValue(_churn));
        if (subscribers < 1 || seconds < 1 || rate is not (> 0 and <= 100) || churn is not (>= 0 and <= 100))
        {
            Console.Error.WriteLine("error: --subscribers and --seconds are 1 or more, --rate above 0, to 100, --churn 0 to 100");
            return 2;
        }
        var helio = Path.Combine(AppContext.BaseDirectory, "..", "..", "Heliograph.Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "helio");
        var figures = new SoakRun(Path.GetFullPath(helio), subscribers, TimeSpan.FromSeconds(seconds), rate, churn / 100, (ulong)told.GetValue(_seed)).Run(Console.Error);
        Console.WriteLine(JsonSerializer.Serialize(figures, Json));
        foreach (var fault in figures.Faults) Console.Error.WriteLine($"FAULT: {fault}");
        return figures.Faults.Count == 0 ? 0 : 1;
    }
}
