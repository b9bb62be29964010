// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>An origin or a relay of the model: its processor, its network, and what waits to be passed on.</summary>
internal sealed class Node(int region, int parent, Processor processor)
{
    private readonly Dictionary<int, Outlet> _outlets = [];

    /// <summary>The shape's region; -1: the origin.</summary>
    public int Region => region;

    /// <summary>Which node it follows; -1: none.</summary>
    public int Parent => parent;

    public Processor Processor => processor;

    public List<int> Children { get; } = [];

    /// <summary>First of its agents, and how many.</summary>
    public (int First, int Count) Agents { get; set; }

    /// <summary>When its follower is done with what came so far: it takes one update after the other.</summary>
    public double ApplyFreeAt { get; set; }

    /// <summary>When what was sent to it last has come: a connection keeps the order.</summary>
    public double LastArrival { get; set; }

    /// <summary>Updates that it has taken.</summary>
    public int Updates { get; set; }

    public double NetworkFreeAt { get; set; }

    public double BytesOut { get; set; }

    /// <summary>Its own CPU, also where processors are shared.</summary>
    public double CpuSeconds { get; set; }

    public Outlet OutletOf(int name)
    {
        if (!_outlets.TryGetValue(name, out var outlet)) _outlets[name] = outlet = new Outlet();
        return outlet;
    }

    /// <summary>A namespace as a node passes it on: one round of writes at a time, and what comes meanwhile is joined into the next.</summary>
    internal sealed class Outlet
    {
        public List<Change> Pending { get; set; } = [];

        public bool IsScheduled { get; set; }

        public double NotBefore { get; set; }
    }
}
