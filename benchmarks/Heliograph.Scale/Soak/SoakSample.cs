// SPDX-License-Identifier: Apache-2.0
using Heliograph.Yardstick.Load;

namespace Heliograph.Scale.Soak;

/// <summary>What a process held at a moment.</summary>
internal readonly record struct SoakSample(double Seconds, long ResidentKib, int Descriptors)
{
    public static SoakSample Of(MeasuredProcess process, double seconds) => new(seconds, process.ResidentKib, process.Descriptors);
}

/// <summary>Whether what a process holds grows: the middle third of a run against its last one. The first third is warming up.</summary>
internal sealed record SoakTrend(double MiddleMib, double LastMib, double MiddleDescriptors, double LastDescriptors)
{
    /// <summary>Memory may be so much more in the last third, as a share: a collector does not give back at once.</summary>
    public const double GrowthShareMax = 0.10;

    /// <summary>And so much besides.</summary>
    public const double GrowthMibMax = 16;

    /// <summary>Descriptors may be so many more: those of subscribers that are just coming back do not count alike at every moment.</summary>
    public const int DescriptorsMoreMax = 32;

    /// <summary>Takes medians of the thirds.</summary>
    public static SoakTrend Of(IReadOnlyList<SoakSample> samples)
    {
        var third = samples.Count / 3;
        var (middle, last) = (samples.Skip(third).Take(third).ToList(), samples.Skip(2 * third).ToList());
        return new(Median(middle, sample => sample.ResidentKib / 1_024.0), Median(last, sample => sample.ResidentKib / 1_024.0), Median(middle, sample => sample.Descriptors), Median(last, sample => sample.Descriptors));
    }

    /// <summary>What grows, a sentence each.</summary>
    /// <param name="who">Whose trend it is.</param>
    /// <param name="expectedMib">Growth that is meant: history that a process keeps within its budget.</param>
    public IEnumerable<string> Faults(string who, double expectedMib)
    {
        if (LastMib > MiddleMib * (1 + GrowthShareMax) + GrowthMibMax + expectedMib) yield return FormattableString.Invariant($"the {who}'s memory grew from {MiddleMib:0} to {LastMib:0} MiB");
        if (LastDescriptors > MiddleDescriptors + DescriptorsMoreMax) yield return FormattableString.Invariant($"the {who}'s descriptors grew from {MiddleDescriptors:0} to {LastDescriptors:0}");
    }

    private static double Median(IReadOnlyList<SoakSample> samples, Func<SoakSample, double> value) => Percentiles.Median(samples.Select(value));
}
