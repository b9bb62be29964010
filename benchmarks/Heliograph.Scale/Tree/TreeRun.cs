// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using Heliograph.Yardstick.Load;

namespace Heliograph.Scale.Tree;

/// <summary>The script: few clients, all clients, a killed relay in the middle, a killed relay below it. The clients' own journals are the witnesses.</summary>
internal sealed class TreeRun(TreePlan plan, TextWriter talk) : IAsyncDisposable
{
    private const int WarmUpsOfPhase = 12, ApplicationNumbers = 1_000_000; // applications count from here, clients from 0
    private static readonly TimeSpan ConvergeWithin = TimeSpan.FromSeconds(60), Look = TimeSpan.FromMilliseconds(100), Settle = TimeSpan.FromSeconds(3);

    private TimeSpan Idle => plan.Measured / 6;

    private readonly TreeFleet _fleet = new(plan);
    private readonly FleetJournals _journals = new(), _watchers = new();
    private readonly List<long> _committedMs = [];
    private readonly List<string> _faults = [];
    private int _processes;

    /// <summary>Runs it.</summary>
    public async Task<TreeFigures> RunAsync(CancellationToken cancellationToken)
    {
        var flush = await FlushProbe.MeasureAsync(_fleet.PathOf("probe"));
        await _fleet.StartTiersAsync();
        _fleet.StartWatchers();
        Say($"origin, {plan.Regions} regional relays and {plan.Zones} zone relays are there");
        var starting = Stopwatch.StartNew();
        StartClients(plan.FirstProcesses);
        _fleet.StartApplications();
        await ConvergedAsync("after the first have started", cancellationToken);
        await WarmUpAsync(plan.WarmUpChanges, cancellationToken);
        Say($"warm after {plan.WarmUpChanges} changes, {starting.Elapsed.TotalSeconds:0} s after the first start");
        var few = await MeasureAsync("few clients", plan.Measured / 3, cancellationToken);
        StartClients(plan.Processes);
        await ConvergedAsync("after everyone has started", cancellationToken);
        Say($"{plan.Clients} clients in {plan.Processes} processes and {plan.Applications} applications follow, {starting.Elapsed.TotalSeconds:0} s after the first");
        await Task.Delay(Settle, cancellationToken);
        var all = await MeasureAsync("all clients", plan.Measured, cancellationToken);
        var (connected, current) = await _fleet.FleetAsync();
        var middle = await KillAsync(_fleet.Regionals[0], cancellationToken);
        var lower = await KillAsync(_fleet.Zones[0], cancellationToken);
        await ChangeAsync(cancellationToken);
        await ConvergedAsync("at the end", cancellationToken);
        if (_journals.WentBackwards > 0) _faults.Add($"revisions went backwards {_journals.WentBackwards} times");
        return new(plan, flush, few, all, connected, current, middle, lower, _committedMs.Count, _journals.WentBackwards, _faults);
    }

    private void StartClients(int end)
    {
        _fleet.StartClients(_processes, end);
        _processes = end;
    }

    private int Expected => Math.Min(plan.Clients, _processes * plan.ClientsPerProcess) + _fleet.ApplicationProcesses.Count;

    /// <summary>Changes for a while, and what they cost.</summary>
    private async Task<TreePhase> MeasureAsync(string name, TimeSpan length, CancellationToken cancellationToken)
    {
        await WarmUpAsync(WarmUpsOfPhase, cancellationToken); // those who have come since
        await Task.Delay(plan.RestFor(Expected), cancellationToken);
        var first = _committedMs.Count;
        var (cpu, reports, down, elapsed, spreading) = (Cpu(), _fleet.Tap.Reports, _fleet.Tap.DownBytes, Stopwatch.StartNew(), default(TierCpu));
        while (elapsed.Elapsed < length)
        {
            var before = Cpu();
            await ChangeAsync(cancellationToken);
            await ConvergedAsync($"with {name}", cancellationToken);
            spreading += Cpu() - before;
            await Task.Delay(plan.RestFor(Expected), cancellationToken);
        }
        var (seconds, used, sent) = (elapsed.Elapsed.TotalSeconds, Cpu() - cpu, _fleet.Tap.Reports);
        var (idleFrom, idleCpu) = (Stopwatch.StartNew(), Cpu());
        await Task.Delay(Idle, cancellationToken); // a heartbeat and all that runs anyway
        var idle = (Cpu() - idleCpu) / idleFrom.Elapsed.TotalSeconds;
        var changes = _committedMs.Count - first;
        var phase = new TreePhase(Expected, changes, seconds, SpreadOf(_journals, first, client => client < ApplicationNumbers), plan.Applications > 0 ? SpreadOf(_journals, first, client => client >= ApplicationNumbers) : null,
            SpreadOf(_watchers, first, client => client == 0), SpreadOf(_watchers, first, client => client >= 1 && client <= plan.Regions), SpreadOf(_watchers, first, client => client > plan.Regions),
            (sent.Count - reports.Count) / seconds, (sent.Bytes - reports.Bytes) / seconds, (_fleet.Tap.DownBytes - down) / seconds, used, spreading, idle, Histogram(first));
        Say($"{name}: {changes} changes to {Expected} instances, commit to applied p50 {phase.Clients.P50} ms, p99 {phase.Clients.P99} ms, max {phase.Clients.Max} ms; {phase.ReportsPerSecond:0.0} reports a second at the origin");
        return phase;
    }

