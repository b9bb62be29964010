// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Heliograph.Samples.ShopFleet;

/// <summary>The cluster without a terminal: authors who never stop while every origin and every member of etcd is killed and started again, and a verdict by the log and by the processes' own journals.</summary>
internal sealed class ClusterSmoke(Fleet fleet, TextWriter output)
{
    private const int Authors = 4;
    private static readonly TimeSpan ConvergeWithin = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, string> _acknowledged = new(StringComparer.Ordinal);
    private readonly Lock _sync = new();
    private long _lastAt = Stopwatch.GetTimestamp();
    private TimeSpan _longestStall;

    /// <summary>Runs the whole script.</summary>
    /// <returns>0 only if nothing that was acknowledged is lost or there twice, all origins hold one history, all processes converged and none went back.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await fleet.StartAsync(cancellationToken);
        output.WriteLine($"three origins over three members of etcd, {fleet.Relays.Count} relays, {fleet.Applications.Count} applications");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _lastAt = Stopwatch.GetTimestamp();
        var writing = Enumerable.Range(0, Authors).Select(author => WriteAsync(author, enough.Token)).ToList();
        var killer = new MemberKiller(fleet, downFor: TimeSpan.FromSeconds(2), pause: TimeSpan.FromSeconds(2));
        var killing = killer.RoundAsync(cancellationToken);
        for (var told = ""; !killing.IsCompleted; await Task.Delay(100, cancellationToken))
            if (killer.Last is var last && last != told) output.WriteLine($"{told = last}; {_acknowledged.Count} changes acknowledged");
        await killing;
        await enough.CancelAsync();
        await Task.WhenAll(writing);

        var (lost, doubled, forks) = await JudgeAsync(cancellationToken);
        var converged = await ConvergedAsync(cancellationToken);
        var backwards = fleet.Applications.Sum(application => application.Journal.RevisionsWentBackwards());
        var verdict = new
        {
            acknowledged = _acknowledged.Count, lost, doubled, forks, converged, revisionsWentBackwards = backwards, processes = fleet.Applications.Count, kills = killer.Kills,
            longestStallMs = Math.Round(_longestStall.TotalMilliseconds), takeOverMs = killer.TakeOvers.Select(time => Math.Round(time.TotalMilliseconds)),
        };
        await fleet.DisposeAsync();
        await output.WriteLineAsync(JsonSerializer.Serialize(verdict));
        return lost == 0 && doubled == 0 && forks == 0 && backwards == 0 && converged ? 0 : 1;
    }

    private async Task WriteAsync(int author, CancellationToken enough)
    {
        for (var i = 0; !enough.IsCancellationRequested; i++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"author-{author}-{i}");
            var (revision, _) = await fleet.Api.SetAsync(fleet.Namespaces[(author + i) % fleet.Namespaces.Count], $"Shop:Author{author}", id, CancellationToken.None, id); // to its end: what was begun is counted
            _acknowledged[id] = revision;
            lock (_sync)
            {
                var now = Stopwatch.GetTimestamp();
                var stall = Stopwatch.GetElapsedTime(_lastAt, now);
                (_lastAt, _longestStall) = (now, stall > _longestStall ? stall : _longestStall);
            }
        }
    }

    /// <summary>Compares what authors were told with what each origin's log holds.</summary>
    private async Task<(int Lost, int Doubled, int Forks)> JudgeAsync(CancellationToken cancellationToken)
    {
        var (stands, doubled, forks) = (new Dictionary<string, string>(StringComparer.Ordinal), 0, 0);
        foreach (var name in fleet.Namespaces)
        {
            var history = await fleet.Api.HistoryAsync(0, name, cancellationToken);
            for (var other = 1; other < fleet.Origins.Count; other++)
                if (!history.SequenceEqual(await fleet.Api.HistoryAsync(other, name, cancellationToken))) forks++;
            foreach (var (revision, requestId, _) in history)
                if (!stands.TryAdd(requestId, revision)) doubled++;
        }
        return (_acknowledged.Count(told => stands.GetValueOrDefault(told.Key) != told.Value), doubled, forks);
    }

    private async Task<bool> ConvergedAsync(CancellationToken cancellationToken)
    {
        var (all, waiting) = (true, Stopwatch.StartNew());
        foreach (var name in fleet.Namespaces)
        {
            var (_, root) = await fleet.Api.NamespaceAsync(name, cancellationToken);
            while (waiting.Elapsed < ConvergeWithin && !fleet.Subscribers(name).TrueForAll(application => application.RunsWith(name, root))) await Task.Delay(20, cancellationToken);
            foreach (var application in fleet.Subscribers(name).Where(application => !application.RunsWith(name, root)))
            {
                all = false;
                output.WriteLine($"FAILED: {application.Process.Name} does not run {name} as the origins hold it");
            }
        }
        return all;
    }
}
