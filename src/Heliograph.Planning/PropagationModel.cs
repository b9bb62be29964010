// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>How changes come down a tree: the product's own steps, each with its cost, in virtual time. Deterministic: the same shape, costs, changes and seed give the same result.</summary>
/// <remarks>
/// A node passes a namespace on in rounds of writes, at most one each <see cref="JoinSeconds"/>; what comes during a round is joined into the next. A follower takes one update after the other:
/// reads, verifies, makes durable, shows. Agents are compact: an agent is the time at which it is free again.
/// </remarks>
public sealed partial class PropagationModel
{
    /// <summary>Changes that come faster than this are joined: the hub's default.</summary>
    public const double JoinSeconds = 0.010;

    private const double LongestFactor = 100;

    private readonly FleetShape _shape;
    private readonly Costs _costs;
    private readonly ModelRandom _random;
    private readonly RelayDraws? _draws;
    private readonly List<Node> _nodes = [];
    private readonly double[] _agentFreeAt;
    private readonly bool[] _isSlow;
    private readonly PriorityQueue<Step, (double At, long Order)> _steps = new();
    private readonly SharedTree? _shared;
    private readonly TimeHistogram _applied = new(), _atRegional = new(), _atZone = new();
    private readonly TimeHistogram[] _byRegion;
    private long _order, _deliveries;
    private double _last;

    /// <summary>Builds the tree of a shape.</summary>
    /// <param name="shape">The tree.</param>
    /// <param name="costs">What everything takes.</param>
    /// <param name="seed">Everything random comes from it.</param>
    /// <param name="draws">But not what chance gives relays, if that is to be shared with another run; it is for changes far enough apart that none is joined with another.</param>
    public PropagationModel(FleetShape shape, Costs costs, ulong seed, RelayDraws? draws = null)
    {
        (_shape, _costs, _random, _draws) = (shape, costs, new ModelRandom(seed), draws);
        _shared = shape.Shared is { } machine ? new SharedTree(this, machine) : null;
        _agentFreeAt = new double[shape.Agents];
        _isSlow = new bool[shape.Agents];
        for (var agent = 0; agent < _isSlow.Length; agent++) _isSlow[agent] = _random.Next() < costs.SlowDiskShare;
        _byRegion = [.. shape.Regions.Select(_ => new TimeHistogram())];
        AddNode(-1, -1);
        var first = 0;
        for (var region = 0; region < shape.Regions.Count; region++)
        {
            var regional = AddNode(region, 0);
            for (var relay = 0; relay < shape.RelaysOf(shape.Regions[region]); relay++)
            {
                var count = shape.AgentsOf(shape.Regions[region], relay);
                _nodes[AddNode(region, regional)].Agents = (first, count);
                first += count;
            }
        }
    }

    /// <summary>Lets changes run to their end. Once for each model.</summary>
    /// <param name="changes">In the order of time.</param>
    public PropagationResult Run(IReadOnlyList<Change> changes)
    {
        foreach (var change in changes) Push(change.At + _costs.CommitMilliseconds / 1_000, new Step(StepKind.Offer, 0, [change]));
        while (_steps.TryDequeue(out var step, out var key)) Take(step, key.At);
        return new()
        {
            Changes = changes.Count,
            Seconds = changes.Count == 0 ? 0 : _last - changes[0].At,
            Applied = _applied,
            AppliedByRegion = _byRegion,
            AtRegional = _atRegional,
            AtZone = _atZone,
            Origin = UseOf(_nodes.Where(node => node.Parent < 0)),
            Regional = UseOf(_nodes.Where(node => node.Parent == 0)),
            Zone = UseOf(_nodes.Where(node => node.Parent > 0)),
            Deliveries = _deliveries,
        };
    }

    private int AddNode(int region, int parent)
    {
        _nodes.Add(new Node(region, parent, new Processor(_shape.Cores)));
        if (parent >= 0) _nodes[parent].Children.Add(_nodes.Count - 1);
        return _nodes.Count - 1;
    }

    private void Take(Step step, double now)
    {
        var node = _nodes[step.Node];
        switch (step.Kind)
        {
            case StepKind.Offer:
                Offer(step, node, now);
                break;
            case StepKind.Round:
                PassOn(step, node, now);
                break;
            case StepKind.Arrive:
                Apply(step, node, now);
                break;
            case StepKind.Call:
                step.Then!(now);
                break;
        }
    }

    /// <summary>A node holds a change and can pass it on.</summary>
    private void Offer(Step step, Node node, double now)
    {
        if (node.Parent >= 0)
            foreach (var change in step.Changes) (node.Parent == 0 ? _atRegional : _atZone).Add(now - change.At);
        var outlet = node.OutletOf(step.Changes[0].Namespace);
        outlet.Pending.AddRange(step.Changes);
        if (outlet.IsScheduled) return;
        outlet.IsScheduled = true;
        Push(Math.Max(now, outlet.NotBefore), new Step(StepKind.Round, step.Node, step.Changes));
    }

    /// <summary>Everything that is pending goes to every child, or to every agent that wants it.</summary>
    private void PassOn(Step step, Node node, double now)
    {
        var outlet = node.OutletOf(step.Changes[0].Namespace);
        (outlet.IsScheduled, outlet.NotBefore) = (false, now + JoinSeconds);
        var changes = outlet.Pending;
        outlet.Pending = [];
        var bytes = changes.Sum(change => (double)change.Bytes) + _costs.UpdateOverheadBytes;
        var send = (_costs.SendMicros + _costs.SendMicrosPerKib * bytes / 1_024) / 1e6;
        if (_shared is not null)
        {
            _shared.PassOn(step.Node, changes, now);
            return;
        }
        var last = node.Children.Count > 0 ? SendToRelays(node, changes, now, bytes, send) : SendToAgents(step.Node, changes, now, bytes, send);
        outlet.NotBefore = Math.Max(outlet.NotBefore, last);
    }

