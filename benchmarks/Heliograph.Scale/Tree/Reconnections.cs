// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.RegularExpressions;

namespace Heliograph.Scale.Tree;

/// <summary>Who connected again after a kill, and when: a fleet that comes back as one is a herd.</summary>
/// <param name="Clients">Seconds after the kill at which clients followed a parent again, in order.</param>
/// <param name="Relays">The same of relays.</param>
/// <param name="MostByOne">Most connections that one client made.</param>
internal sealed partial record Reconnections(IReadOnlyList<double> Clients, IReadOnlyList<double> Relays, int MostByOne)
{
    /// <summary>Most connections of clients and relays within any one second.</summary>
    public int MostInOneSecond
    {
        get
        {
            double[] all = [.. Clients.Concat(Relays).Order()];
            var (most, first) = (0, 0);
            for (var last = 0; last < all.Length; last++)
            {
                while (all[last] - all[first] > 1) first++;
                most = Math.Max(most, last - first + 1);
            }
            return most;
        }
    }

    /// <summary>Reads what happened from a moment on.</summary>
    /// <param name="since">The kill, in microseconds of Unix time.</param>
    /// <param name="clients">Journals of the clients.</param>
    /// <param name="relays">Relays, whose logs tell.</param>
    public static Reconnections Since(long since, FleetJournals clients, IEnumerable<TreeServer> relays)
    {
        var lines = clients.Lines.Where(line => line.Event == JournalEvent.Following && line.AtMicros >= since).ToList();
        var most = lines.GroupBy(line => line.Client).Select(group => group.Count()).DefaultIfEmpty().Max();
        return new([.. lines.Select(line => (line.AtMicros - since) / 1e6).Order()], [.. relays.SelectMany(relay => relay.Logs).SelectMany(FollowingIn).Where(at => at >= since).Select(at => (at - since) / 1e6).Order()], most);
    }

    private static IEnumerable<long> FollowingIn(string log)
    {
        using var reader = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (reader.ReadLine() is { } line)
            if (FollowingLine().Match(line) is { Success: true } found)
                yield return (DateTime.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    }

    [GeneratedRegex(@"^(\S+Z) .*\[2102\]")]
    private static partial Regex FollowingLine();
}
