// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Samples.ShopFleet;

/// <summary>Times from commit at the origin to applied in a process, in milliseconds.</summary>
internal sealed class Propagation
{
    private readonly List<double> _samples = [];

    public int Count => _samples.Count;

    public void Add(double milliseconds) => _samples.Add(Math.Max(0, milliseconds));

    /// <summary>Nearest-rank percentile; 0 without samples.</summary>
    public double Percentile(double percent)
    {
        if (_samples.Count == 0) return 0;
        var ordered = _samples.Order().ToList();
        return ordered[Math.Clamp((int)Math.Ceiling(percent / 100 * ordered.Count) - 1, 0, ordered.Count - 1)];
    }

    public double Max => _samples.Count == 0 ? 0 : _samples.Max();
}
