// SPDX-License-Identifier: Apache-2.0
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Faults;

/// <summary>Which faults a run may meet, and how often it met each.</summary>
/// <remarks>
/// Swarm testing: every seed switches a random subset on, at a random rate. A run with everything on hides as much as one with nothing:
/// connections that are always reset never live long enough to meet a stalled reader.
/// </remarks>
public sealed class FaultMenu
{
    private readonly SortedSet<Fault> _on = [];
    private readonly SortedDictionary<Fault, int> _struck = [];
    private readonly Random _random;
    private bool _isHealed;

    private FaultMenu(Random random) => _random = random;

    /// <summary>How eager faults are in this run: every probability is multiplied by it.</summary>
    public double Eagerness { get; private init; } = 1;

    /// <summary>What is switched on.</summary>
    public IReadOnlyCollection<Fault> On => _on;

    /// <summary>How often each fault struck.</summary>
    public IReadOnlyDictionary<Fault, int> Struck => _struck;

    /// <summary>A random subset, from the world's seed.</summary>
    public static FaultMenu Swarm(SimScheduler scheduler) => Swarm(scheduler, FaultKinds.InSwarm);

    /// <summary>A random subset of these.</summary>
    public static FaultMenu Swarm(SimScheduler scheduler, IReadOnlyList<Fault> possible)
    {
        var random = scheduler.NewRandom("faults");
        var menu = new FaultMenu(random) { Eagerness = 0.5 + 1.5 * random.NextDouble() };
        var density = 0.25 + 0.5 * random.NextDouble();
        foreach (var fault in possible)
            if (random.Chance(density)) menu._on.Add(fault);
        return menu;
    }

    /// <summary>Exactly these.</summary>
    public static FaultMenu Of(SimScheduler scheduler, params ReadOnlySpan<Fault> faults)
    {
        var menu = new FaultMenu(scheduler.NewRandom("faults"));
        foreach (var fault in faults) menu._on.Add(fault);
        return menu;
    }

    /// <summary>Adds a fault to those that may happen.</summary>
    public void SwitchOn(Fault fault) => _on.Add(fault);

    /// <summary>Whether a fault may happen now.</summary>
    public bool IsOn(Fault fault) => !_isHealed && _on.Contains(fault);

    /// <summary>Draws whether a fault happens here and now, and counts it if so.</summary>
    public bool Strikes(Fault fault, double probability)
    {
        if (!IsOn(fault) || !_random.Chance(probability * Eagerness)) return false;
        Count(fault);
        return true;
    }

    /// <summary>One of those that may happen now, or <see langword="null"/>: a draw among them and nothing at all. It is not counted.</summary>
    public Fault? OneOf(params ReadOnlySpan<Fault> faults)
    {
        var possible = new List<Fault>();
        foreach (var fault in faults)
            if (IsOn(fault)) possible.Add(fault);
        return _random.Next(possible.Count + 1) is var which && which < possible.Count ? possible[which] : null;
    }

    /// <summary>A fault was injected.</summary>
    public void Count(Fault fault) => _struck[fault] = _struck.GetValueOrDefault(fault) + 1;

    /// <summary>From now on nothing goes wrong any more.</summary>
    public void Heal() => _isHealed = true;

    /// <inheritdoc/>
    public override string ToString() => _on.Count == 0 ? "no faults" : $"x{Eagerness:0.00} {string.Join(' ', _on)}";
}
