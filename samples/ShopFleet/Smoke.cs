// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Heliograph.Samples.ShopFleet;

/// <summary>The same fleet without a terminal: changes, kills, offline starts, and a verdict that the processes' own journals give.</summary>
internal sealed class Smoke(Fleet fleet, TextWriter output)
{
    private const int Changes = 50, KillRelayAt = 15, StartRelayAt = 30;
    private static readonly TimeSpan ConvergeWithin = TimeSpan.FromSeconds(30);

    private readonly Propagation _propagation = new();
    private int _failures;

    /// <summary>Runs the whole script.</summary>
    /// <returns>0 only if every process converged every time and no revision went backwards.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await fleet.StartAsync(cancellationToken);
        await RequireConvergenceAsync("after the import", cancellationToken);
        await ChangeAsync(cancellationToken);

        await fleet.Origin.KillAsync();
        Say("killed the origin (SIGKILL)");
        await RequireKeptAsync("without the origin", cancellationToken);
        foreach (var relay in fleet.Relays) await relay.KillAsync();
        Say("killed every relay (SIGKILL): everything above the agents is dead");
        await RequireKeptAsync("without origin and relays", cancellationToken);

        var early = await StartOfflineAsync("offline-1", cancellationToken);
        await Task.Delay(fleet.HeadLifetime + TimeSpan.FromSeconds(1), cancellationToken);
        var late = await StartOfflineAsync("offline-2-head-expired", cancellationToken);

        await fleet.Origin.StartAsync(waitUntilReady: true, cancellationToken);
        foreach (var relay in fleet.Relays) await relay.StartAsync(waitUntilReady: true, cancellationToken);
        Say("started origin and relays again");
        foreach (var name in fleet.Namespaces) await SetAsync(name, "after-restart", measure: false, cancellationToken);
        await RequireConvergenceAsync("after the restart", cancellationToken);

        var backwards = fleet.Applications.Sum(application => application.Journal.RevisionsWentBackwards());
        var verdict = new
        {
            converged = _failures == 0,
            changes = Changes,
            processes = fleet.Applications.Count,
            revisionsWentBackwards = backwards,
            offlineStartMs = Math.Round(Math.Max(early, late), 1),
            offlineStartAfterHeadExpiredMs = Math.Round(late, 1),
            propagationMs = new { p50 = _propagation.Percentile(50), p99 = _propagation.Percentile(99), max = _propagation.Max },
            deliveries = _propagation.Count,
        };
        await fleet.DisposeAsync();
        await output.WriteLineAsync(JsonSerializer.Serialize(verdict));
        return _failures == 0 && backwards == 0 ? 0 : 1;
    }

    private async Task ChangeAsync(CancellationToken cancellationToken)
    {
        for (var change = 1; change <= Changes; change++)
        {
            if (change == KillRelayAt)
            {
                await fleet.Relays[0].KillAsync();
                Say($"killed {fleet.Relays[0].Name} (SIGKILL)");
            }
            if (change == StartRelayAt)
            {
                await fleet.Relays[0].StartAsync(waitUntilReady: true, cancellationToken);
                Say($"started {fleet.Relays[0].Name} again");
            }
            await SetAsync(fleet.Namespaces[change % fleet.Namespaces.Count], change.ToString(CultureInfo.InvariantCulture), measure: true, cancellationToken);
        }
        Say($"{Changes} changes, {_propagation.Count} deliveries, p99 {_propagation.Percentile(99)} ms");
    }

    private async Task SetAsync(string @namespace, string marker, bool measure, CancellationToken cancellationToken)
    {
        var (revision, committedAt) = await fleet.Api.SetAsync(@namespace, "Shop:Marker", marker, cancellationToken);
        var waiting = Stopwatch.StartNew();
        var missing = fleet.Subscribers(@namespace);
        while (missing.Count > 0 && waiting.Elapsed < ConvergeWithin)
        {
            await Task.Delay(2, cancellationToken);
            missing = [.. missing.Where(application => !HasApplied(application, @namespace, revision, committedAt, measure))];
        }
        foreach (var application in missing) Fail($"{application.Process.Name} did not reach {revision} of {@namespace} within {ConvergeWithin.TotalSeconds} s");
    }

    private bool HasApplied(Application application, string @namespace, string revision, long committedAt, bool measure)
    {
        application.Journal.Refresh();
        var applied = application.Journal.Lines.FirstOrDefault(line => line.Namespace == @namespace && !Journal.Parse(line.Revision).IsBefore(Journal.Parse(revision)));
        if (applied is null) return false;
        if (measure) _propagation.Add(applied.AppliedAtMs - committedAt);
        return true;
    }

    /// <summary>Equal state roots, as the processes themselves report them, in every namespace.</summary>
    private async Task RequireConvergenceAsync(string when, CancellationToken cancellationToken)
    {
        foreach (var @namespace in fleet.Namespaces)
        {
            var (revision, root) = await fleet.Api.NamespaceAsync(@namespace, cancellationToken);
            var waiting = Stopwatch.StartNew();
            while (waiting.Elapsed < ConvergeWithin && !fleet.Subscribers(@namespace).TrueForAll(application => application.RunsWith(@namespace, root)))
                await Task.Delay(5, cancellationToken);
            foreach (var application in fleet.Subscribers(@namespace).Where(application => !application.RunsWith(@namespace, root)))
                Fail($"{application.Process.Name} runs {@namespace} with another root than {revision} {when}");
        }
        Say($"all {fleet.Applications.Count} processes report equal state roots {when}");
    }

    private async Task RequireKeptAsync(string when, CancellationToken cancellationToken)
    {
        var before = fleet.Applications.ToDictionary(application => application, Roots);
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        foreach (var application in fleet.Applications)
            if (!application.Process.IsAlive || !Roots(application).SequenceEqual(before[application]))
                Fail($"{application.Process.Name} lost its configuration {when}");
        Say($"every process kept its configuration {when}");
    }

    private static List<string?> Roots(Application application)
    {
        application.Journal.Refresh();
        return [.. application.Namespaces.Select(name => application.Journal.Newest(name)?.StateRoot)];
    }

    /// <summary>A process that never ran before, started with nothing alive but its agent.</summary>
    private async Task<double> StartOfflineAsync(string name, CancellationToken cancellationToken)
    {
        var application = await fleet.StartApplicationAsync(name, cancellationToken);
        var twin = fleet.Applications.First(other => other != application && other.Service == application.Service);
        var waiting = Stopwatch.StartNew();
        while (waiting.Elapsed < ConvergeWithin && !Roots(application).SequenceEqual(Roots(twin))) await Task.Delay(5, cancellationToken);
        if (!Roots(application).SequenceEqual(Roots(twin)))
        {
            Fail($"{name} did not start from its agent's last-known-good:{Environment.NewLine}{application.Process.Tail()}");
            return waiting.Elapsed.TotalMilliseconds;
        }
        var started = application.Journal.Lines.Select(line => line.StartMs).FirstOrDefault(milliseconds => milliseconds is not null) ?? waiting.Elapsed.TotalMilliseconds;
        Say($"{name} started offline in {started:F0} ms, with the configuration that its twin runs");
        return started;
    }

    private void Fail(string what)
    {
        _failures++;
        Say($"FAILED: {what}");
    }

    private void Say(string what) => output.WriteLine(what);
}
