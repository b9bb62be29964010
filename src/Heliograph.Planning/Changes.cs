// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>A change to one namespace.</summary>
/// <param name="At">When it is committed, in seconds.</param>
/// <param name="Namespace">Which namespace; changes of one are joined where they pile up.</param>
/// <param name="Bytes">Its values' size.</param>
/// <param name="Audience">Who wants it.</param>
public readonly record struct Change(double At, int Namespace, int Bytes, Audience Audience);

/// <summary>Who wants a namespace.</summary>
/// <param name="Share">Share of the agents that do.</param>
/// <param name="Region">Those of one region only; -1: of all.</param>
public readonly record struct Audience(double Share, int Region)
{
    /// <summary>Everybody.</summary>
    public static Audience Everyone => new(1, -1);
}

/// <summary>Makes changes as large users of configuration were seen to make them: sizes, audiences and bursts of reference workloads.</summary>
/// <remarks>
/// Sizes: three of four values are compiled (log-normal, median 1 KB, 95th percentile 45 KB), one is raw (400 B, 25 KB); what is over a value's limit is cut there. Audiences: 30 % of
/// namespaces are wanted by all, 50 % by one service (a share of the hosts between 0.01 % and 5 %), 20 % by one region. Tools commit many keys of a namespace within seconds.
/// </remarks>
public sealed class ChangeGenerator(ulong seed, int regions)
{
    private const double CompiledShare = 0.75, GlobalShare = 0.3, ServiceShare = 0.5, ToolSeconds = 10;
    private const int Namespaces = 1_000;

    private readonly ModelRandom _random = new(seed);

    /// <summary>Changes one by one, at a mean rate, with one tool's burst in the middle.</summary>
    /// <param name="perSecond">Mean rate.</param>
    /// <param name="seconds">For how long.</param>
    /// <param name="burst">Changes of the burst; 0 for none.</param>
    public IReadOnlyList<Change> Generate(double perSecond, double seconds, int burst)
    {
        var changes = new List<Change>();
        for (var at = _random.Exponential(perSecond); at < seconds; at += _random.Exponential(perSecond)) changes.Add(Draw(at, _random.Below(Namespaces)));
        var tool = AudienceOf(Namespaces);
        for (var i = 0; i < burst; i++) changes.Add(new(seconds / 2 + ToolSeconds * _random.Next(), Namespaces, Size(), tool));
        changes.Sort((a, b) => a.At.CompareTo(b.At));
        return changes;
    }

    private Change Draw(double at, int name) => new(at, name, Size(), AudienceOf(name));

    private int Size() => (int)Math.Min(Limits.ValueBytesMax, _random.Next() < CompiledShare ? _random.LogNormal(6.908, 2.314) : _random.LogNormal(5.991, 2.514)) + 1;

    /// <summary>The same for a namespace whenever it is asked for.</summary>
    private Audience AudienceOf(int name)
    {
        var random = new ModelRandom((ulong)name * 0xD1342543DE82EF95 + 1);
        var kind = random.Next();
        if (kind < GlobalShare) return Audience.Everyone;
        if (kind < GlobalShare + ServiceShare) return new(0.05 * Math.Pow(0.002, random.Next()), -1);
        return new(1, random.Below(regions));
    }
}
