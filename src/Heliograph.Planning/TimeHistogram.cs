// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>How long many things took: buckets half a percent wide, from a microsecond to days, so that a thousand million samples cost what ten do.</summary>
public sealed class TimeHistogram
{
    private const double Least = 1e-6, Growth = 1.005;
    private static readonly double _perBucket = 1 / Math.Log(Growth);

    private readonly long[] _counts = new long[6_000];
    private double _max;

    /// <summary>Samples taken.</summary>
    public long Count { get; private set; }

    /// <summary>The longest, in seconds; 0 without samples.</summary>
    public double Max => _max;

    /// <summary>Takes a sample.</summary>
    /// <param name="seconds">How long it took.</param>
    public void Add(double seconds)
    {
        var bucket = seconds <= Least ? 0 : (int)(Math.Log(seconds / Least) * _perBucket);
        _counts[Math.Min(bucket, _counts.Length - 1)]++;
        Count++;
        if (seconds > _max) _max = seconds;
    }

    /// <summary>The time within which this share of the samples was done, in seconds; 0 without samples.</summary>
    /// <param name="share">From 0 to 1.</param>
    public double Quantile(double share)
    {
        if (Count == 0) return 0;
        if (share >= 1) return _max;
        var wanted = (long)(share * Count);
        var bucket = 0;
        for (long seen = _counts[0]; seen <= wanted; seen += _counts[bucket]) bucket++;
        return Math.Min(_max, Least * Math.Pow(Growth, bucket + 0.5));
    }
}
