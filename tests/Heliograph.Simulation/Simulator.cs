// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core;
using Heliograph.Simulation.Cluster;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Fleet;

namespace Heliograph.Simulation;

/// <summary>What came of one seed.</summary>
/// <param name="Seed">Which.</param>
/// <param name="Bug">The bug that was planted; <see langword="null"/> for none.</param>
/// <param name="Digest">Over everything that happened.</param>
/// <param name="Steps">How much happened.</param>
/// <param name="Changes">Changes that were acknowledged.</param>
/// <param name="Struck">How often each fault struck.</param>
/// <param name="Setup">The fleet's options and the faults that were on.</param>
/// <param name="Failure">What went wrong; <see langword="null"/> if nothing did.</param>
/// <param name="Recent">What happened last.</param>
public sealed record RunReport(
    ulong Seed, string? Bug, string Digest, long Steps, int Changes, IReadOnlyDictionary<Fault, int> Struck, string Setup, Exception? Failure, IReadOnlyList<string> Recent)
{
    /// <summary>Whether it was a cluster, not a fleet.</summary>
    public bool IsCluster { get; init; }

    /// <summary>Writes and reads of a cluster that were judged for I9.</summary>
    public int Calls { get; init; }

    /// <summary>Writes among them of which nobody knows what came.</summary>
    public int Unknown { get; init; }

    /// <summary>How often the right to append went to another origin.</summary>
    public int Successions { get; init; }

    /// <summary>What to type to see it again.</summary>
    public string ReplayCommand =>
        $"{(Bug is null ? "artifacts" : "artifacts/planted")}/bin/Heliograph.Simulation/debug/Heliograph.Simulation {(IsCluster ? "--cluster " : "")}--seed {Seed}{(Bug is null ? "" : $" --bug {Bug}")} --trace";
}

/// <summary>Runs a seed from its beginning to its end.</summary>
public static class Simulator
{
    private static volatile string? _planted;

    /// <summary>Plants a bug for every seed that runs from now on, on whichever thread; <see langword="null"/>: none.</summary>
    /// <param name="bug">By its name in <see cref="Planted"/>; only in a build that can.</param>
    public static void Plant(string? bug)
    {
#if PLANTED_BUGS
        if (bug is not null && typeof(Planted).GetProperty(bug) is null) throw new ArgumentException($"There is no planted bug '{bug}'.", nameof(bug));
        Planted.Bug = bug;
#else
        if (bug is not null) throw new NotSupportedException("This build cannot plant bugs. Build with -p:PlantedBugs=true -p:ArtifactsPath=artifacts/planted.");
#endif
        _planted = bug;
    }

    /// <summary>Runs one fleet. What goes wrong is in the report.</summary>
    /// <param name="seed">Everything random comes from it.</param>
    /// <param name="echo">Where the trace is written as it comes; <see langword="null"/> for nowhere.</param>
    /// <param name="also">Faults that are on whatever the seed has drawn.</param>
#pragma warning disable CA1031 // whatever a run fails with is its result
    public static RunReport Run(ulong seed, TextWriter? echo = null, params ReadOnlySpan<Fault> also)
    {
        var world = new FleetWorld(seed);
        foreach (var fault in also) world.Faults.SwitchOn(fault);
        world.Scheduler.Trace.Echo = echo;
        Exception? failure = null;
        try
        {
            new FleetRun(world).Run();
        }
        catch (Exception exception)
        {
            failure = exception;
        }
        var trace = world.Scheduler.Trace;
        return new(seed, _planted, trace.Digest(), world.Scheduler.Steps, world.Acknowledged.Count, world.Faults.Struck, $"{world.Options}; {world.Faults}", failure, [.. trace.Recent]);
    }

    /// <summary>Runs one cluster: three origins over etcd. What goes wrong is in the report.</summary>
    /// <param name="seed">Everything random comes from it.</param>
    /// <param name="echo">Where the trace is written as it comes; <see langword="null"/> for nowhere.</param>
    /// <param name="also">Faults that are on whatever the seed has drawn.</param>
    public static RunReport RunCluster(ulong seed, TextWriter? echo = null, params ReadOnlySpan<Fault> also)
    {
        var world = new ClusterWorld(seed);
        foreach (var fault in also) world.Faults.SwitchOn(fault);
        world.Scheduler.Trace.Echo = echo;
        Exception? failure = null;
        try
        {
            new ClusterRun(world).Run();
        }
        catch (Exception exception)
        {
            failure = exception;
        }
        var trace = world.Scheduler.Trace;
        return new(seed, _planted, trace.Digest(), world.Scheduler.Steps, world.Acknowledged.Count, world.Faults.Struck, world.Faults.ToString(), failure, [.. trace.Recent])
        {
            IsCluster = true, Calls = world.Calls.Count, Unknown = world.Calls.Count(call => call.ReturnedAt == long.MaxValue), Successions = world.Log.Successions,
        };
    }
#pragma warning restore CA1031
}
