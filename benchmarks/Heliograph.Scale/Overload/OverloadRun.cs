// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Scale.Tree;

namespace Heliograph.Scale.Overload;

/// <summary>The script: what an origin can do, a few authors alone, thousands beside them, and the few alone again; then its log is read.</summary>
internal sealed class OverloadRun(OverloadPlan plan, TextWriter talk) : IDisposable
{
    private const int ConnectsAtOnce = 64;
    private static readonly TimeSpan AnsweredWithin = TimeSpan.FromSeconds(60);

    private readonly OverloadedOrigin _origin = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<Author> _authors = [];

    /// <summary>Runs it.</summary>
    public async Task<OverloadFigures> RunAsync(CancellationToken cancellationToken)
    {
        var measured = new AuthorCrowd("load.capacity", plan.CapacityAuthors.Max(), null);
        await _origin.StartAsync([measured, .. plan.Hungry, .. plan.Steady]);
        var capacity = await CapacityAsync(measured, cancellationToken);
        talk.WriteLine(FormattableString.Invariant($"capacity: {capacity:0} changes of {plan.Operations} settings a second"));

        var (steady, hungry) = (NewAuthors(plan.Steady), NewAuthors(plan.Hungry));
        await ConnectAsync([.. steady, .. hungry], cancellationToken);
        using var steadyStops = new CancellationTokenSource();
        var going = RunAll(steady, steadyStops.Token, cancellationToken);
        var aloneFrom = Now;
        await Task.Delay(plan.Alone, cancellationToken);
        var (from, cpu) = (Now, _origin.Process.CpuSeconds);
        var residentKib = _origin.Process.ResidentKib;
        using var hungryStops = new CancellationTokenSource(plan.Overload);
        var asking = RunAll(hungry, hungryStops.Token, cancellationToken);
        await Task.Delay(plan.Overload, cancellationToken);
        var until = Now;
        var used = (_origin.Process.CpuSeconds - cpu) / (until - from);
        talk.WriteLine(FormattableString.Invariant($"{hungry.Count} authors asked for {until - from:0} s"));
        await asking.WaitAsync(AnsweredWithin, cancellationToken);
        var answered = Now;
        await Task.Delay(plan.Alone, cancellationToken);
        await steadyStops.CancelAsync();
        await going.WaitAsync(AnsweredWithin, cancellationToken);

        var peakKib = _origin.Process.PeakKib;
        var verdict = OverloadVerdict.Of([.. _authors.SelectMany(author => author.Attempts)], _origin.StopAndRead());
        return new(plan, capacity, [.. plan.Hungry.Concat(plan.Steady).Select(crowd => CrowdFigures.Of(crowd, AttemptsOf(crowd, from, until), until - from))],
            SpreadOf(steady, aloneFrom, from), SpreadOf(steady, from, until), SpreadOf(hungry, from, until), SpreadOf(steady, until, until + 1), SpreadOf(steady, until + 1, double.MaxValue),
            steady.SelectMany(author => author.Attempts).Count(attempt => attempt.IsShed && attempt.End > answered), answered - until, used, residentKib >> 10, peakKib >> 10, verdict);
    }

    private double Now => _clock.Elapsed.TotalSeconds;

    /// <summary>Changes a second when so many ask one after the other: of the number with which most are done.</summary>
    private async Task<double> CapacityAsync(AuthorCrowd crowd, CancellationToken cancellationToken)
    {
        var best = 0.0;
        foreach (var count in plan.CapacityAuthors.Prepend(plan.CapacityAuthors[0])) // the first is the warm-up
        {
            var authors = NewAuthors([crowd with { Authors = count }]);
            await ConnectAsync(authors, cancellationToken);
            using var stops = new CancellationTokenSource(plan.Capacity);
            var from = Now;
            await RunAll(authors, stops.Token, cancellationToken);
            best = Math.Max(best, authors.Sum(author => author.Attempts.Count(attempt => attempt.IsAccepted)) / (Now - from));
        }
        return best;
    }

    private List<Author> NewAuthors(IEnumerable<AuthorCrowd> crowds)
    {
        var round = _authors.Count; // request ids of a crowd that comes again are its own
        var authors = crowds.SelectMany(crowd => Enumerable.Range(0, crowd.Authors).Select(number => new Author(crowd, number, $"{crowd.Name}:{round}:{number}", plan.Operations, _origin.Port, _origin.TokenOf(crowd), _clock))).ToList();
        _authors.AddRange(authors);
        return authors;
    }

    private static Task ConnectAsync(IEnumerable<Author> authors, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(authors, new ParallelOptions { MaxDegreeOfParallelism = ConnectsAtOnce, CancellationToken = cancellationToken }, async (author, token) => await author.ConnectAsync(token));

    private static Task RunAll(IReadOnlyList<Author> authors, CancellationToken stopping, CancellationToken cancellationToken) => Task.WhenAll(authors.Select(author => Task.Run(() => author.RunAsync(stopping, cancellationToken), cancellationToken)));

    private IEnumerable<Attempt> AttemptsOf(AuthorCrowd crowd, double from, double until) => _authors.Where(author => author.Crowd == crowd).SelectMany(author => author.Attempts).Where(attempt => attempt.Due >= from && attempt.Due < until);

    private static Spread SpreadOf(IEnumerable<Author> authors, double from, double until) =>
        Spread.Of(authors.SelectMany(author => author.Attempts).Where(attempt => attempt.IsAccepted && attempt.Due >= from && attempt.Due < until).Select(attempt => attempt.Milliseconds));

    public void Dispose()
    {
        foreach (var author in _authors) author.Dispose();
        _origin.Dispose();
    }
}
