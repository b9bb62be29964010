// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>The cores of a machine, each with one thing at a time, first come, first served. Times are seconds since the model began.</summary>
/// <param name="cores">How many.</param>
public sealed class Processor(int cores)
{
    private readonly double[] _freeAt = new double[cores];

    /// <summary>Seconds of work taken on.</summary>
    public double Busy { get; private set; }

    /// <summary>When the first core is free.</summary>
    public double FreeAt
    {
        get
        {
            var first = _freeAt[0];
            foreach (var at in _freeAt) first = Math.Min(first, at);
            return first;
        }
    }

    /// <summary>Takes on work.</summary>
    /// <param name="at">When it is there; not before what was taken on earlier was.</param>
    /// <param name="seconds">How long it takes.</param>
    /// <returns>When it is done.</returns>
    public double Run(double at, double seconds)
    {
        var core = 0;
        for (var i = 1; i < _freeAt.Length; i++)
            if (_freeAt[i] < _freeAt[core]) core = i;
        Busy += seconds;
        return _freeAt[core] = Math.Max(at, _freeAt[core]) + seconds;
    }
}
