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

    [Fact]
    public void Planted_bugs_are_caught_and_the_same_seeds_without_them_are_clean()
    {
        Assert.SkipUnless(Planted.IsPlantable, "This build cannot plant bugs; ./test runs this in one that can (-p:PlantedBugs=true).");

        // Given every bug that can be planted
        var bugs = typeof(Planted).GetProperties(BindingFlags.Public | BindingFlags.Static).Where(property => property.PropertyType == typeof(bool) && property.Name != nameof(Planted.IsPlantable)).Select(property => property.Name).Order(StringComparer.Ordinal).ToList();

        // When each is planted in turn, in the same seeds, and in more of them while hardly one has caught it
        var (caught, most) = (0, 0);
        Say($"{"planted bug",-26} seeds tried  seeds that caught it, and as what");
        foreach (var bug in bugs)
        {
            var reports = RunWith(bug);
            var seen = reports.Select(report => report.Failure).OfType<Exception>().ToList();
            (caught, most) = (caught + (seen.Count > 0 ? 1 : 0), Math.Max(most, reports.Count));
            Say($"{bug,-26} {reports.Count,11}  {seen.Count,-3} {string.Join(", ", seen.CountBy(NameOf).OrderByDescending(kind => kind.Value).Select(kind => $"{kind.Key} x{kind.Value}"))}");
        }

        // Then the checkers see every one, and nothing where there is nothing
        var clean = Seeds.Run(1, most);
        Say($"{caught} of {bugs.Count} planted bugs caught; {clean.Count(report => report.Failure is null)} of {most} of the same seeds clean without");
        Assert.All(clean, report => Assert.True(report.Failure is null, $"{report.ReplayCommand}: {report.Failure}"));
        Assert.Equal(bugs.Count, caught);
    }

    private static List<RunReport> RunWith(string bug)
    {
        Simulator.Plant(bug);
        try
        {
            var reports = new List<RunReport>();
            for (var round = 0; round < RoundsMax && reports.Count(report => report.Failure is not null) < Enough; round++)
                reports.AddRange(Seeds.Run(1 + (ulong)reports.Count, SeedsAtOnce));
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
