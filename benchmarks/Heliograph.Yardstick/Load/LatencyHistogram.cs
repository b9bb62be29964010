// SPDX-License-Identifier: Apache-2.0
using System.Numerics;

namespace Heliograph.Yardstick.Load;

/// <summary>Counts times of any length in little memory: exact below 128 µs, above to less than one part in 64; the greatest is exact.</summary>
internal sealed class LatencyHistogram
{
    private const int StepBits = 6, Steps = 1 << StepBits;

    private readonly long[] _counts = new long[(64 - StepBits) * Steps];
    private long _maxMicros;

    /// <summary>How many there are.</summary>
    public long Count { get; private set; }

    /// <summary>The longest, in milliseconds; not a number if there is none.</summary>
    public double MaxMs => Count == 0 ? double.NaN : _maxMicros / 1_000.0;

    /// <summary>Adds a time. Less than nothing, as two clocks may say of what took next to none, counts as nothing.</summary>
    public void Add(long micros)
    {
        micros = Math.Max(0, micros);
        _counts[PlaceOf(micros)]++;
        _maxMicros = Math.Max(_maxMicros, micros);
        Count++;
    }

    /// <summary>The time, in milliseconds, below which this share lies; not a number if there is none. As long as the longest of its step, so never too short.</summary>
    public double Ms(double share)
    {
        if (Count == 0) return double.NaN;
        var rank = Math.Min(Count - 1, (long)(share * Count));
        var place = 0;
        for (long seen = 0; (seen += _counts[place]) <= rank; place++)
        {
        }
        return Math.Min(LongestOf(place), _maxMicros) / 1_000.0;
    }

    private static int PlaceOf(long micros)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)micros | 1) - StepBits);
        return shift * Steps + (int)(micros >> shift);
    }

    private static long LongestOf(int place)
    {
        if (place < 2 * Steps) return place;
        var shift = place / Steps - 1;
        return ((long)(place - shift * Steps + 1) << shift) - 1;
    }
}
