// SPDX-License-Identifier: Apache-2.0
using Heliograph.Scale.Storm;
using Heliograph.Scale.Tree;

namespace Heliograph.Scale.Tests;

public sealed class StormTests
{
    [Fact]
    public async Task All_servers_are_killed_and_started_again_and_everyone_is_current_and_nobody_went_backwards_and_nobody_came_as_a_herd()
    {
        // Given a small tree of real processes
        const int Clients = 120;
        var tree = new TreePlan { Clients = Clients, ClientsPerProcess = 60, Applications = 0, Regions = 2, ZonesPerRegion = 1 };
        await using var run = new StormRun(new(tree) { Down = TimeSpan.FromSeconds(4), KilledProcesses = 1 }, TextWriter.Null);

        // When everything above the clients is killed at once, and half of the clients too, which start with nobody there
        var figures = await run.RunAsync(TestContext.Current.CancellationToken);

        // Then everyone serves what was changed afterwards, and each came back by itself, after waits that grew
        Assert.Empty(figures.Faults);
        Assert.Equal(0, figures.WentBackwards);
        Assert.Equal(Clients, figures.Current.Count);
        Assert.True(double.IsFinite(figures.Counted));
        Assert.InRange(figures.Again.Clients.Count, Clients, 2 * Clients); // a relay that is still starting may send one away
        Assert.InRange(figures.Tries.Times.Count, figures.Again.Clients.Count, Clients * 20);
        Assert.InRange(figures.Tries.MostByOne, 2, 40); // 250 ms, 500 ms, 1 s … at most, and less by draw: never a loop
    }

    [Fact]
    public void The_loss_of_a_connection_is_no_try_and_every_other_line_is()
    {
        JournalLine[] lines =
        [
            Line(JournalEvent.Lost, 1, 5), Line(JournalEvent.Lost, 1, 10), Line(JournalEvent.Lost, 1, 11), Line(JournalEvent.Lost, 1, 13), Line(JournalEvent.Following, 1, 15), Line(JournalEvent.Lost, 1, 16), Line(JournalEvent.Following, 1, 17),
            Line(JournalEvent.Lost, 2, 12), Line(JournalEvent.Following, 2, 14), // killed itself: what it loses first it never had
        ];

        var tries = ClientTries.Since(10_000_000, lines, client => client == 1);

        Assert.Equal([1.0, 2.0, 3.0, 4.0, 5.0, 7.0], tries.Times);
        Assert.Equal(4, tries.MostByOne);
        Assert.Equal([0, 1, 1, 1, 1, 1], ClientTries.PerSecond(tries.Times, 6));
    }

    private static JournalLine Line(JournalEvent what, int client, int second) => new(what, client, second * 1_000_000L, Revision.None, -1);
}
