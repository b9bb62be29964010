// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Xml.Linq;
using Heliograph.Yardstick.Pictures;

namespace Heliograph.Yardstick.Tests.Pictures;

/// <summary>Recordings become pictures and tables: the same every time, with every system, axes and units, in light and in dark.</summary>
public sealed class PictureTests
{
    private static readonly XNamespace SvgNames = "http://www.w3.org/2000/svg";

    [Theory]
    [InlineData("fanout-cpu.svg")]
    [InlineData("fanout-last.svg")]
    [InlineData("propagation.svg")]
    [InlineData("latency.svg")]
    [InlineData("storm.svg")]
    public void A_made_up_recording_is_drawn_as_its_golden_picture(string name) =>
        Assert.Equal(File.ReadAllText(PathOf(name)), PictureBook.Draw(MadeUp()).Single(picture => picture.Name == name).Svg);

    [Fact]
    public void A_line_stands_where_its_medians_are()
    {
        // Given medians of 2, 4 and 1.5 µs at 1,000, 5,000 and 10,000 subscribers, of which the largest run is 4.8
        var picture = Draw("fanout-cpu.svg");

        // When the scales are read off the axes' own numbers
        var ticks = picture.Descendants(SvgNames + "text").Where(text => double.TryParse(text.Value, NumberStyles.Any, CultureInfo.InvariantCulture, out _)).ToList();
        var upright = ticks.Where(text => (string)text.Attribute("text-anchor")! == "end").ToDictionary(Value, text => (double)text.Attribute("y")! - 4);
        var along = ticks.Where(text => (string)text.Attribute("text-anchor")! == "middle").ToDictionary(Value, text => (double)text.Attribute("x")!);
        Assert.Contains(5.0, upright.Keys);
        Assert.Contains(10_000.0, along.Keys);
        double Y(double value) => upright[0] + (upright[5] - upright[0]) * value / 5;
        double X(double value) => along[0] + (along[10_000] - along[0]) * value / 10_000;

        // Then the lines are of these points, one a system
        var lines = picture.Descendants(SvgNames + "polyline").Select(line => (string)line.Attribute("points")!).ToList();
        Assert.Equal(3, lines.Count);
        foreach (var (line, median) in lines.Zip([2.0, 4.0, 1.5]))
        {
            var points = line.Split(' ').Select(point => point.Split(',')).Select(pair => (X: Number(pair[0]), Y: Number(pair[1]))).ToList();
            Assert.Equal(3, points.Count);
            foreach (var (point, count) in points.Zip([1_000.0, 5_000.0, 10_000.0]))
            {
                Assert.Equal(X(count), point.X, tolerance: 0.2);
                Assert.Equal(Y(median), point.Y, tolerance: 0.2);
            }
        }
    }

