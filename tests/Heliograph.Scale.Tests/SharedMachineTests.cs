// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using Heliograph.Planning;
using Heliograph.Scale.World;

namespace Heliograph.Scale.Tests;

/// <summary>A whole tree on one machine: cores and a disk are shared as an operating system shares them, and costs are those of a run's clocks.</summary>
public sealed class SharedMachineTests
{
    private const int Agents = 200;

    private static readonly Costs Costs = new() { CommitMilliseconds = 0, HostHopMilliseconds = 0, SendMicros = 0, ReportMicros = 0, ApplyMicros = 1_000, ApplyMicrosPerKib = 0, AfterApplyMicros = 0, FlushesPerApply = 0 };

    private static readonly SharedMachine Machine = new(Cores: 2, AgentsPerProcess: 20, FlushMilliseconds: 0.1) { FlushAloneMilliseconds = 0.1 };

    [Fact]
    public void The_last_is_served_when_the_cores_have_done_everything()
    {
        var applied = Run(Machine, Costs);
        Assert.Equal(Agents, applied.Count);
        Assert.InRange(applied.Max, 0.0999, 0.101); // 200 ms of work on two cores
        Assert.InRange(applied.Quantile(0.5), 0.043, 0.064); // half of it, and up to a round of turns: twenty threads of 1.4 ms on two cores
    }

    [Fact]
    public void What_can_wait_makes_nobody_late() => Assert.InRange(Run(Machine, Costs with { AfterApplyMicros = 5_000, ReportMicros = 5_000 }).Max, 0.0999, 0.101);

    [Fact]
    public void Who_waits_for_the_disk_leaves_the_cores_to_others_and_the_disk_does_what_it_can()
    {
        // 600 flushes of 1 ms, two at a time, while 200 ms of work are done on two cores: the disk is what is waited for
        var flushing = Run(Machine with { FlushMilliseconds = 0.5, FlushAloneMilliseconds = 1, WorkersPerProcess = 20 }, Costs with { FlushesPerApply = 3 });
        Assert.InRange(flushing.Max, 0.300, 0.330);
    }

    [Fact]
    public void A_process_with_a_thread_for_each_serves_all_of_them_late_and_one_with_a_few_serves_some_early()
    {
        var flushes = Costs with { FlushesPerApply = 3 };
        var busy = Machine with { FlushMicros = 300, FlushMilliseconds = 0.001, FlushAloneMilliseconds = 0.001 };
        var (few, each) = (Run(busy with { WorkersPerProcess = 1 }, flushes), Run(busy with { WorkersPerProcess = 20 }, flushes));
        Assert.InRange(each.Max / few.Max, 0.98, 1.02); // the same work
        Assert.True(each.Quantile(0.25) > 1.5 * few.Quantile(0.25), $"A quarter is served after {each.Quantile(0.25)} s and {few.Quantile(0.25)} s.");
    }

    [Fact]
    public void Processes_that_compute_take_their_turns_and_no_more()
    {
        // Ten others of 20 ms each beside ten processes with 20 ms each, a thread each: all are done at the same time
        var even = Machine with { WorkersPerProcess = 1, Others = 10, OtherMilliseconds = 20 };
        Assert.InRange(Run(even, Costs).Max, 0.180, 0.201);
        Assert.InRange(Run(even with { OtherMilliseconds = 2_000 }, Costs).Max, 0.180, 0.23); // who wants a hundred times as much waits itself
    }

    [Fact]
    public void Costs_come_from_clocks_and_never_from_latencies()
    {
        var (once, slower, dearer) = (Of(milliseconds: 100, clientSeconds: 3), Of(milliseconds: 900, clientSeconds: 3), Of(milliseconds: 100, clientSeconds: 6));
        Assert.Equal((once.ModelP50, once.ModelP99), (slower.ModelP50, slower.ModelP99));
        Assert.True(dearer.ModelP50 > 1.5 * once.ModelP50, $"{dearer} beside {once}");
        Assert.False(slower.Holds && once.Holds); // both cannot be right

        static Reproduction Of(double milliseconds, double clientSeconds)
        {
            var times = string.Create(CultureInfo.InvariantCulture, $$"""{"p50":{{milliseconds}},"p99":{{milliseconds}}}""");
            var none = """{"origin":0,"regional":0,"zone":0,"clients":0,"applications":0,"rest":0}""";
            string Phase(int instances, double cpu) => string.Create(CultureInfo.InvariantCulture,
                $$"""{"instances":{{instances}},"changes":10,"seconds":10,"clientsMs":{{times}},"watchersOfOriginMs":{{times}},"cpuSeconds":{"origin":0.01,"regional":0.03,"zone":0.5,"clients":{{cpu}},"applications":0,"rest":0},"spreadingCpuSeconds":{"origin":0.01,"regional":0.03,"zone":0.4,"clients":{{0.8 * cpu}},"applications":0,"rest":0},"idleCpuPerSecond":{{none}}}""");
            using var run = JsonDocument.Parse(string.Create(CultureInfo.InvariantCulture, $$"""{"clients":300,"clientProcesses":3,"applications":0,"flushMilliseconds":0.1,"flushAloneMilliseconds":0.4,"flushCpuMicros":60,"few":{{Phase(100, clientSeconds / 3)}},"all":{{Phase(300, clientSeconds)}}}"""));
            return Reproduction.Of(run.RootElement);
        }
    }

    private static TimeHistogram Run(SharedMachine machine, Costs costs)
    {
        var shape = new FleetShape { Regions = [new FleetRegion("here", 0, Agents)], AgentsPerRelayMax = Agents, Shared = machine };
        return new PropagationModel(shape, costs, 1).Run([new Change(0, 0, 1_024, Audience.Everyone)]).Applied;
    }
}
