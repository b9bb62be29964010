// SPDX-License-Identifier: Apache-2.0
using Heliograph.Scale.Plots;
using Heliograph.Scale.Tree;

namespace Heliograph.Scale.Tests;

public sealed class TreeTests
{
    [Fact]
    public async Task A_tree_loses_a_middle_relay_and_one_below_it_and_everyone_converges_and_nobody_goes_backwards()
    {
        // Given a small tree of real processes
        var plan = new TreePlan
        {
            Clients = 60, ClientsPerProcess = 30, Applications = 1, Regions = 2, ZonesPerRegion = 2,
            Measured = TimeSpan.FromSeconds(3), Rest = TimeSpan.FromMilliseconds(200), AfterKill = TimeSpan.FromSeconds(3), WarmUpChanges = 2,
        };
        await using var run = new TreeRun(plan, TextWriter.Null);

        // When changes go on while relays are killed
        var figures = await run.RunAsync(TestContext.Current.CancellationToken);

        // Then nothing was lost, everybody is counted once, and only those below the killed relays connected again, once each
        Assert.Empty(figures.Faults);
        Assert.Equal(0, figures.WentBackwards);
        Assert.Equal(60 * figures.All.Changes, figures.All.Clients.Count);
        Assert.Equal(60 + 1 + 7, figures.ConnectedAtOrigin); // clients, the application, a watcher at the origin and at each of six relays
        Assert.Empty(figures.Middle.Again.Clients);
        Assert.Equal(2, figures.Middle.Again.Relays.Count);
        Assert.Equal(15, figures.Lower.Again.Clients.Count); // a quarter of the clients
        Assert.Equal(1, figures.Lower.Again.MostByOne);
    }

    [Fact]
    public void A_line_of_a_journal_reads_back()
    {
        var line = new JournalLine(JournalEvent.Lost, 17, 1_764_000_000_000_123, new Revision(2, 48_213), -1);
        Assert.Equal(line, JournalLine.Parse(line.ToString()));
        Assert.Throws<InvalidDataException>(() => JournalLine.Parse("a 17 1764000000000123 48213"));
    }

    [Fact]
    public void Journals_know_who_went_backwards_and_who_has_what()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(path, [Applied(1, 5, 0), Applied(2, 5, 0), Applied(1, 6, 1), Applied(2, 4, 0)]);
            var journals = new FleetJournals();
            journals.Refresh([path]);
            Assert.Equal(1, journals.WentBackwards);
            Assert.Equal(1, journals.Reached(1));
            File.AppendAllLines(path, [Applied(2, 9, 3)]); // read on from where it was
            journals.Refresh([path]);
            Assert.Equal(2, journals.Reached(1));
            Assert.Equal(5, journals.Lines.Count);
        }
        finally
        {
            File.Delete(path);
        }

        static string Applied(int client, long sequence, int change) => new JournalLine(JournalEvent.Applied, client, 1, new Revision(1, sequence), change).ToString();
    }

    [Fact]
    public void Busy_cores_are_neither_idle_nor_waiting() => Assert.Equal(0.18, MachineCpu.Parse("cpu  1 2 3 4000 5000 6 2 4 100 0"), 9);

    [Fact]
    public void The_densest_second_of_reconnections_is_found()
    {
        var again = new Reconnections([0.1, 0.2, 5.0, 5.5, 5.9], [5.95, 7.1], 1);
        Assert.Equal(4, again.MostInOneSecond);
        Assert.Equal(0, new Reconnections([], [], 0).MostInOneSecond);
    }

    [Fact]
    public void A_chart_is_the_same_for_the_same_figures_and_holds_every_series()
    {
        var chart = new SvgChart("a < b", "x", "y") { Series = [Series.Of("one", [(0, 1), (1, 2)]), Series.Of("two", [(0, 2), (double.NaN, 1)])] };
        Assert.Equal(chart.ToSvg(), chart.ToSvg());
        Assert.Contains("a &lt; b", chart.ToSvg(), StringComparison.Ordinal);
        Assert.Equal(2, chart.ToSvg().Split("<polyline").Length - 1);
        Assert.DoesNotContain("NaN", chart.ToSvg(), StringComparison.Ordinal);
    }
}
