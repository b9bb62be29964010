// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Range = Heliograph.Yardstick.Comparison.Range;

namespace Heliograph.Yardstick.Pictures;

/// <summary>One recorded run of one system.</summary>
internal sealed record RecordedRun(string Workload, string System, int Subscribers, int Sitting, int Pair, IReadOnlyDictionary<string, double> Figures);

/// <summary>What <c>--record</c> wrote: sittings, each with its machine and its runs. Runs that are no result are left out, and counted.</summary>
internal sealed class Recording
{
    private readonly List<RecordedRun> _runs = [];
    private readonly SortedSet<string> _machines = new(StringComparer.Ordinal);
    private int _sitting;

    public IReadOnlyList<RecordedRun> Runs => _runs;

    /// <summary>Runs with faults, which are not drawn.</summary>
    public int LeftOut { get; private set; }

    /// <summary>What everything was taken on, in one line each; more than one should not be compared.</summary>
    public IReadOnlyCollection<string> Machines => _machines;

    /// <summary>Reads files as they were recorded.</summary>
    /// <exception cref="InvalidDataException">A line is not of a recording; the message says which.</exception>
    public static Recording Read(IEnumerable<string> files)
    {
        var recording = new Recording();
        foreach (var file in files)
        {
            var number = 0;
            foreach (var line in File.ReadLines(file))
            {
                number++;
                if (line.Length > 0) recording.Take(line, $"{file}, line {number}");
            }
        }
        return recording;
    }

    /// <summary>Subscribers with which a workload was run, ascending.</summary>
    public IReadOnlyList<int> SubscribersOf(string workload) => [.. _runs.Where(run => run.Workload == workload).Select(run => run.Subscribers).Distinct().Order()];

    /// <summary>Systems that were run in a workload, in the order of the first run.</summary>
    public IReadOnlyList<string> SystemsOf(string workload) => [.. _runs.Where(run => run.Workload == workload).Select(run => run.System).Distinct()];

    /// <summary>A figure over all runs of a system; <see langword="null"/> if none has it.</summary>
    public Range? Figure(string workload, string system, int subscribers, string figure) => Range.Of(RunsOf(workload, system, subscribers).Select(run => run.Figures.GetValueOrDefault(figure, double.NaN)));

    /// <summary>A figure of one system divided by the other's in the same pair of the same sitting.</summary>
    public Range? Ratio(string workload, string system, string other, int subscribers, string figure) => Range.Of(
        from run in RunsOf(workload, system, subscribers)
        from peer in RunsOf(workload, other, subscribers)
        where (run.Sitting, run.Pair) == (peer.Sitting, peer.Pair)
        let divisor = peer.Figures.GetValueOrDefault(figure, double.NaN)
        where divisor > 0
        select run.Figures.GetValueOrDefault(figure, double.NaN) / divisor);

    /// <summary>Most runs of any system in a workload.</summary>
    public int PairsOf(string workload, int subscribers) =>
        _runs.Where(run => run.Workload == workload && run.Subscribers == subscribers).GroupBy(run => run.System).Select(runs => runs.Count()).DefaultIfEmpty().Max();

    private IEnumerable<RecordedRun> RunsOf(string workload, string system, int subscribers) =>
        _runs.Where(run => run.Workload == workload && run.System == system && run.Subscribers == subscribers);

    private void Take(string line, string where)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.TryGetProperty("machine", out var machine)) TakeMachine(machine);
            else TakeRun(json.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{where}: this is not a line of a recording ({exception.Message}). Name files that ./bench compare --record wrote.", exception);
        }
    }

    private void TakeMachine(JsonElement machine)
    {
        _sitting++;
        string[] said = [Text("processor"), $"{Text("cores")} cores", $"{Text("memoryMib")} MiB", $"Linux {Text("kernel")}", Text("system"), Text("runtime"), .. machine.GetProperty("versions").EnumerateObject().Select(version => version.Value.GetString()!)];
        _machines.Add(string.Join(", ", said.Where(part => part.Length > 0)));

        string Text(string name) => machine.GetProperty(name).ToString();
    }

    private void TakeRun(JsonElement run)
    {
        var figures = run.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.Number).ToDictionary(property => property.Name, property => property.Value.GetDouble(), StringComparer.Ordinal);
        var taken = new RecordedRun(run.GetProperty("workload").GetString()!, run.GetProperty("system").GetString()!, run.GetProperty("subscribers").GetInt32(), _sitting, run.GetProperty("pair").GetInt32(), figures);
        if (figures.GetValueOrDefault("faults") > 0) LeftOut++;
        else _runs.Add(taken);
    }
}
