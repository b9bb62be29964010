// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.LastKnownGood;
using Xunit;

namespace Heliograph.Core.Tests.LastKnownGood;

public sealed class BootGuardTests
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop"), Cart = NamespaceName.Parse("cart");
    private static readonly Revision Good = new(1, 5), Bad = new(1, 9), Newer = new(1, 10);
    private static readonly TimeSpan BakeTime = TimeSpan.FromMinutes(10);
    private static readonly string Slot = BootRun.SlotOf("checkout-1"), OtherSlot = BootRun.SlotOf("checkout-2");

    private string _run = ""; // the process that lives now
    private int _runs;

    [Fact]
    public void Two_unclean_ends_send_a_service_back_to_stable()
    {
        var guard = Crash(Crash(Start(BootRecord.New("checkout"))));

        var sentenced = guard.OnStart(Slot, NewRun(), "boot-1", _ => true);

        Assert.Equal([new NamespaceRevision(Shop, Bad)], sentenced);
        Assert.Equal(StartFrom.Stable, guard.StartFrom(Shop, Bad));
        Assert.True(guard.IsQuarantined(Shop, Bad));
        Assert.False(guard.IsQuarantined(Shop, Good));
        Assert.Equal(StartFrom.Stable, Reopened(guard).StartFrom(Shop, Bad)); // and it is remembered
    }

    [Fact]
    public void One_unclean_end_does_not()
    {
        var guard = Crash(Start(BootRecord.New("checkout")));

        Assert.Empty(guard.OnStart(Slot, NewRun(), "boot-1", _ => true));
        Assert.Equal(StartFrom.Current, guard.StartFrom(Shop, Bad));
    }

    [Fact]
    public void Clean_stops_are_not_counted()
    {
        var guard = Start(BootRecord.New("checkout"));
        for (var i = 0; i < 5; i++)
        {
            guard.OnApplied(Slot, _run, Shop, Bad, isStable: false, TimeSpan.Zero);
            guard.OnCleanStop(Slot, _run);
            guard = Reopened(guard);
            Assert.Empty(guard.OnStart(Slot, NewRun(), "boot-1", _ => true));
        }
    }

    [Fact]
    public void Ends_that_took_the_host_along_are_not_counted()
    {
        var guard = Start(BootRecord.New("checkout"));
        for (var i = 2; i < 6; i++)
        {
            guard = Crash(guard);
            Assert.Empty(guard.OnStart(Slot, NewRun(), $"boot-{i}", _ => true)); // a power cut each time
        }
        Assert.Equal(0, Assert.Single(guard.Record.Trials).UncleanEnds);
    }

    [Fact]
    public void Ends_before_the_revision_was_applied_are_not_counted()
    {
        var guard = Crash(Start(BootRecord.New("checkout"))); // one
        for (var i = 0; i < 3; i++)
        {
            Assert.Empty(guard.OnStart(Slot, NewRun(), "boot-1", _ => true));
            guard = Reopened(guard); // died before it applied anything
        }
    }

    [Fact]
    public void A_stable_revision_is_never_suspected()
    {
        var guard = Start(BootRecord.New("checkout"));
        for (var i = 0; i < 5; i++)
        {
            guard.OnApplied(Slot, _run, Shop, Good, isStable: true, TimeSpan.Zero);
            guard = Reopened(guard);
            Assert.Empty(guard.OnStart(Slot, NewRun(), "boot-1", _ => true));
        }
        Assert.Empty(guard.Record.Trials);
    }

    [Fact]
    public void Without_a_stable_generation_it_goes_on_with_what_it_has()
    {
        var guard = Crash(Crash(Start(BootRecord.New("checkout"))));

        Assert.Empty(guard.OnStart(Slot, NewRun(), "boot-1", _ => false));
        Assert.Equal(StartFrom.Current, guard.StartFrom(Shop, Bad));
        Assert.Equal(BootGuard.UncleanEndsMax, Assert.Single(guard.Record.Trials).UncleanEnds);
    }

    [Fact]
    public void A_newer_revision_lifts_the_quarantine()
    {
        var guard = Crash(Crash(Start(BootRecord.New("checkout"))));
        guard.OnStart(Slot, NewRun(), "boot-1", _ => true);
        guard.OnApplied(Slot, _run, Shop, Good, isStable: true, TimeSpan.Zero);
        Assert.True(guard.IsQuarantined(Shop, Bad));

        guard.OnApplied(Slot, _run, Shop, Newer, isStable: false, TimeSpan.Zero);

        Assert.Empty(guard.Record.Quarantined);
        Assert.Equal(0, Assert.Single(guard.Record.Trials).UncleanEnds);
    }

    [Fact]
    public void A_newer_revision_begins_its_own_trial()
    {
        var guard = Crash(Start(BootRecord.New("checkout")));
        guard.OnStart(Slot, NewRun(), "boot-1", _ => true);
        guard.OnApplied(Slot, _run, Shop, Newer, isStable: false, TimeSpan.Zero);

        Assert.Empty(Reopened(guard).OnStart(Slot, NewRun(), "boot-1", _ => true)); // its first unclean end, not the second
    }

    [Fact]
    public void Of_several_on_trial_each_is_suspected_and_those_without_stable_go_on()
    {
        var guard = Start(BootRecord.New("checkout"));
        for (var i = 0; i < 2; i++)
        {
            guard.OnApplied(Slot, _run, Shop, Bad, isStable: false, TimeSpan.Zero);
            guard.OnApplied(Slot, _run, Cart, Bad, isStable: false, TimeSpan.Zero);
            guard = Reopened(guard);
            if (i == 0) guard.OnStart(Slot, NewRun(), "boot-1", _ => true);
        }

        Assert.Equal([new NamespaceRevision(Cart, Bad)], guard.OnStart(Slot, NewRun(), "boot-1", name => name == Cart));
    }

    [Fact]
    public void Stable_is_earned_by_baking_and_by_being_read_back_by_a_later_process()
    {
        // Given a revision that was applied and ran well for the bake time
        var guard = Start(BootRecord.New("checkout"));
        guard.OnApplied(Slot, _run, Shop, Bad, isStable: false, TimeSpan.Zero);
        Assert.False(guard.OnLoaded(Slot, Shop, Bad)); // by the process that wrote it: proves nothing
        Assert.False(guard.OnHealthy(BakeTime - TimeSpan.FromSeconds(1)));
        Assert.True(guard.OnHealthy(BakeTime));
        Assert.Empty(guard.Stable);

        // When a fresh process reads it back
        guard = Reopened(guard);
        guard.OnStart(Slot, NewRun(), "boot-1", _ => true);
        Assert.True(guard.OnLoaded(Slot, Shop, Bad));

        // Then it has earned the pointer, and when that is written it is not on trial any more
        Assert.Equal([new NamespaceRevision(Shop, Bad)], guard.Stable);
        Assert.True(guard.OnStable(Shop, Bad));
        Assert.Empty(guard.Record.Trials);
    }

    [Fact]
    public void Reading_back_first_and_baking_then_earns_it_too()
    {
        var guard = Crash(Start(BootRecord.New("checkout")));
        guard.OnStart(Slot, NewRun(), "boot-1", _ => true);
        Assert.True(guard.OnLoaded(Slot, Shop, Bad));
        guard.OnApplied(Slot, _run, Shop, Bad, isStable: false, TimeSpan.FromHours(1));
        Assert.Empty(guard.Stable);

        Assert.True(guard.OnHealthy(TimeSpan.FromHours(1) + BakeTime));

        Assert.Equal([new NamespaceRevision(Shop, Bad)], guard.Stable);
        Assert.Equal(0, Assert.Single(guard.Record.Trials).UncleanEnds);
    }

    [Fact]
    public void Being_unwell_begins_the_bake_again()
    {
        var guard = Start(BootRecord.New("checkout"));
        guard.OnApplied(Slot, _run, Shop, Bad, isStable: false, TimeSpan.Zero);
        guard.OnUnhealthy(BakeTime - TimeSpan.FromSeconds(1));

        Assert.False(guard.OnHealthy(BakeTime));
        Assert.True(guard.OnHealthy(2 * BakeTime));
    }

    [Fact]
    public void A_removed_namespace_is_forgotten()
    {
        var guard = Crash(Crash(Start(BootRecord.New("checkout"))));
        guard.OnStart(Slot, NewRun(), "boot-1", _ => true);

        Assert.True(guard.OnRemoved(Shop));
        Assert.False(guard.OnRemoved(Shop));
        Assert.Empty(guard.Record.Quarantined);
    }

    [Fact]
    public void A_process_that_comes_back_with_its_connection_has_not_ended()
    {
        var guard = Start(BootRecord.New("checkout"));
        guard.OnApplied(Slot, _run, Shop, Bad, isStable: false, TimeSpan.Zero);

        for (var i = 0; i < 5; i++) Assert.Empty(guard.OnStart(Slot, _run, "boot-1", _ => true));

        Assert.Equal(0, Assert.Single(guard.Record.Trials).UncleanEnds);
        Assert.Single(guard.Record.Runs);
    }

    [Fact]
    public void Unclean_ends_of_two_processes_of_the_service_count_together()
    {
        // Given two processes of a service on a revision
        var guard = Start(BootRecord.New("checkout"));
        guard.OnStart(OtherSlot, Run(77), "boot-1", _ => true);
        guard.OnApplied(Slot, _run, Shop, Bad, isStable: false, TimeSpan.Zero);
        guard.OnApplied(OtherSlot, Run(77), Shop, Bad, isStable: false, TimeSpan.Zero);

        // When both end uncleanly
        Assert.Empty(guard.OnStart(Slot, NewRun(), "boot-1", _ => true));

        // Then the second end is the revision's last
        Assert.Equal([new NamespaceRevision(Shop, Bad)], guard.OnStart(OtherSlot, Run(78), "boot-1", _ => true));
        Assert.Empty(guard.Record.Runs);
    }

    [Fact]
    public void One_that_still_runs_beside_its_successor_is_not_counted()
    {
        var guard = Start(BootRecord.New("checkout"));
        for (var i = 0; i < 5; i++)
        {
            guard.OnApplied(Slot, _run, Shop, Bad, isStable: false, TimeSpan.Zero);
            Assert.Empty(guard.OnStart(Slot, NewRun(), "boot-1", _ => true, hasEnded: false));
        }
        Assert.Equal(0, Assert.Single(guard.Record.Trials).UncleanEnds);
    }

    [Fact]
    public void A_good_bye_that_comes_after_the_successor_ends_nothing()
    {
        var guard = Start(BootRecord.New("checkout"));
        var before = _run;
        guard.OnStart(Slot, NewRun(), "boot-1", _ => true);
        guard.OnApplied(Slot, _run, Shop, Bad, isStable: false, TimeSpan.Zero);

        Assert.False(guard.OnCleanStop(Slot, before));

        Assert.Single(guard.Record.Runs);
    }

    [Fact]
    public void One_that_runs_an_older_revision_is_not_on_trial_and_does_not_end_the_newer_ones()
    {
        var guard = Start(BootRecord.New("checkout"));
        guard.OnApplied(Slot, _run, Shop, Newer, isStable: false, TimeSpan.Zero);

        Assert.False(guard.OnApplied(OtherSlot, Run(77), Shop, Bad, isStable: false, TimeSpan.Zero));
        Assert.Empty(guard.OnStart(OtherSlot, Run(78), "boot-1", _ => true));
        Assert.False(guard.OnApplied(OtherSlot, Run(78), Shop, Good, isStable: true, TimeSpan.Zero)); // STABLE, while the other goes on

        Assert.Equal((Newer, 0), (Assert.Single(guard.Record.Trials).Revision, guard.Record.Trials[0].UncleanEnds));
    }

    [Fact]
    public void A_revision_does_not_bake_while_no_process_that_runs_it_is_there()
    {
        var guard = Start(BootRecord.New("checkout"));
        guard.OnApplied(Slot, _run, Shop, Bad, isStable: false, TimeSpan.Zero);

        Assert.False(guard.OnHealthy(BakeTime, slot => slot != Slot));
        Assert.False(guard.OnHealthy(BakeTime, _ => true)); // from here on
        Assert.True(guard.OnHealthy(2 * BakeTime, _ => true));
    }

    [Fact]
    public void One_process_cannot_read_back_what_it_ran_before_but_another_can()
    {
        var guard = Start(BootRecord.New("checkout"));
        guard.OnApplied(Slot, _run, Shop, Bad, isStable: false, TimeSpan.Zero);

        Assert.False(guard.OnLoaded(Slot, Shop, Bad));
        Assert.True(guard.OnLoaded(OtherSlot, Shop, Bad));
    }

    private BootGuard Start(BootRecord record)
    {
        var guard = new BootGuard(record, BakeTime);
        guard.OnStart(Slot, NewRun(), "boot-1", _ => true);
        return guard;
    }

    /// <summary>Applies the bad revision and dies; what comes back is the next process, before it starts.</summary>
    private BootGuard Crash(BootGuard guard)
    {
        if (guard.Record.Runs.Count > 0) guard.OnStart(Slot, NewRun(), "boot-1", _ => true);
        guard.OnApplied(Slot, _run, Shop, Bad, isStable: false, TimeSpan.Zero);
        return Reopened(guard);
    }

    /// <summary>What another process reads from the file.</summary>
    private static BootGuard Reopened(BootGuard guard)
    {
        Assert.True(BootRecord.TryParse(guard.Record.Encode(), out var record, out var error), error);
        return new(record, BakeTime);
    }

    private string NewRun() => _run = Run(++_runs);

    private static string Run(int number) => number.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}
