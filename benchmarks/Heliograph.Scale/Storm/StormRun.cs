// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using Heliograph.Scale.Tree;

namespace Heliograph.Scale.Storm;

/// <summary>The script: origin and relays are killed together, some processes of clients with them; those start again with nobody there; then all servers are started at once. The clients' journals are the witnesses.</summary>
internal sealed class StormRun(StormPlan plan, TextWriter talk) : IAsyncDisposable
{
    private const int ChangesBefore = 3;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly TreeFleet _fleet = new(plan.Tree);
    private readonly FleetJournals _journals = new();
    private readonly List<string> _faults = [];
    private int _changes;

    /// <summary>Runs it.</summary>
    public async Task<StormFigures> RunAsync(CancellationToken cancellationToken)
    {
        await _fleet.StartTiersAsync();
        _fleet.StartClients(0, plan.Tree.Processes);
        for (var i = 0; i < ChangesBefore; i++) await ChangeAsync("before the kill", cancellationToken);
        talk.WriteLine($"{plan.Tree.Clients} clients in {plan.Tree.Processes} processes follow {_fleet.Servers.Count()} servers");

        var (killedAt, down) = (JournalLine.MicrosNow, Stopwatch.StartNew());
        Parallel.ForEach([.. _fleet.Servers.Select(server => server.Process), .. _fleet.ClientProcesses.Take(plan.KilledProcesses)], process => process.Kill());
        for (var process = 0; process < plan.KilledProcesses; process++) _fleet.RestartClients(process);
        var served = down.Elapsed;
        talk.WriteLine(FormattableString.Invariant($"all servers are killed; {plan.KilledClients} clients that were killed too serve what they have on disk after {served.TotalSeconds:0.0} s"));
        if (plan.Down > served) await Task.Delay(plan.Down - served, cancellationToken);

        var (startedAt, since) = (JournalLine.MicrosNow, Stopwatch.StartNew());
        foreach (var server in _fleet.Servers) server.Start();
        _fleet.Origin.WaitUntilReady();
        var ready = since.Elapsed;
        await ChangeAsync("after the servers are there again", cancellationToken, since);
        var counted = await CountedAsync(since, cancellationToken);
        var current = SecondsUntilCurrent(startedAt);
        foreach (var server in _fleet.Servers) server.WaitUntilReady(); // long ago; one that has ended is an error
        await ChangeAsync("at the end", cancellationToken);

        if (_journals.WentBackwards > 0) _faults.Add($"revisions went backwards {_journals.WentBackwards} times");
        var figures = new StormFigures(plan, served.TotalSeconds, (startedAt - killedAt) / 1e6, ready.TotalSeconds, Spread.Of(current.Select(seconds => seconds * 1_000)), counted,
            Reconnections.Since(killedAt, _journals, _fleet.Servers.Skip(1)), ClientTries.Since(killedAt, _journals.Lines, client => client >= plan.KilledClients), _journals.WentBackwards, _faults);
        if (figures.Again.MostInOneSecond > StormPlan.HerdShareMax * plan.Tree.Clients) _faults.Add($"{figures.Again.MostInOneSecond} of {plan.Tree.Clients} connected again within one second");
        return figures;
    }

    /// <summary>Makes a change and waits until every client serves it; who does not in time is a fault.</summary>
    private async Task ChangeAsync(string when, CancellationToken cancellationToken, Stopwatch? since = null)
    {
        since ??= Stopwatch.StartNew();
        var change = _changes++;
        var value = string.Create(CultureInfo.InvariantCulture, $"change {change} ").PadRight(TreePlan.ValueChars, '.');
        await _fleet.Api.PutManyAsync(TreePlan.Namespace.Value, [(TreePlan.ChangeKey, change.ToString(CultureInfo.InvariantCulture)), (TreeFleet.KeyOf(change % TreePlan.Settings), value)]);
        while (true)
        {
            _journals.Refresh(Enumerable.Range(0, plan.Tree.Processes).Select(_fleet.ClientJournal));
            var reached = _journals.Reached(change);
            if (reached >= plan.Tree.Clients) return;
            if (since.Elapsed > StormPlan.CurrentWithin)
            {
                _faults.Add($"{plan.Tree.Clients - reached} of {plan.Tree.Clients} clients did not serve change {change} within {StormPlan.CurrentWithin.TotalSeconds} s {when}");
                talk.WriteLine(_faults[^1]);
                return;
            }
            await Task.Delay(Look, cancellationToken);
        }
    }

    /// <summary>Waits until the origin counts every client as connected and current: reports have come up through all tiers.</summary>
    private async Task<double> CountedAsync(Stopwatch since, CancellationToken cancellationToken)
    {
        for (var (connected, current) = (0, 0); ; await Task.Delay(Look, cancellationToken))
        {
            (connected, current) = await _fleet.FleetAsync();
            if ((connected, current) == (plan.Tree.Clients, plan.Tree.Clients)) return since.Elapsed.TotalSeconds;
            if (since.Elapsed < 2 * StormPlan.CurrentWithin) continue;
            _faults.Add($"the origin counts {connected} connected and {current} current of {plan.Tree.Clients} clients");
            return double.NaN;
        }
    }

    /// <summary>Of each client: seconds from the servers' start until it served what was changed after it.</summary>
    private IEnumerable<double> SecondsUntilCurrent(long startedAt) => _journals.Lines
        .Where(line => line.Event == JournalEvent.Applied && line.Change >= ChangesBefore)
        .GroupBy(line => line.Client).Select(lines => (lines.Min(line => line.AtMicros) - startedAt) / 1e6);

    public ValueTask DisposeAsync() => _fleet.DisposeAsync();
}
