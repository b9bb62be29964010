// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace Heliograph.Yardstick.Pictures;

/// <summary>Numbers from zero to a round one above the largest, and where they lie.</summary>
internal sealed class Axis
{
    private const int TicksWanted = 5;

    private readonly double _from, _to;

    /// <summary>An axis that reaches from pixel <paramref name="from"/> to pixel <paramref name="to"/> and holds everything up to <paramref name="largest"/>.</summary>
    public Axis(double largest, double from, double to)
    {
        (_from, _to) = (from, to);
        var rough = (largest > 0 ? largest : 1) / TicksWanted;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        Step = power * (rough / power <= 1 ? 1 : rough / power <= 2 ? 2 : rough / power <= 5 ? 5 : 10);
        Top = Step * Math.Ceiling(Math.Round((largest > 0 ? largest : 1) / Step, 9));
    }

    /// <summary>Between two ticks.</summary>
    public double Step { get; }

    /// <summary>The last tick.</summary>
    public double Top { get; }

    public IEnumerable<double> Ticks => Enumerable.Range(0, (int)Math.Round(Top / Step) + 1).Select(index => index * Step);

    public double At(double value) => _from + (_to - _from) * value / Top;

    public static string Label(double value) => value.ToString(Math.Abs(value) >= 10 || value == Math.Floor(value) ? "#,0.#" : "0.##", CultureInfo.InvariantCulture);
}
