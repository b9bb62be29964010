// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;

namespace Heliograph.Scale.Overload;

/// <summary>One request of an author, and what was answered; a line of what a process of authors writes.</summary>
/// <param name="RequestId">Its idempotency key.</param>
/// <param name="Due">When it was to be asked, in seconds of this machine's monotonic clock: what makes it late counts, too.</param>
/// <param name="End">When the answer was there.</param>
/// <param name="Status">The answer's status; 0 if the connection broke.</param>
/// <param name="RetryAfter">Seconds after which it may be asked again; -1 if the answer does not say.</param>
/// <param name="Sequence">The revision's sequence, of an acknowledged change; else 0.</param>
internal readonly record struct Attempt(string RequestId, double Due, double End, int Status, int RetryAfter, long Sequence)
{
    /// <summary>The clock of all processes.</summary>
    public static double Now => (double)Stopwatch.GetTimestamp() / Stopwatch.Frequency;

    public bool IsAccepted => Status == 200;

    /// <summary>Sent away for now: by contract nothing was written.</summary>
    public bool IsShed => Status is 429 or 503;

    public double Milliseconds => (End - Due) * 1_000;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{RequestId} {Due:F6} {End:F6} {Status} {RetryAfter} {Sequence}");

    /// <exception cref="FormatException">It is no such line.</exception>
    public static Attempt Parse(string line)
    {
        var parts = line.Split(' ');
        if (parts.Length != 6) throw new FormatException($"'{line}' is no line of an author.");
        var numbers = CultureInfo.InvariantCulture;
        return new(parts[0], double.Parse(parts[1], numbers), double.Parse(parts[2], numbers), int.Parse(parts[3], numbers), int.Parse(parts[4], numbers), long.Parse(parts[5], numbers));
    }
}
