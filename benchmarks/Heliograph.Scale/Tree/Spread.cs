// SPDX-License-Identifier: Apache-2.0
using Heliograph.Yardstick.Load;

namespace Heliograph.Scale.Tree;

/// <summary>Times from commit at the origin to applied, in milliseconds.</summary>
internal sealed record Spread(double P50, double P99, double Max, int Count)
{
    public static Spread Of(IEnumerable<double> milliseconds)
    {
        double[] sorted = [.. milliseconds.Order()];
        return new(Round(Percentiles.Of(sorted, 0.5)), Round(Percentiles.Of(sorted, 0.99)), Round(Percentiles.Of(sorted, 1)), sorted.Length);
    }

    private static double Round(double value) => double.IsFinite(value) ? Math.Round(value, 2) : 0;
}
