// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Yardstick.Comparison;
using Heliograph.Yardstick.Systems;
using Heliograph.Yardstick.Wires;
using Heliograph.Yardstick.Workloads;

namespace Heliograph.Yardstick.Tests;

/// <summary>Runs go in turns, ratios are of neighbours, and what could not be measured is said.</summary>
public sealed class ComparisonTests
{
    [Fact]
    public void Systems_run_in_turns_and_ratios_are_of_the_same_pair()
    {
        // Given two systems whose figures drift together
        var order = new List<string>();
        var comparison = Comparison(order, ("a", [10, 30, 20]), ("b", [20, 40, 10]));

        // When they are compared
        comparison.Execute(_ => { }, CancellationToken.None);

        // Then they ran A B A B A B, and the ratios are 0.5, 0.75 and 2
        Assert.Equal(["a", "b", "a", "b", "a", "b"], order);
        Assert.Equal(new Yardstick.Comparison.Range(0.5, 0.75, 2), comparison.Ratio("a", "b", "cpuMicrosPerDelivery"));
        Assert.Equal(new Yardstick.Comparison.Range(10, 20, 30), comparison.Figure("a", "cpuMicrosPerDelivery"));
    }

    [Fact]
    public void Each_system_is_one_object_a_line_with_the_figures_by_name()
    {
        var comparison = Comparison([], ("a", [10, 30, 20]), ("b", [20, 40, 10]));
        comparison.Execute(_ => { }, CancellationToken.None);

        var objects = Report.Objects(comparison).Select(line => JsonDocument.Parse(line).RootElement).ToList();

        Assert.Equal(["a", "b"], objects.ConvertAll(summary => summary.GetProperty("system").GetString()));
        Assert.All(objects, summary => Assert.Equal(("test", 7), (summary.GetProperty("workload").GetString(), summary.GetProperty("subscribers").GetInt32())));
        Assert.All(objects, summary => Assert.Equal(20, summary.GetProperty("cpuMicrosPerDelivery").GetDouble()));
        Assert.All(objects, summary => Assert.Equal(JsonValueKind.Null, summary.GetProperty("lastMs").ValueKind));
        Assert.Equal(0.75, objects[1].GetProperty("aRatio").GetProperty("cpuMicrosPerDelivery")[1].GetDouble());
    }

    [Fact]
    public void A_system_that_cannot_be_measured_is_named_and_the_others_go_on()
    {
        var comparison = Comparison([], ("a", [10]), ("broken", [double.NaN]));
        comparison.Execute(_ => { }, CancellationToken.None);

        Assert.Null(comparison.Ratio("a", "broken", "cpuMicrosPerDelivery"));
        Assert.Equal("it does not start", Assert.Single(comparison.RunsOf("broken")).Figures.Notes.Single());
        using var text = new StringWriter();
        Report.Table(comparison, text);
        Assert.Contains("not a result: broken, pair 1", text.ToString(), StringComparison.Ordinal);
    }

    private static Comparison.Comparison Comparison(List<string> order, params (string Name, double[] Figures)[] systems) => new(
        new ScriptedWorkload(order), [.. systems.Select(system => new SystemChoice(system.Name, new Queue<double>(system.Figures) is var figures ? () => new ScriptedSystem(system.Name, figures.Dequeue()) : null!))], 7, systems[0].Figures.Length);

    private sealed class ScriptedWorkload(List<string> order) : Workload
    {
        public override string Name => "test";

        public override int SubscribersByDefault => 7;

        public override IReadOnlyList<string> Compared { get; } = ["cpuMicrosPerDelivery"];

        public override Figures Run(MeasuredSystem system, int subscribers, bool isFirst)
        {
            order.Add(system.Name);
            system.Start();
            return new Figures { ["cpuMicrosPerDelivery"] = ((ScriptedSystem)system).Figure };
        }
    }

    private sealed class ScriptedSystem(string name, double figure) : MeasuredSystem
    {
        public double Figure => figure;

        public override string Name => name;

        public override void Start()
        {
            if (double.IsNaN(figure)) throw new IOException("it does not start");
        }

        public override Wire NewWire(int storedValues) => throw new NotSupportedException();

        public override void Store(int keys, int valueBytes) => throw new NotSupportedException();

        public override void Publish(byte[] value, int key) => throw new NotSupportedException();
    }
}
