// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Reflection;
using Heliograph.Core;

namespace Heliograph.Simulation.Campaign;

/// <summary>The checkers are not blind: each bug that can be planted is caught by some of the seeds, and the same seeds without it are clean.</summary>
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    private const int SeedsPerBug = 16, CaughtMin = 8;

    [Fact]
    public void Planted_bugs_are_caught_and_the_same_seeds_without_them_are_clean()
    {
        Assert.SkipUnless(Planted.IsPlantable, "This build cannot plant bugs; ./test runs this in one that can (-p:PlantedBugs=true).");

        // Given the same seeds for every bug
        var bugs = typeof(Planted).GetProperties(BindingFlags.Public | BindingFlags.Static).Where(property => property.PropertyType == typeof(bool) && property.Name != nameof(Planted.IsPlantable)).Select(property => property.Name).Order(StringComparer.Ordinal).ToList();
        var clean = Seeds.Run(1, SeedsPerBug, bug: null);

        // When each bug is planted in turn
        var caught = 0;
        Say($"{"bug",-26} seeds tried  seeds that caught it");
        foreach (var bug in bugs)
        {
            var seen = Seeds.Run(1, SeedsPerBug, bug).Count(report => report.Failure is not null);
            caught += seen > 0 ? 1 : 0;
            Say($"{bug,-26} {SeedsPerBug,11}  {seen}");
        }

        // Then the checkers see them, and nothing where there is nothing
        Say($"{caught} of {bugs.Count} planted bugs caught; {clean.Count(report => report.Failure is null)} of {SeedsPerBug} seeds clean without");
        Assert.All(clean, report => Assert.True(report.Failure is null, $"{report.ReplayCommand}: {report.Failure}"));
        Assert.True(caught >= CaughtMin, $"Only {caught} planted bugs were caught.");
    }

    private void Say(FormattableString line)
    {
        var text = line.ToString(CultureInfo.InvariantCulture);
        output.WriteLine(text);
        Console.WriteLine(text);
    }
}
