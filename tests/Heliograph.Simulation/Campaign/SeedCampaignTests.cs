// SPDX-License-Identifier: Apache-2.0
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
        var reports = Seeds.Run(1, seeds);

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

    [Fact]
    public void On_disks_that_lie_about_flushing_what_was_acknowledged_is_lost_and_the_checkers_see_it()
    {
        var reports = Enumerable.Range(1, 12).Select(seed => Simulator.Run((ulong)seed, null, Fault.LyingFlush, Fault.LostWrites)).ToList();

        var (lies, lost) = (reports.Sum(report => report.Struck.GetValueOrDefault(Fault.LyingFlush)), reports.Count(report => report.Failure is not null));
        Say($"  {Fault.LyingFlush,-24} {lies} (in {reports.Count} seeds of its own, of which {lost} break a promise, as they must)");
        Assert.True(lies >= StrikesMin);
        Assert.True(lost > 0);
    }

    private void Say(FormattableString line)
    {
        var text = line.ToString(CultureInfo.InvariantCulture);
        output.WriteLine(text);
        Console.WriteLine(text);
    }
}
