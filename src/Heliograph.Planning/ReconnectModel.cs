// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>What is lost.</summary>
public abstract record Outage
{
    private Outage()
    {
    }

    /// <summary>Every connection breaks at once; every relay answers again at once.</summary>
    public sealed record EveryConnection : Outage;

    /// <summary>The relays of one region are gone without a word: agents notice when no heartbeat has come for <see cref="ReconnectModel.StaleAfter"/>, and who asks such a relay hears nothing.</summary>
    /// <param name="Region">Which of the shape's regions.</param>
    public sealed record RelaysOfRegion(int Region) : Outage;

    /// <summary>One zone relay is gone, and its host says so: who asks it is refused at once.</summary>
    /// <param name="Relay">Which.</param>
    public sealed record OneRelay(int Relay) : Outage;
}

/// <summary>How agents came back after an outage.</summary>
/// <param name="Agents">Agents that had to.</param>
/// <param name="Connected">When each followed a parent again, in seconds after the outage.</param>
/// <param name="PerSecond">Agents that came back in each second.</param>
/// <param name="AttemptsPerSecond">Connections that were tried in each second, at relays that live and that do not.</param>
/// <param name="AttemptsMost">Most attempts of one agent.</param>
/// <param name="BusiestRelayAgents">Most agents at one relay afterwards.</param>
/// <param name="BusiestRelayCpuSeconds">Most CPU of one relay for it.</param>
public sealed record ReconnectResult(int Agents, TimeHistogram Connected, IReadOnlyList<int> PerSecond, IReadOnlyList<int> AttemptsPerSecond, int AttemptsMost, int BusiestRelayAgents, double BusiestRelayCpuSeconds);

/// <summary>A storm of agents that lost their parent, with the product's own waits: full jitter below a ceiling that doubles, the next parent after each failure. Deterministic for a seed.</summary>
/// <remarks>An agent's parents are its zone relay, another one of its region, and one of the next region.</remarks>
public sealed class ReconnectModel(FleetShape shape, Costs costs, ulong seed)
{
    /// <summary>Ceiling of the first wait, and of every later one: the follower's defaults. Seconds.</summary>
    public const double BackoffFloor = 0.25, BackoffCeiling = 10;

    /// <summary>How long an attempt may take: the dialer's default. Seconds.</summary>
    public const double DialDeadline = 10;

    /// <summary>Time between two heartbeats, and after how long without one a parent is left: the defaults. Seconds.</summary>
    public const double Heartbeat = 10, StaleAfter = 30;

    private const int SecondsShown = 120, Parents = 3;

    private readonly ModelRandom _random = new(seed);

    /// <summary>Lets everyone come back.</summary>
    public ReconnectResult Run(Outage outage)
    {
        var (relays, regionOf, firstOf) = Layout();
        var processors = new Processor[relays];
        var agents = new int[relays];
        for (var relay = 0; relay < relays; relay++) (processors[relay], agents[relay]) = (new Processor(shape.Cores), firstOf[relay + 1] - firstOf[relay]);
        var homeOf = new int[shape.Agents];
        for (var relay = 0; relay < relays; relay++) Array.Fill(homeOf, relay, firstOf[relay], agents[relay]);
        var failures = new byte[shape.Agents];
        var attempts = new PriorityQueue<int, (double At, int Agent)>();
        var work = (costs.HandshakeMicros + costs.ResumeMicros) / 1e6;
        var (connected, perSecond, tried, concerned) = (new TimeHistogram(), new int[SecondsShown], new int[SecondsShown], 0);
        for (var agent = 0; agent < homeOf.Length; agent++)
        {
            if (!IsConcerned(outage, homeOf[agent], regionOf)) continue;
            concerned++;
            agents[homeOf[agent]]--;
            Retry(agent, outage is Outage.RelaysOfRegion ? StaleAfter - Heartbeat * _random.Next() : 0);
        }
        while (attempts.TryDequeue(out var agent, out var key))
        {
            var now = key.At;
            Count(tried, now);
            var relay = ParentOf(homeOf[agent], failures[agent], regionOf, firstOf.Length - 1);
            var oneWay = OneWay(regionOf[homeOf[agent]], regionOf[relay]);
            if (IsDead(outage, relay, regionOf) is { } silent)
            {
                Retry(agent, now + (silent ? DialDeadline : 2 * oneWay));
                continue;
            }
            var ready = now + 3 * oneWay; // a connection and a handshake are there
            if (processors[relay].FreeAt - ready > DialDeadline)
            {
                Retry(agent, now + DialDeadline); // it gives up, and the relay does not work for it
                continue;
            }
            var done = processors[relay].Run(ready, work) + oneWay;
            connected.Add(done);
            Count(perSecond, done);
            agents[relay]++;
        }
        return new(concerned, connected, perSecond, tried, concerned == 0 ? 0 : failures.Max(), agents.Max(), processors.Max(processor => processor.Busy));

        void Retry(int agent, double failedAt)
        {
            var ceiling = Math.Min(BackoffCeiling, BackoffFloor * Math.Pow(2, Math.Min(failures[agent], (byte)20)));
            failures[agent]++;
            attempts.Enqueue(agent, (failedAt + _random.Next() * ceiling, agent));
        }
    }

    private (int Relays, int[] RegionOf, int[] FirstOf) Layout()
    {
        var (regionOf, firstOf) = (new List<int>(), new List<int> { 0 });
        for (var region = 0; region < shape.Regions.Count; region++)
            for (var relay = 0; relay < shape.RelaysOf(shape.Regions[region]); relay++)
            {
                regionOf.Add(region);
                firstOf.Add(firstOf[^1] + shape.AgentsOf(shape.Regions[region], relay));
            }
        return (regionOf.Count, [.. regionOf], [.. firstOf]);
    }

    /// <summary>The parent after so many failures: the loss of the first one counts, so that the second in the list is tried next, as the follower does.</summary>
    private static int ParentOf(int home, int failures, int[] regionOf, int relays)
    {
        var position = failures % Parents;
        if (position == 0) return home;
        var first = Array.IndexOf(regionOf, regionOf[home]);
        var count = regionOf.Count(region => region == regionOf[home]);
        if (position == 1) return first + (home - first + 1) % count;
        var next = (first + count) % relays; // the first relay of the next region; its neighbours take turns
        return next + (home - first) % regionOf.Count(region => region == regionOf[next]);
    }

    private static bool IsConcerned(Outage outage, int home, int[] regionOf) => outage switch
    {
        Outage.EveryConnection => true,
        Outage.RelaysOfRegion lost => regionOf[home] == lost.Region,
        Outage.OneRelay lost => home == lost.Relay,
        _ => throw new ArgumentOutOfRangeException(nameof(outage)),
    };

    /// <summary>Whether a relay is gone: <see langword="true"/> without a word, <see langword="false"/> with a refusal, <see langword="null"/>: it is there.</summary>
    private static bool? IsDead(Outage outage, int relay, int[] regionOf) => outage switch
    {
        Outage.RelaysOfRegion lost when regionOf[relay] == lost.Region => true,
        Outage.OneRelay lost when relay == lost.Relay => false,
        _ => null,
    };

    private double OneWay(int from, int to) => (from == to ? shape.ZoneMilliseconds : (shape.Regions[from].OneWayMilliseconds + shape.Regions[to].OneWayMilliseconds)) / 1_000;

    private static void Count(int[] seconds, double at)
    {
        if (at < seconds.Length) seconds[(int)at]++;
    }
}
