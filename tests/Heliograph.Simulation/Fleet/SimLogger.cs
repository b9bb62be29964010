// SPDX-License-Identifier: Apache-2.0
using Heliograph.Simulation.Checkers;
using Microsoft.Extensions.Logging;

namespace Heliograph.Simulation.Fleet;

/// <summary>The product's log, as events of the trace: what it says is part of the digest, and of what a replay shows. Two things it must never say.</summary>
public sealed class SimLogger(FleetWorld world, string node) : ILogger
{
    private const int HeadSuspicious = 2105; // a parent is left because it sent what cannot be true
    private const int FollowingBroke = 2110; // "in a way that it never should"

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var text = formatter(state, exception);
        world.Scheduler.Tell(node, $"{eventId.Id} {text}");
        if (eventId.Id == FollowingBroke) world.Scheduler.Fail(new InvalidOperationException($"{node}: {text}", exception));
        if (eventId.Id == HeadSuspicious && IsHonest(ParentOf(state))) world.Scheduler.Fail(new ViolationException("I5", $"{node} takes a parent that does not lie for one that does: {text}"));
    }

    /// <summary>Whether what came from there is what was sent, by one that tells the truth.</summary>
    private bool IsHonest(string? parent) => parent is not null and not HostileRelay.Name && !world.Network.Link(parent, node).IsPlain;

    private static string? ParentOf<TState>(TState state) =>
        state is IReadOnlyList<KeyValuePair<string, object?>> named ? (named.FirstOrDefault(pair => pair.Key == "Parent").Value as Uri)?.Host : null;
}
