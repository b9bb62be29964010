// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Core;
using Heliograph.Simulation.Faults;

namespace Heliograph.Simulation.Campaign;

/// <summary>Many seeds of a cluster: three origins over etcd, each with faults of its own choosing; every promise judged, and the control plane's calls held against one order.</summary>
public sealed class ClusterCampaignTests(ITestOutputHelper output)
{
    private const int SeedsMin = 200, StrikesMin = 100;

    private static int Count =>
        int.TryParse(Environment.GetEnvironmentVariable("HELIOGRAPH_SIM_CLUSTER_SEEDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seeds) ? seeds
        : Environment.GetEnvironmentVariable("HELIOGRAPH_NIGHTLY") == "1" ? 5_000 : 400;

    [Fact]
    public void Every_seed_of_a_cluster_keeps_every_promise_and_its_calls_are_linearizable()
    {
        Assert.SkipWhen(Planted.IsPlantable, "This build plants bugs; the seeds without are run by the ordinary one.");

        // When so many clusters are run
        var reports = Seeds.Run(1, Count, static seed => Simulator.RunCluster(seed));

        // Then none broke a promise, and there was something to judge
        Say($"{reports.Count} seeds of a cluster, {reports.Sum(report => report.Steps)} steps, {reports.Sum(report => report.Changes)} changes acknowledged, {reports.Sum(report => report.Calls)} calls judged, {reports.Sum(report => report.Unknown)} of unknown outcome, {reports.Sum(report => report.Successions)} successions");
        var struck = FaultKinds.InCluster.ToDictionary(fault => fault, fault => reports.Sum(report => report.Struck.GetValueOrDefault(fault)));
        foreach (var (fault, count) in struck) Say($"  {fault,-24} {count}");
        foreach (var report in reports.Where(report => report.Failure is not null)) Say($"seed {report.Seed} of a cluster fails: {report.Failure!.Message} See it again: {report.ReplayCommand}");
        Assert.DoesNotContain(reports, report => report.Failure is not null);
        if (reports.Count >= SeedsMin) Assert.Empty(struck.Where(pair => pair.Value < StrikesMin).Select(pair => $"{pair.Key} struck {pair.Value} times"));
    }

    [Fact]
    public void A_seed_of_a_cluster_is_the_same_world_each_time()
    {
        var (first, second) = (Simulator.RunCluster(42), Simulator.RunCluster(42));
        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal(first.Steps, second.Steps);
    }

    [Fact]
    public void Where_etcd_reads_from_the_past_reads_are_not_linearizable_the_checker_sees_it_and_nothing_else_breaks()
    {
        Assert.SkipWhen(Planted.IsPlantable, "This build plants bugs; the seeds without are run by the ordinary one.");
        var reports = Seeds.Run(1, 200, static seed => Simulator.RunCluster(seed, null, Fault.StaleLinearizableRead, Fault.LaggingMember));

        var (stale, seen) = (reports.Sum(report => report.Struck.GetValueOrDefault(Fault.StaleLinearizableRead)), reports.Count(report => report.Failure is not null));
        Say($"  {Fault.StaleLinearizableRead,-24} {stale} (in {reports.Count} seeds of its own, of which {seen} break I9, as they must)");
        Assert.True(stale >= StrikesMin);
        Assert.True(seen > 0);
        Assert.All(reports.Where(report => report.Failure is not null), report => Assert.True(report.Failure is Checkers.ViolationException { Invariant: "I9" }, $"{report.ReplayCommand}: {report.Failure}"));
    }

    private void Say(FormattableString line)
    {
        var text = line.ToString(CultureInfo.InvariantCulture);
        output.WriteLine(text);
        Console.WriteLine(text);
    }
}
