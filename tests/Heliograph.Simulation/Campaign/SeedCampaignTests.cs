// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Globalization;
using Heliograph.Core;
using Heliograph.Simulation.Faults;

namespace Heliograph.Simulation.Campaign;

/// <summary>Many seeds: a fleet each, with faults of its own choosing, every invariant checked at every step, and all of it level again at the end.</summary>
public sealed class SeedCampaignTests(ITestOutputHelper output)
{
    private const int SeedsMin = 200, StrikesMin = 100;

    [Fact]
    public void Every_seed_keeps_every_invariant_and_every_fault_strikes_often_enough()
    {
        Assert.SkipWhen(Planted.IsPlantable, "This build plants bugs; the seeds without are run by the ordinary one.");

        // Given so many seeds
        var seeds = Seeds.Count;

        // When each is run
        var reports = Seeds.Run(1, seeds, bug: null);

        // Then none broke an invariant, and the faults were there
        var struck = FaultKinds.InSwarm.ToDictionary(fault => fault, fault => reports.Sum(report => report.Struck.GetValueOrDefault(fault)));
        Say($"{seeds} seeds, {reports.Sum(report => report.Steps)} steps, {reports.Sum(report => report.Changes)} changes acknowledged");
        foreach (var (fault, count) in struck) Say($"  {fault,-24} {count}");
        foreach (var report in reports.Where(report => report.Failure is not null)) Say($"seed {report.Seed} fails: {report.Failure!.Message} See it again: {report.ReplayCommand}");
        Assert.DoesNotContain(reports, report => report.Failure is not null);
        if (seeds >= SeedsMin) Assert.Empty(struck.Where(pair => pair.Value < StrikesMin).Select(pair => $"{pair.Key} struck {pair.Value} times"));
    }

    [Fact]
    public void A_seed_is_the_same_world_each_time()
    {
        var (first, second) = (Simulator.Run(42), Simulator.Run(42));
        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal(first.Steps, second.Steps);
    }

    private void Say(FormattableString line)
    {
        var text = line.ToString(CultureInfo.InvariantCulture);
        output.WriteLine(text);
        Console.WriteLine(text);
    }
}

/// <summary>Runs seeds on as many threads as there are cores: a world has one thread, and worlds share nothing.</summary>
internal static class Seeds
{
    /// <summary>300, more with <c>HELIOGRAPH_SIM_SEEDS</c> or at night.</summary>
    public static int Count =>
        int.TryParse(Environment.GetEnvironmentVariable("HELIOGRAPH_SIM_SEEDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seeds) ? seeds
        : Environment.GetEnvironmentVariable("HELIOGRAPH_NIGHTLY") == "1" ? 5_000 : 300;

    public static IReadOnlyList<RunReport> Run(ulong first, int count, string? bug)
    {
        var reports = new ConcurrentBag<RunReport>();
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, index => reports.Add(Simulator.Run(first + (ulong)index, bug)));
        return [.. reports.OrderBy(report => report.Seed)];
    }
}
