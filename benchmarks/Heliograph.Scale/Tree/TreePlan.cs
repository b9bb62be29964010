// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Scale.Tree;

/// <summary>What tree is built, and what is done to it.</summary>
internal sealed record TreePlan
{
    public const string Service = "leaf", WatcherService = "watcher", ApplicationService = "shop", ChangeKey = "Shop:Marker", Realm = "tree";

    /// <summary>Values of this length are published: what a configuration is in the middle (reference workload: median 1 KB).</summary>
    public const int ValueChars = 1_024;

    /// <summary>Settings of the namespace.</summary>
    public const int Settings = 256;

    /// <summary>How long processes and clients may take to start: they all start at once.</summary>
    public static readonly TimeSpan StartWithin = TimeSpan.FromMinutes(3);

    public static NamespaceName Namespace { get; } = NamespaceName.Parse("tree.settings");

    /// <summary>Client instances, each with a connection and a last-known-good directory of its own.</summary>
    public int Clients { get; init; } = 2_000;

    /// <summary>Clients of one process.</summary>
    public int ClientsPerProcess { get; init; } = 100;

    /// <summary>Processes of a real application, through <c>IConfiguration</c>.</summary>
    public int Applications { get; init; } = 40;

    /// <summary>The origin's heartbeat, whole seconds; relays are stale after three. Default 10 s, the product's.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    public int Regions { get; init; } = 3;

    public int ZonesPerRegion { get; init; } = 3;

    /// <summary>How long changes are measured with everyone there.</summary>
    public TimeSpan Measured { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Rest before each change: while propagation is measured after the one before has reached everyone, after a kill whether or not it has.</summary>
    public TimeSpan RestFor(int instances) => Rest + instances * RestPerInstance;

    /// <summary>Rest before each change, however few instances there are.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>More of it for each instance: two cores need about a millisecond of CPU for each to take a change, and what they do afterwards is not to fall into the next one.</summary>
    public TimeSpan RestPerInstance { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Changes before anything is measured, one after the other, to the few clients and all applications: a runtime compiles again what was called thirty times, and an application calls most of it once a change.</summary>
    public int WarmUpChanges { get; init; } = 32;

    /// <summary>How long the fleet is watched after each kill.</summary>
    public TimeSpan AfterKill { get; init; } = TimeSpan.FromSeconds(20);

    public int Zones => Regions * ZonesPerRegion;

    public int Processes => (Clients + ClientsPerProcess - 1) / ClientsPerProcess;

    /// <summary>Processes that are there while few clients are: a tenth of all, at least one.</summary>
    public int FirstProcesses => Math.Max(1, Processes / 10);
}
