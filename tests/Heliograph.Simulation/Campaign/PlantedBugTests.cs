// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Reflection;
using Heliograph.Core;
using Heliograph.Simulation.Checkers;

namespace Heliograph.Simulation.Campaign;

/// <summary>The checkers are not blind: each bug that can be planted is caught by some of the seeds, and the same seeds without it are clean.</summary>
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    private const int SeedsAtOnce = 16, RoundsMax = 4, Enough = 2;

    private static readonly string[] _inCluster = [nameof(Planted.AppendBlindly), nameof(Planted.LeaderNotCompared), nameof(Planted.RequestIdsNotCompared), nameof(Planted.SerializableReads), nameof(Planted.SignWithoutReadBack)];

    [Fact]
    public void Planted_bugs_are_caught_and_the_same_seeds_without_them_are_clean()
    {
        Assert.SkipUnless(Planted.IsPlantable, "This build cannot plant bugs; ./test runs this in one that can (-p:PlantedBugs=true).");

        // Given every bug that can be planted, but those that take a cluster
        var bugs = typeof(Planted).GetProperties(BindingFlags.Public | BindingFlags.Static).Where(property => property.PropertyType == typeof(bool) && property.Name != nameof(Planted.IsPlantable)).Select(property => property.Name).Except(_inCluster).Order(StringComparer.Ordinal).ToList();

        RequireCaught(bugs, static seed => Simulator.Run(seed));
    }

    [Fact]
    public void Bugs_planted_in_a_cluster_are_caught_each_by_the_checker_of_its_promise()
    {
        Assert.SkipUnless(Planted.IsPlantable, "This build cannot plant bugs; ./test runs this in one that can (-p:PlantedBugs=true).");
        var seen = RequireCaught([.. _inCluster, nameof(Planted.AcknowledgeBeforeDurable)], static seed => Simulator.RunCluster(seed));
        Assert.Contains("I1", seen[nameof(Planted.AcknowledgeBeforeDurable)]); // an acknowledged change is lost
        Assert.Contains("I2", seen[nameof(Planted.AppendBlindly)]); // two histories
        Assert.Contains("I8", seen[nameof(Planted.RequestIdsNotCompared)]); // one request, twice
        Assert.Contains("I9", seen[nameof(Planted.SerializableReads)]); // a read of the past
        Assert.Contains("I12", seen[nameof(Planted.LeaderNotCompared)]); // a deposed origin appends
        Assert.Contains("signed", seen[nameof(Planted.SignWithoutReadBack)]); // a head over what was not read
    }

    [Theory]
    [InlineData(nameof(Planted.RevokedKeyCounts), "I5")]
    [InlineData(nameof(Planted.OldRootNotAsked), "I5")]
    [InlineData(nameof(Planted.RecoveryNotAsked), "I5")]
    public void A_bug_planted_in_what_is_trusted_is_caught_by_some_order_of_a_rotation(string bug, string invariant)
    {
        Assert.SkipUnless(Planted.IsPlantable, "This build cannot plant bugs; ./test runs this in one that can (-p:PlantedBugs=true).");
        Simulator.Plant(bug);
        try
        {
            Assert.Equal(invariant, Assert.Throws<ViolationException>(() => RotationInterleavingTests.RunAll(bug == nameof(Planted.RecoveryNotAsked) ? RotationInterleavingTests.Epoch : RotationInterleavingTests.Rotation, output)).Invariant);
        }
        finally
        {
            Simulator.Plant(null);
        }
    }

    /// <summary>Plants each in turn, in the same seeds, and in more of them while hardly one has caught it.</summary>
    /// <returns>What each was caught as.</returns>
    private Dictionary<string, HashSet<string>> RequireCaught(List<string> bugs, Func<ulong, RunReport> run)
    {
        // When each is planted in turn
        var (caught, most) = (new Dictionary<string, HashSet<string>>(StringComparer.Ordinal), 0);
        Say($"{"planted bug",-26} seeds tried  seeds that caught it, and as what");
        foreach (var bug in bugs)
        {
            var reports = RunWith(bug, run);
            var seen = reports.Select(report => report.Failure).OfType<Exception>().ToList();
            caught[bug] = [.. seen.Select(NameOf)];
            most = Math.Max(most, reports.Count);
            Say($"{bug,-26} {reports.Count,11}  {seen.Count,-3} {string.Join(", ", seen.CountBy(NameOf).OrderByDescending(kind => kind.Value).Select(kind => $"{kind.Key} x{kind.Value}"))}");
        }

        // Then the checkers see every one, and nothing where there is nothing
        var clean = Seeds.Run(1, most, run);
        Say($"{caught.Values.Count(kinds => kinds.Count > 0)} of {bugs.Count} planted bugs caught; {clean.Count(report => report.Failure is null)} of {most} of the same seeds clean without");
        Assert.All(clean, report => Assert.True(report.Failure is null, $"{report.ReplayCommand}: {report.Failure}"));
        Assert.All(caught, bug => Assert.True(bug.Value.Count > 0, $"{bug.Key} was not caught"));
        return caught;
    }

    private static List<RunReport> RunWith(string bug, Func<ulong, RunReport> run)
    {
        Simulator.Plant(bug);
        try
        {
            var reports = new List<RunReport>();
            for (var round = 0; round < RoundsMax && reports.Count(report => report.Failure is not null) < Enough; round++)
                reports.AddRange(Seeds.Run(1 + (ulong)reports.Count, SeedsAtOnce, run));
            return reports;
        }
        finally
        {
            Simulator.Plant(null);
        }
    }

    private static string NameOf(Exception failure) => failure is ViolationException violation ? violation.Invariant : failure.GetBaseException().GetType().Name;

    private void Say(FormattableString line)
    {
        var text = line.ToString(CultureInfo.InvariantCulture);
        output.WriteLine(text);
        Console.WriteLine(text);
    }
}