    private double SendToRelays(Node node, List<Change> changes, double now, double bytes, double send)
    {
        var last = now;
        foreach (var index in node.Children)
        {
            var child = _nodes[index];
            if (changes[0].Audience.Region is var only and >= 0 && child.Region != only) continue; // nobody there has asked for it
            var oneWay = node.Parent < 0 ? _shape.Regions[child.Region].OneWayMilliseconds : _shape.ZoneMilliseconds;
            last = Math.Max(last, Send(node, now, bytes, send));
            child.LastArrival = Math.Max(child.LastArrival, last + (_draws is null ? Way(oneWay) : Way(oneWay, _draws.Way(index, child.Updates))) + _costs.WindowSeconds(bytes, 2 * oneWay / 1_000));
            Push(child.LastArrival, new Step(StepKind.Arrive, index, changes));
        }
        return last;
    }

    private double SendToAgents(int index, List<Change> changes, double now, double bytes, double send)
    {
        var (node, audience) = (_nodes[index], changes[0].Audience);
        if (audience.Region >= 0 && node.Region != audience.Region) return now;
        var (first, count) = node.Agents;
        var wanted = audience.Share >= 1 ? count : (int)Math.Ceiling(audience.Share * count);
        var offset = count == 0 ? 0 : (int)((uint)changes[0].Namespace * 2_654_435_761 % (uint)count); // another namespace, other agents
        var (last, kib) = (now, bytes / 1_024);
        var window = _costs.WindowSeconds(bytes, 2 * _shape.ZoneMilliseconds / 1_000);
        var apply = (_costs.ApplyMicros + _costs.ApplyMicrosPerKib * kib) / 1e6;
        for (var i = 0; i < wanted; i++)
        {
            var agent = first + (offset + i) % count;
            last = Send(node, now, bytes, send);
            var arrival = last + Way(_shape.ZoneMilliseconds) + window;
            Show(node, agent, Math.Max(arrival, _agentFreeAt[agent]) + apply + Durable(_random, _random, _isSlow[agent] ? _costs.SlowDiskFactor : 1), changes);
        }
        return last;
    }

    private double Send(Node node, double now, double bytes, double seconds)
    {
        var sent = node.Processor.Run(now, seconds);
        node.NetworkFreeAt = Math.Max(node.NetworkFreeAt, now) + bytes * 8 / (_shape.GigabitsPerSecond * 1e9);
        node.BytesOut += bytes;
        node.CpuSeconds += seconds;
        return Math.Max(sent, node.NetworkFreeAt);
    }

    /// <summary>A relay takes an update: verified, durable, and only then passed on.</summary>
    private void Apply(Step step, Node node, double now)
    {
        var kib = (step.Changes.Sum(change => (double)change.Bytes) + _costs.UpdateOverheadBytes) / 1_024;
        var work = (_costs.ApplyMicros + _costs.ApplyMicrosPerKib * kib) / 1e6;
        node.CpuSeconds += work;
        if (_shared is not null)
        {
            _shared.Apply(step.Node, step.Changes, now);
            return;
        }
        node.ApplyFreeAt = node.Processor.Run(Math.Max(now, node.ApplyFreeAt), work) + DurableAtRelay(step.Node, node.Updates++);
        Push(node.ApplyFreeAt, new Step(StepKind.Offer, step.Node, step.Changes));
    }

    private void Show(Node node, int agent, double at, List<Change> changes)
    {
        _agentFreeAt[agent] = at;
        var shown = at + _costs.HostHopMilliseconds / 1_000;
        foreach (var change in changes)
        {
            _applied.Add(shown - change.At);
            _byRegion[node.Region].Add(shown - change.At);
        }
        _deliveries++;
        _last = Math.Max(_last, shown);
    }

    private double Way(double milliseconds) => Way(milliseconds, _random.Next());

    private double Way(double milliseconds, double drawn) => milliseconds / 1_000 * (1 + _shape.Jitter * drawn);

    private double DurableAtRelay(int relay, int update) => _draws is null ? Durable(_random, _random, slowness: 1) : Durable(_draws.Flushes(relay, update), _draws.Operations(relay, update), slowness: 1);

    private double Durable(ModelRandom flushes, ModelRandom operations, double slowness)
    {
        var time = 0.0;
        for (var i = 0; i < _costs.FlushesPerApply; i++) time += OnDisk(flushes, _costs.FlushMilliseconds, slowness);
        for (var i = 0; i < _costs.FileOperationsPerApply; i++) time += OnDisk(operations, _costs.FileOperationMilliseconds, slowness);
        return time;
    }

    private static double OnDisk(ModelRandom random, double milliseconds, double slowness) => random.HeavyTail(milliseconds * slowness / 1_000, LongestFactor * milliseconds / 1_000);

    private void Push(double at, Step step) => _steps.Enqueue(step, (at, ++_order));

    private static TierUse UseOf(IEnumerable<Node> nodes)
    {
        var tier = nodes.ToList();
        return new(tier.Count, tier.Sum(node => node.CpuSeconds), tier.Max(node => node.CpuSeconds), tier.Sum(node => node.BytesOut), tier.Max(node => node.BytesOut));
    }

    private enum StepKind
    {
        Offer,
        Round,
        Arrive,
        Call,
    }

    private readonly record struct Step(StepKind Kind, int Node, List<Change> Changes, Action<double>? Then = null);
}