    [Fact]
    public void Every_picture_names_its_units_and_systems_and_has_colours_for_light_and_dark()
    {
        var units = new Dictionary<string, string> { ["fanout-cpu.svg"] = "CPU per delivery, µs", ["fanout-last.svg"] = "from the send to the last, ms", ["propagation.svg"] = "time since the send, ms", ["storm.svg"] = "server CPU per client, ms", ["latency.svg"] = "p99 from the commit until it is applied, ms: 10,000 subscribers" };
        foreach (var (name, svg) in PictureBook.Draw(MadeUp()))
        {
            var texts = XDocument.Parse(svg).Descendants(SvgNames + "text").Select(text => text.Value).ToList();
            Assert.Contains(units[name], texts);
            string[] bars = name == "latency.svg" ? ["1 a second", "1,000 a second"] : ["heliograph", "redis"];
            Assert.All(bars, bar => Assert.Contains(bar, texts));
            Assert.Contains("prefers-color-scheme: dark", svg, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_table_has_medians_ranges_and_ratios_and_says_what_is_left_out()
    {
        var table = FiguresTable.Write(MadeUp(), CompareCommand.Workloads());

        Assert.Contains("Taken on: Made-up 1, 2 cores, 4096 MiB, Linux 6.0, Nowhere, .NET 10, redis 8 & more.", table, StringComparison.Ordinal);
        Assert.Contains("**fanout**, 5,000 subscribers, 3 runs", table, StringComparison.Ordinal);
        Assert.Contains("| heliograph | 2.00 (1.80–2.40) |", table, StringComparison.Ordinal);
        Assert.Contains("| heliograph / redis | 0.50 |", table, StringComparison.Ordinal);
        Assert.Contains("| 1 | 1 | 1.00 (0.90–1.10) | 2.00 | 3.00 |", table, StringComparison.Ordinal);
        Assert.Contains("| 10,000 | 1,000 |", table, StringComparison.Ordinal);
        Assert.Contains("| heliograph-grpc / etcd | 0.75 |", table, StringComparison.Ordinal);
        Assert.Contains("1 runs were no result", table, StringComparison.Ordinal);
        Assert.DoesNotContain("999", table, StringComparison.Ordinal); // the run that had faults
    }

    [Fact]
    public void Figures_go_between_the_marks_and_nowhere_else()
    {
        var document = $"before\n{FiguresTable.Begin}\nold\n{FiguresTable.End}\nafter\n";

        Assert.Equal($"before\n{FiguresTable.Begin}\n\nnew\n\n{FiguresTable.End}\nafter\n", FiguresTable.Into(document, "new\n"));
        Assert.Throws<InvalidDataException>(() => FiguresTable.Into("no marks", "new"));
        Assert.Throws<InvalidDataException>(() => FiguresTable.Into(document + document, "new"));
    }

    [Fact]
    public void A_line_that_is_no_recording_is_named()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "{\"workload\":\"fanout\"}\n");
            Assert.Contains($"{file}, line 1", Assert.Throws<InvalidDataException>(() => Recording.Read([file])).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void The_plan_of_record_takes_every_run_that_pictures_and_table_need()
    {
        var plan = RecordCommand.Plan(pairs: 7, only: []).ToList();

        Assert.Equal(
            ["fanout-1000.jsonl", "fanout-5000.jsonl", "fanout-10000.jsonl", "fanout-19000.jsonl", "sustained.jsonl", "latency-1.jsonl", "latency-1000.jsonl", "latency-10000.jsonl", "storm.jsonl", "admission.jsonl", "stalled.jsonl", "durable.jsonl", "tls.jsonl"],
            plan.Select(run => run.Name));
        Assert.Equal(["--only", "fanout", "--subscribers", "19000", "--pairs", "7"], plan[3].Arguments);
        Assert.All(plan, run => Assert.Empty(new CompareCommand().Parse(run.Arguments).Errors));
        Assert.Single(RecordCommand.Plan(5, ["tls"]));
        Assert.Equal(["latency-10000.jsonl"], RecordCommand.Plan(5, ["latency", "storm"], counts: [10_000]).Select(run => run.Name));
        Assert.Equal(["--only", "storm", "--subscribers", "5000", "--systems", "heliograph-grpc,etcd", "--pairs", "5"], Assert.Single(RecordCommand.Plan(5, ["storm"], systems: "heliograph-grpc,etcd")).Arguments);
    }

    [Fact]
    public void Every_workload_there_is_belongs_to_the_record() =>
        Assert.Equal(CompareCommand.Workloads().Select(workload => workload.Name).Order(), RecordCommand.Plan(5, []).Select(run => run.Arguments[1]).Distinct().Order());

    [Fact]
    public void Systems_that_are_taken_anew_replace_their_former_runs_alone()
    {
        string[] former = [Machine("a"), Run("heliograph", 1), Run("etcd", 1), Machine("b"), Run("etcd", 2)];
        string[] anew = [Machine("c"), Run("etcd", 3)];

        Assert.Equal([Machine("a"), Run("heliograph", 1), Machine("c"), Run("etcd", 3)], RecordedLines.Merge(former, anew));
        Assert.Equal([.. former, Machine("c"), Run("redis", 3)], RecordedLines.Merge(former, [Machine("c"), Run("redis", 3)]));

        static string Machine(string name) => "{\"machine\":{\"processor\":\"" + name + "\"}}";
        static string Run(string system, int pair) => $$"""{"workload":"fanout","system":"{{system}}","pair":{{pair}}}""";
    }

    private static Recording MadeUp() => Recording.Read([PathOf("made-up.jsonl")]);

    private static XDocument Draw(string name) => XDocument.Parse(PictureBook.Draw(MadeUp()).Single(picture => picture.Name == name).Svg);

    private static double Value(XElement text) => Number(text.Value);

    private static double Number(string text) => double.Parse(text, NumberStyles.Any, CultureInfo.InvariantCulture);

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Pictures", name);
}
