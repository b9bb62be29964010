// SPDX-License-Identifier: Apache-2.0
using Heliograph.Scale.Tree;

namespace Heliograph.Scale.Overload;

/// <summary>The script: what an origin can do, a few authors alone, thousands beside them, and the few alone again; then its log is read.</summary>
internal sealed class OverloadRun(OverloadPlan plan, TextWriter talk) : IDisposable
{
    private const double Lead = 0.1; // seconds until processes have read when to begin

    private readonly OverloadedOrigin _origin = new();
    private readonly List<AuthorsProcess> _processes = [];

    /// <summary>Runs it.</summary>
    public async Task<OverloadFigures> RunAsync(CancellationToken cancellationToken)
    {
        var measured = new AuthorCrowd("load.capacity", plan.CapacityAuthors.Max(), null);
        await _origin.StartAsync([measured, .. plan.Hungry, .. plan.Steady]);
        var capacity = await CapacityAsync(measured, cancellationToken);
        talk.WriteLine(FormattableString.Invariant($"capacity: {capacity:0} changes of {plan.Operations} settings a second"));

        var (steady, hungry) = (Start(plan.Steady), Start(plan.Hungry));
        foreach (var process in steady.Concat(hungry)) process.WaitUntilConnected();
        var aloneFrom = Attempt.Now + Lead;
        var (from, until) = (aloneFrom + plan.Alone.TotalSeconds, aloneFrom + (plan.Alone + plan.Overload).TotalSeconds);
        foreach (var process in steady) process.Ask(aloneFrom, until + plan.Alone.TotalSeconds);
        foreach (var process in hungry) process.Ask(from, until);
        await UntilAsync(from, cancellationToken);
        var (cpu, residentKib) = (_origin.Process.CpuSeconds, _origin.Process.ResidentKib);
        await UntilAsync(until, cancellationToken);
        var used = (_origin.Process.CpuSeconds - cpu) / (until - from);
        talk.WriteLine(FormattableString.Invariant($"{plan.Hungry.Sum(crowd => crowd.Authors)} authors asked for {until - from:0} s"));
        foreach (var process in hungry.Concat(steady)) await process.DoneAsync(plan.Alone, cancellationToken);

        var answered = hungry.SelectMany(process => process.Attempts).Max(attempt => attempt.End);
        var peakKib = _origin.Process.PeakKib;
        var verdict = OverloadVerdict.Of([.. _processes.SelectMany(process => process.Attempts)], _origin.StopAndRead());
        return new(plan, capacity, [.. hungry.Concat(steady).Select(process => CrowdFigures.Of(process.Crowd, process.Attempts.Where(attempt => attempt.Due >= from && attempt.Due < until), until - from))],
            SpreadOf(steady, aloneFrom, from), SpreadOf(steady, from, until), SpreadOf(hungry, from, until), SpreadOf(steady, until, until + 1), SpreadOf(steady, until + 1, double.MaxValue),
            steady.SelectMany(process => process.Attempts).Count(attempt => attempt.IsShed && attempt.End > answered), Math.Max(0, answered - until), used, residentKib >> 10, peakKib >> 10, verdict);
    }

    /// <summary>Changes a second when so many ask one after the other: of the number with which most are done.</summary>
    private async Task<double> CapacityAsync(AuthorCrowd crowd, CancellationToken cancellationToken)
    {
        var best = 0.0;
        foreach (var count in plan.CapacityAuthors.Prepend(plan.CapacityAuthors[0])) // the first warms the origin
        {
            var authors = Start([crowd with { Authors = count }])[0];
            authors.WaitUntilConnected();
            var from = Attempt.Now + Lead;
            authors.Ask(from, from + plan.Capacity.TotalSeconds);
            await authors.DoneAsync(plan.Capacity, cancellationToken);
            best = Math.Max(best, authors.Attempts.Count(attempt => attempt.IsAccepted) / (authors.Attempts.Max(attempt => attempt.End) - from));
        }
        return best;
    }

    private List<AuthorsProcess> Start(IEnumerable<AuthorCrowd> crowds)
    {
        var started = crowds.Select(crowd => _origin.NewAuthors(crowd, plan.Operations)).ToList();
        _processes.AddRange(started);
        return started;
    }

    private static async Task UntilAsync(double moment, CancellationToken cancellationToken)
    {
        if (TimeSpan.FromSeconds(moment - Attempt.Now) is var wait && wait > TimeSpan.Zero) await Task.Delay(wait, cancellationToken);
    }

    private static Spread SpreadOf(IEnumerable<AuthorsProcess> authors, double from, double until) =>
        Spread.Of(authors.SelectMany(process => process.Attempts).Where(attempt => attempt.IsAccepted && attempt.Due >= from && attempt.Due < until).Select(attempt => attempt.Milliseconds));

    public void Dispose()
    {
        foreach (var process in _processes) process.Dispose();
        _origin.Dispose();
    }
}
