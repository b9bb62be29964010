// SPDX-License-Identifier: Apache-2.0
using Heliograph.Scale.Tree;

namespace Heliograph.Scale.Storm;

/// <summary>What clients tried after they had lost everyone above them: each connection that was not made, or broke before it was welcome, and each that was.</summary>
/// <param name="Times">Seconds after the kill, in order.</param>
/// <param name="MostByOne">Most tries of one client.</param>
internal sealed record ClientTries(IReadOnlyList<double> Times, int MostByOne)
{
    /// <summary>Reads what happened from a moment on.</summary>
    /// <param name="since">The kill, in microseconds of Unix time.</param>
    /// <param name="lines">Lines of journals, those of a client in order.</param>
    /// <param name="wasConnected">Whether a client lived on, so that the first thing it loses is its connection.</param>
    public static ClientTries Since(long since, IEnumerable<JournalLine> lines, Func<int, bool> wasConnected)
    {
        var (times, most) = (new List<double>(), 0);
        foreach (var client in lines.Where(line => line.Event != JournalEvent.Applied && line.AtMicros >= since).GroupBy(line => line.Client))
        {
            var (isConnected, tries) = (wasConnected(client.Key), 0);
            foreach (var line in client)
            {
                var isLoss = line.Event == JournalEvent.Lost && isConnected;
                isConnected = line.Event == JournalEvent.Following;
                if (isLoss) continue;
                times.Add((line.AtMicros - since) / 1e6);
                tries++;
            }
            most = Math.Max(most, tries);
        }
        times.Sort();
        return new(times, most);
    }

    /// <summary>How many fall into each second.</summary>
    public static IReadOnlyList<int> PerSecond(IReadOnlyList<double> times, int seconds)
    {
        var counts = new int[seconds];
        foreach (var time in times)
            if (time >= 0 && time < seconds) counts[(int)time]++;
        return counts;
    }
}
