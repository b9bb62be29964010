// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Diagnostics;

namespace Heliograph.Samples.ShopFleet;

/// <summary>Kills one member of the cluster after the other, origins and etcd in turn, and starts it again: never two at once.</summary>
internal sealed class MemberKiller(Fleet fleet, TimeSpan downFor, TimeSpan pause)
{
    private readonly ConcurrentQueue<TimeSpan> _takeOvers = new();

    /// <summary>What was done last.</summary>
    public string Last { get; private set; } = "nothing was killed yet";

    /// <summary>Members killed so far.</summary>
    public int Kills { get; private set; }

    /// <summary>How long it took, after a sequencer was killed, until another origin said that it orders changes.</summary>
    public IReadOnlyCollection<TimeSpan> TakeOvers => _takeOvers;

    /// <summary>Kills and starts each member once, the sequencer of the moment first.</summary>
    public async Task RoundAsync(CancellationToken cancellationToken)
    {
        var sequencer = Math.Max(0, await fleet.Api.SequencerAsync(cancellationToken));
        FleetProcess[] members = [fleet.Origins[sequencer], .. fleet.Etcd, .. fleet.Origins.Where((_, i) => i != sequencer)];
        foreach (var member in members)
        {
            var isSequencer = fleet.Origins.ToList().IndexOf(member) is >= 0 and var at && at == await fleet.Api.SequencerAsync(cancellationToken);
            var clock = Stopwatch.StartNew();
            await member.KillAsync();
            (Kills, Last) = (Kills + 1, $"killed {member.Name}{(isSequencer ? ", which ordered changes" : "")}");
            if (isSequencer)
            {
                while (await fleet.Api.SequencerAsync(cancellationToken) < 0 && clock.Elapsed < TimeSpan.FromSeconds(30)) await Task.Delay(20, cancellationToken);
                _takeOvers.Enqueue(clock.Elapsed);
            }
            await Task.Delay(downFor, cancellationToken);
            await member.StartAsync(waitUntilReady: member.Tier == "origin", cancellationToken);
            Last = $"started {member.Name} again";
            await Task.Delay(pause, cancellationToken);
        }
    }
}
