// SPDX-License-Identifier: Apache-2.0
using Heliograph.Yardstick.Load;

namespace Heliograph.Yardstick.Comparison;

/// <summary>What the same figure came to in several runs.</summary>
internal sealed record Range(double Min, double Median, double Max)
{
    /// <summary>Of the runs that have it; <see langword="null"/> if none has.</summary>
    public static Range? Of(IEnumerable<double> values)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        return finite.Length == 0 ? null : new Range(finite.Min(), Percentiles.Median(finite), finite.Max());
    }
}
