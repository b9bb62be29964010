// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Yardstick.Load;

/// <summary>Order statistics.</summary>
internal static class Percentiles
{
    /// <summary>The value below which this share of the sorted ones lies; not a number if there are none.</summary>
    public static double Of(double[] sorted, double share) => sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(double.IsFinite).Order()];
        return sorted.Length == 0 ? double.NaN
            : sorted.Length % 2 == 1 ? sorted[sorted.Length / 2]
            : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
