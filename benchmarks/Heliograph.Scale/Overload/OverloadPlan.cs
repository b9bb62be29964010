// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Scale.Overload;

/// <summary>Authors of one namespace, with a subject of its own.</summary>
/// <param name="Name">The namespace.</param>
/// <param name="Authors">Connections, each with one change under way.</param>
/// <param name="Pause">From one change of an author to its next; <see langword="null"/>: the next is asked as soon as the one before is answered, refused or not, whatever <c>Retry-After</c> says.</param>
internal sealed record AuthorCrowd(string Name, int Authors, TimeSpan? Pause)
{
    /// <summary>Whether it asks for a little, at a steady pace, and waits as long as it is told when it is refused.</summary>
    public bool IsSteady => Pause is not null;
}

/// <summary>Who asks an origin for how much.</summary>
internal sealed record OverloadPlan
{
    /// <summary>Settings of one change.</summary>
    public int Operations { get; init; } = 20;

    /// <summary>Authors of the namespace that asks for most.</summary>
    public int GreedyAuthors { get; init; } = 3_000;

    /// <summary>Namespaces beside it that ask for more than is done, too.</summary>
    public int EagerNamespaces { get; init; } = 2;

    /// <summary>Authors of each of them.</summary>
    public int EagerAuthors { get; init; } = 600;

    /// <summary>Namespaces that ask for a little.</summary>
    public int SteadyNamespaces { get; init; } = 3;

    /// <summary>Authors of each of them.</summary>
    public int SteadyAuthors { get; init; } = 10;

    /// <summary>From one change of one of these authors to its next.</summary>
    public TimeSpan SteadyPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Authors at once by which the origin's capacity is found: the best of these counts.</summary>
    public IReadOnlyList<int> CapacityAuthors { get; init; } = [16, 64, 256];

    /// <summary>How long each of them asks.</summary>
    public TimeSpan Capacity { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the steady ones are alone, before and after.</summary>
    public TimeSpan Alone { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long everyone asks.</summary>
    public TimeSpan Overload { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Everyone who asks for more than is done: by the name of the namespace, the greedy one first.</summary>
    public IReadOnlyList<AuthorCrowd> Hungry => [new("load.greedy", GreedyAuthors, null), .. Enumerable.Range(0, EagerNamespaces).Select(i => new AuthorCrowd($"load.eager-{i}", EagerAuthors, null))];

    /// <summary>Everyone who asks for a little.</summary>
    public IReadOnlyList<AuthorCrowd> Steady => [.. Enumerable.Range(0, SteadyNamespaces).Select(i => new AuthorCrowd($"load.steady-{i}", SteadyAuthors, SteadyPause))];
}
