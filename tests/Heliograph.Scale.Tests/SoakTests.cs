// SPDX-License-Identifier: Apache-2.0
using Heliograph.Scale.Soak;

namespace Heliograph.Scale.Tests;

public sealed class SoakTests
{
    [Fact]
    public void What_is_flat_after_warming_up_is_no_fault_and_what_grows_is()
    {
        Assert.Empty(Trend(minute => 100_000 + Math.Min(minute, 15) * 5_000, _ => 500).Faults("relay", 0));
        Assert.Single(Trend(minute => 100_000 + minute * 5_000, _ => 500).Faults("relay", 0));
        Assert.Single(Trend(_ => 100_000, minute => 500 + minute * 3).Faults("relay", 0));
        Assert.Empty(Trend(minute => 100_000 + minute * 2_000, _ => 500).Faults("origin", expectedMib: 40)); // history that is meant to be kept
    }

    private static SoakTrend Trend(Func<int, long> kib, Func<int, int> descriptors) => SoakTrend.Of([.. Enumerable.Range(0, 60).Select(minute => new SoakSample(minute, kib(minute), descriptors(minute)))]);
}