    private async Task WarmUpAsync(int changes, CancellationToken cancellationToken)
    {
        for (var i = 0; i < changes; i++)
        {
            await ChangeAsync(cancellationToken);
            await ConvergedAsync("while code is compiled", cancellationToken);
        }
    }

    private async Task<TreeKill> KillAsync(TreeServer relay, CancellationToken cancellationToken)
    {
        await ConvergedAsync($"before {relay.Name} is killed", cancellationToken);
        var (at, first) = (JournalLine.MicrosNow, _committedMs.Count);
        relay.Process.Kill();
        for (var elapsed = Stopwatch.StartNew(); elapsed.Elapsed < plan.AfterKill; await Task.Delay(plan.RestFor(Expected), cancellationToken)) await ChangeAsync(cancellationToken);
        await ConvergedAsync($"without {relay.Name}", cancellationToken);
        var again = Reconnections.Since(at, _journals, _fleet.Regionals.Concat(_fleet.Zones));
        var figures = new TreeKill(relay.Name, SpreadOf(_journals, first, _ => true), again);
        relay.Start();
        relay.WaitUntilReady();
        Say($"{relay.Name} killed: {again.Clients.Count} clients and {again.Relays.Count} relays connected again, most in one second {again.MostInOneSecond}; of {figures.Spread.Count} deliveries the slowest took {figures.Spread.Max} ms");
        return figures;
    }

    private async Task ChangeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var change = _committedMs.Count;
        var value = string.Create(CultureInfo.InvariantCulture, $"change {change} ").PadRight(TreePlan.ValueChars, '.');
        var (_, committedAt) = await _fleet.Api.PutManyAsync(TreePlan.Namespace.Value, [(TreePlan.ChangeKey, change.ToString(CultureInfo.InvariantCulture)), (TreeFleet.KeyOf(change % TreePlan.Settings), value)]);
        _committedMs.Add(committedAt.ToUnixTimeMilliseconds());
    }

    /// <summary>Waits until every instance serves the newest change; who does not is a fault.</summary>
    private async Task ConvergedAsync(string when, CancellationToken cancellationToken)
    {
        var newest = _committedMs.Count - 1;
        for (var waiting = Stopwatch.StartNew(); waiting.Elapsed < ConvergeWithin; await Task.Delay(Look, cancellationToken))
        {
            Refresh();
            if (_journals.Reached(newest) >= Expected) return;
        }
        _faults.Add($"{Expected - _journals.Reached(newest)} of {Expected} instances did not serve change {newest} within {ConvergeWithin.TotalSeconds} s {when}");
        Say(_faults[^1]);
    }

    private void Refresh()
    {
        _journals.Refresh(Enumerable.Range(0, _processes).Select(_fleet.ClientJournal));
        for (var i = 0; i < _fleet.ApplicationProcesses.Count; i++) _journals.RefreshApplication(_fleet.ApplicationJournal(i), ApplicationNumbers + i);
        _watchers.Refresh([_fleet.WatcherJournal]);
    }

    private Spread SpreadOf(FleetJournals journals, int firstChange, Func<int, bool> counts) => Spread.Of(Latencies(journals, firstChange, counts));

    /// <summary>Per client and change: when it first served that change or a newer one.</summary>
    private IEnumerable<double> Latencies(FleetJournals journals, int firstChange, Func<int, bool> counts)
    {
        foreach (var lines in journals.Lines.Where(line => line.Event == JournalEvent.Applied && line.Change >= firstChange && counts(line.Client)).GroupBy(line => line.Client))
        {
            var next = firstChange;
            foreach (var line in lines)
                for (; next <= line.Change; next++) yield return Math.Max(0, line.AtMicros / 1_000.0 - _committedMs[next]);
        }
    }

    private IReadOnlyList<double> Histogram(int firstChange)
    {
        double[] sorted = [.. Latencies(_journals, firstChange, client => client < ApplicationNumbers).Order()];
        return [.. Enumerable.Range(0, 101).Select(percent => Math.Round(Percentiles.Of(sorted, percent / 100.0), 2))];
    }

    private TierCpu Cpu()
    {
        var tiers = new TierCpu(_fleet.Origin.Process.CpuSeconds, Sum(_fleet.Regionals.Select(relay => relay.Process)), Sum(_fleet.Zones.Select(relay => relay.Process)), Sum(_fleet.ClientProcesses), Sum(_fleet.ApplicationProcesses), 0);
        return tiers with { Rest = MachineCpu.BusySeconds - tiers.Origin - tiers.Regional - tiers.Zone - tiers.Clients - tiers.Applications };
    }

    private static double Sum(IEnumerable<MeasuredProcess> processes) => processes.Sum(process => process.CpuSeconds);

    private void Say(string what) => talk.WriteLine(what);

    public ValueTask DisposeAsync() => _fleet.DisposeAsync();
}
