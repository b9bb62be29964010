// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>Random numbers of the model (SplitMix64): the same for a seed in every process, on every machine and runtime.</summary>
/// <param name="seed">Where the sequence begins.</param>
public sealed class ModelRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A number from 0 to below 1.</summary>
    public double Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return ((mixed ^ (mixed >> 31)) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>A whole number from 0 to below <paramref name="end"/>.</summary>
    public int Below(int end) => (int)(Next() * end);

    /// <summary>A time that is mostly near <paramref name="typical"/> and now and then very long (Pareto, exponent 2), at most <paramref name="longest"/>.</summary>
    public double HeavyTail(double typical, double longest) => Math.Min(longest, typical / Math.Sqrt(1 - Next()));

    /// <summary>Time to the next event of a Poisson process.</summary>
    /// <param name="perSecond">Events a second.</param>
    public double Exponential(double perSecond) => -Math.Log(1 - Next()) / perSecond;

    /// <summary>A number whose logarithm is distributed normally.</summary>
    public double LogNormal(double mu, double sigma) => Math.Exp(mu + sigma * Math.Sqrt(-2 * Math.Log(1 - Next())) * Math.Cos(2 * Math.PI * Next()));
}
