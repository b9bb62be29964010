// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace Heliograph.Scale.Tree;

/// <summary>What a client did: it ran with a revision, followed a parent, or lost one.</summary>
internal enum JournalEvent
{
    /// <summary>It serves this revision from now on.</summary>
    Applied,

    /// <summary>A parent has welcomed it.</summary>
    Following,

    /// <summary>Its parent is gone.</summary>
    Lost,
}

/// <summary>One line of the journal that a process of clients writes: <c>event client micros revision change</c>.</summary>
/// <param name="Event">What happened.</param>
/// <param name="Client">To which client.</param>
/// <param name="AtMicros">When, in microseconds of Unix time, by this machine's clock, which the origin shares.</param>
/// <param name="Revision">Revision that is served.</param>
/// <param name="Change">Number of the change that the served settings hold; -1 if none.</param>
internal readonly record struct JournalLine(JournalEvent Event, int Client, long AtMicros, Revision Revision, int Change)
{
    public static long MicrosNow => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(char)('a' + (int)Event)} {Client} {AtMicros} {Revision} {Change}");

    /// <exception cref="InvalidDataException">It is no line of a journal.</exception>
    public static JournalLine Parse(string line)
    {
        var parts = line.Split(' ');
        return parts.Length == 5 && parts[0].Length == 1 && Heliograph.Revision.TryParse(parts[3], out var revision)
            ? new((JournalEvent)(parts[0][0] - 'a'), Number(parts[1]), long.Parse(parts[2], CultureInfo.InvariantCulture), revision, Number(parts[4]))
            : throw new InvalidDataException($"'{line}' is no line of a client's journal.");
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
