// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Scale.Tree;

namespace Heliograph.Scale.Overload;

/// <summary>What became of one namespace's authors while everyone asked.</summary>
/// <param name="Crowd">Who asked.</param>
/// <param name="AskedPerSecond">Requests.</param>
/// <param name="AcceptedPerSecond">Acknowledged changes.</param>
/// <param name="TooMany">Refused with 429: their own share.</param>
/// <param name="Overloaded">Refused with 503: all together.</param>
/// <param name="Accepted">From when a change was due until it was acknowledged, refusals and waits of <c>Retry-After</c> included; milliseconds.</param>
/// <param name="Refused">From asking to a refusal, milliseconds.</param>
internal sealed record CrowdFigures(AuthorCrowd Crowd, double AskedPerSecond, double AcceptedPerSecond, int TooMany, int Overloaded, Spread Accepted, Spread Refused)
{
    public static CrowdFigures Of(AuthorCrowd crowd, IEnumerable<Attempt> attempts, double seconds)
    {
        var all = attempts.ToList();
        return new(crowd, all.Count / seconds, all.Count(attempt => attempt.IsAccepted) / seconds, all.Count(attempt => attempt.Status == 429), all.Count(attempt => attempt.Status == 503),
            Spread.Of(all.Where(attempt => attempt.IsAccepted).Select(attempt => attempt.Milliseconds)), Spread.Of(all.Where(attempt => attempt.IsShed).Select(attempt => attempt.Milliseconds)));
    }
}

/// <summary>What an overload came to. Times are in milliseconds.</summary>
/// <param name="Plan">Who asked for how much.</param>
/// <param name="Capacity">Changes a second that the origin acknowledges when it is asked for as many as it does.</param>
/// <param name="Crowds">By namespace, while everyone asked.</param>
/// <param name="Alone">Acknowledged changes of the steady authors, before.</param>
/// <param name="Beside">Of the same while everyone asked.</param>
/// <param name="Hungry">Of all others then.</param>
/// <param name="FirstSecond">Of the steady ones, due in the first second after the others had stopped.</param>
/// <param name="Afterwards">Of the same later.</param>
/// <param name="ShedAfterwards">Of the same, refused after the last of the others was answered.</param>
/// <param name="AnsweredSeconds">From the stop until what was under way then was answered.</param>
/// <param name="OriginCores">Cores that the origin used meanwhile.</param>
/// <param name="ResidentMib">Its memory before.</param>
/// <param name="PeakMib">The most that it ever had.</param>
/// <param name="Verdict">Answers against the log.</param>
internal sealed record OverloadFigures(OverloadPlan Plan, double Capacity, IReadOnlyList<CrowdFigures> Crowds, Spread Alone, Spread Beside, Spread Hungry, Spread FirstSecond, Spread Afterwards,
    int ShedAfterwards, double AnsweredSeconds, double OriginCores, long ResidentMib, long PeakMib, OverloadVerdict Verdict)
{
    /// <summary>How many times the capacity was asked for.</summary>
    public double TimesCapacity => Crowds.Sum(crowd => crowd.AskedPerSecond) / Capacity;

    /// <summary>Of those who asked for more than is done, the least that one of their namespaces was given, as a share of the most: 1 is equal.</summary>
    public double LeastShareOfMost => Crowds.Where(crowd => !crowd.Crowd.IsSteady).Select(crowd => crowd.AcceptedPerSecond).ToList() is var given ? given.Min() / given.Max() : 0;

    /// <summary>As one object, for programs.</summary>
    public object ToJson() => new
    {
        workload = "overload",
        operations = Plan.Operations,
        authors = Plan.Hungry.Concat(Plan.Steady).Sum(crowd => crowd.Authors),
        capacityPerSecond = Math.Round(Capacity),
        askedPerSecond = Math.Round(Crowds.Sum(crowd => crowd.AskedPerSecond)),
        timesCapacity = Math.Round(TimesCapacity, 1),
        acceptedPerSecond = Math.Round(Crowds.Sum(crowd => crowd.AcceptedPerSecond)),
        leastShareOfMost = Math.Round(LeastShareOfMost, 2),
        namespaces = Crowds.Select(crowd => new
        {
            name = crowd.Crowd.Name,
            authors = crowd.Crowd.Authors,
            askedPerSecond = Math.Round(crowd.AskedPerSecond),
            acceptedPerSecond = Math.Round(crowd.AcceptedPerSecond),
            tooManyRequests = crowd.TooMany,
            overloaded = crowd.Overloaded,
            acceptedMs = crowd.Accepted,
            refusedMs = crowd.Refused,
        }),
        steadyAloneMs = Alone,
        steadyBesideMs = Beside,
        hungryMs = Hungry,
        steadyFirstSecondAfterMs = FirstSecond,
        steadyAfterMs = Afterwards,
        shedAfterwards = ShedAfterwards,
        answeredSeconds = Math.Round(AnsweredSeconds, 2),
        originCores = Math.Round(OriginCores, 2),
        residentMib = ResidentMib,
        peakMib = PeakMib,
        asked = Verdict.Asked,
        acknowledged = Verdict.Acknowledged,
        shed = Verdict.Shed,
        unknown = Verdict.Unknown,
        faults = Verdict.Faults,
    };

    /// <summary>For people.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine(Text($"capacity {Capacity:0} changes a second; asked {TimesCapacity:0.0} times as many, acknowledged {Crowds.Sum(crowd => crowd.AcceptedPerSecond):0} a second"));
        output.WriteLine("namespace         authors   asked/s accepted/s      429      503   accepted ms p50      p99      max   refused ms p50      p99");
        foreach (var crowd in Crowds)
            output.WriteLine(Text($"{crowd.Crowd.Name,-16}{crowd.Crowd.Authors,9}{crowd.AskedPerSecond,10:0}{crowd.AcceptedPerSecond,11:0}{crowd.TooMany,9}{crowd.Overloaded,9}{crowd.Accepted.P50,18:0.0}{crowd.Accepted.P99,9:0.0}{crowd.Accepted.Max,9:0.0}{crowd.Refused.P50,17:0.0}{crowd.Refused.P99,9:0.0}"));
        foreach (var (what, spread) in new[] { ("alone before", Alone), ("beside the others", Beside), ("first second after", FirstSecond), ("later", Afterwards) })
            output.WriteLine(Text($"steady, {what,-20}{spread.P50,9:0.0}{spread.P99,9:0.0}{spread.Max,9:0.0} ms of {spread.Count}"));
        output.WriteLine(Text($"what was under way at the stop was answered after {AnsweredSeconds:0.00} s; refused after that {ShedAfterwards}; the origin used {OriginCores:0.0} cores, {ResidentMib} MiB before, {PeakMib} MiB at most"));
        output.WriteLine($"{Verdict.Asked} asked: {Verdict.Acknowledged} acknowledged, {Verdict.Shed} refused, {Verdict.Unknown} unknown; the least of the hungry was given {LeastShareOfMost.ToString("0.00", CultureInfo.InvariantCulture)} of the most");
        foreach (var fault in Verdict.Faults) output.WriteLine($"FAULT: {fault}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
