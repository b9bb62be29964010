// SPDX-License-Identifier: Apache-2.0
using Heliograph.Simulation.Checkers;
using Heliograph.Simulation.Rotations;

namespace Heliograph.Simulation.Campaign;

/// <summary>Rotations of keys and the end of an epoch in every order in which what is signed, and what is forged, may reach a replica.</summary>
public sealed class RotationInterleavingTests(ITestOutputHelper output)
{
    internal static readonly RotationStep[] Rotation = [RotationStep.Root2, RotationStep.Root3, RotationStep.ForgedRoot3, RotationStep.ChangeUnderRoot2, RotationStep.StolenChange, RotationStep.PowerCut];
    internal static readonly RotationStep[] Epoch = [RotationStep.Root2, RotationStep.Transition, RotationStep.ForgedTransition, RotationStep.ChangeUnderRoot2, RotationStep.ChangeInEpoch2, RotationStep.PowerCut];

    [Fact]
    public void Keys_are_rotated_twice_in_all_720_orders() => RotateInAllOrders(Rotation, 720);

    [Fact]
    public void With_a_change_under_the_last_root_between_them_in_all_5040_orders()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("HELIOGRAPH_NIGHTLY") == "1", "It takes minutes: HELIOGRAPH_NIGHTLY=1.");
        RotateInAllOrders([.. Rotation, RotationStep.ChangeUnderRoot3], 5_040);
    }

    [Fact]
    public void An_epoch_ends_in_all_720_orders() => Assert.Equal(720, RunAll(Epoch, output).Count);

    private void RotateInAllOrders(RotationStep[] steps, int orders)
    {
        var runs = RunAll(steps, output);
        Assert.Equal(orders, runs.Count);
        Assert.InRange(runs.Count(run => run.TookStolen), 1, orders - 1); // both come: before root 3 is known nobody could tell, afterwards everybody does
    }

    /// <summary>Runs every order of some steps.</summary>
    /// <exception cref="ViolationException">One of them broke a promise.</exception>
    internal static List<RotationRun> RunAll(RotationStep[] steps, ITestOutputHelper output)
    {
        var realm = new RotationRealm();
        var outcomes = Orders(steps).AsParallel().WithDegreeOfParallelism(Environment.ProcessorCount).Select(order => Run(realm, order)).ToList();
        var (runs, failures) = (outcomes.ConvertAll(outcome => outcome.Run), outcomes.Select(outcome => outcome.Violation).OfType<ViolationException>().ToList());
        output.WriteLine($"{runs.Count} orders; in {runs.Count(run => run.TookStolen)} the stolen change came before it could be known for one; {failures.Count} broke a promise");
        return failures.Count == 0 ? runs : throw failures[0];
    }

    /// <summary>Runs one order, on one thread from its making to its end: a world belongs to the thread that made it.</summary>
    private static (RotationRun Run, ViolationException? Violation) Run(RotationRealm realm, RotationStep[] order)
    {
        var run = new RotationRun(realm, order);
        try
        {
            run.Run();
            return (run, null);
        }
        catch (ViolationException violation)
        {
            return (run, violation);
        }
    }

    /// <summary>All orders of some steps.</summary>
    private static IEnumerable<RotationStep[]> Orders(RotationStep[] steps) =>
        steps.Length == 1 ? [steps] : steps.SelectMany(first => Orders([.. steps.Where(step => step != first)]).Select(rest => (RotationStep[])[first, .. rest]));
}
