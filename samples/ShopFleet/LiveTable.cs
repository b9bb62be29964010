// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Heliograph.Samples.ShopFleet;

/// <summary>Changes a setting every few seconds and shows who runs what since when, until Ctrl-C.</summary>
internal sealed class LiveTable(Fleet fleet)
{
    private static readonly TimeSpan ChangeEvery = TimeSpan.FromSeconds(3), RefreshEvery = TimeSpan.FromMilliseconds(200);

    private const int WideColumns = 120; // below it no borders, and of a state root what tells two apart

    private readonly MemberKiller _killer = new(fleet, downFor: TimeSpan.FromSeconds(4), pause: TimeSpan.FromSeconds(6));
    private readonly Propagation _propagation = new();
    private readonly Dictionary<string, (string Revision, long CommittedAtMs)> _newest = [];
    private readonly HashSet<(string Process, string Namespace, string Revision)> _seen = [];
    private int _changes;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var sinceChange = Stopwatch.StartNew();
        var killing = fleet.Etcd.Count == 0 ? Task.CompletedTask : KillAsync(cancellationToken);
        await AnsiConsole.Live(Draw()).StartAsync(async context =>
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                if (sinceChange.Elapsed >= ChangeEvery)
                {
                    sinceChange.Restart();
                    var name = fleet.Namespaces[_changes++ % fleet.Namespaces.Count];
                    _newest[name] = await fleet.Api.SetAsync(name, "Shop:Marker", _changes.ToString(CultureInfo.InvariantCulture), cancellationToken);
                }
                Measure();
                context.UpdateTarget(Draw());
                await Task.Delay(RefreshEvery, cancellationToken);
            }
        });
        await killing;
    }

    private async Task KillAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(10), cancellationToken);
            while (true) await _killer.RoundAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested) { } // Ctrl-C
    }

    /// <summary>Of a cluster: who is there, and what was done to whom.</summary>
    private IEnumerable<Markup> Members()
    {
        if (fleet.Etcd.Count == 0) yield break;
        yield return new Markup(string.Join("  ", fleet.Origins.Concat(fleet.Etcd).Select(member => member.IsAlive ? $"[green]{member.Name}[/]" : $"[red]{member.Name}[/]")));
        yield return new Markup(string.Create(CultureInfo.InvariantCulture, $"{_killer.Last}; {_killer.Kills} kills, take-overs in {string.Join(", ", _killer.TakeOvers.TakeLast(8).Select(time => $"{time.TotalSeconds:F1} s"))}"));
    }

    private void Measure()
    {
        foreach (var application in fleet.Applications)
        {
            application.Journal.Refresh();
            foreach (var name in application.Namespaces)
                if (_newest.TryGetValue(name, out var newest) && application.Journal.Newest(name) is { } line && line.Revision == newest.Revision
                    && _seen.Add((application.Process.Name, name, line.Revision)))
                    _propagation.Add(line.AppliedAtMs - newest.CommittedAtMs);
        }
    }

    private Rows Draw()
    {
        var isWide = AnsiConsole.Profile.Width >= WideColumns;
        var table = new Table { Border = isWide ? TableBorder.Rounded : TableBorder.None };
        foreach (var title in (string[])["process", "region", "namespace", "rev", "applied", "root", "from"]) table.AddColumn(title, column => column.NoWrap());
        foreach (var application in fleet.Applications)
            foreach (var line in application.Namespaces.Select(application.Journal.Newest).OfType<JournalLine>())
                table.AddRow(
                    application.Process.IsAlive ? application.Process.Name : $"[red]{application.Process.Name}[/]", application.Region, line.Namespace, line.Revision,
                    DateTimeOffset.FromUnixTimeMilliseconds(line.AppliedAtMs).ToLocalTime().ToString(isWide ? "HH:mm:ss.fff" : "HH:mm:ss.f", CultureInfo.InvariantCulture),
                    line.StateRoot[..(isWide ? 16 : 5)], line.IsStale ? $"[yellow]{line.Source}, stale[/]" : line.Source);
        return new Rows([
            table,
            .. Members(),
            new Markup(string.Create(CultureInfo.InvariantCulture,
                $"{_changes} changes, {_propagation.Count} deliveries; commit to applied p50 {_propagation.Percentile(50):F0} ms, p99 {_propagation.Percentile(99):F0} ms, max {_propagation.Max:F0} ms. Ctrl-C stops everything.")),
        ]);
    }
}
