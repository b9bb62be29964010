// SPDX-License-Identifier: Apache-2.0
using Heliograph.Simulation.Kernel;
using Microsoft.Extensions.Logging;

namespace Heliograph.Simulation.Fleet;

/// <summary>The product's log, as events of the trace: what it says is part of the digest, and of what a replay shows.</summary>
public sealed class SimLogger(SimScheduler scheduler, string node) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => true;

    private const int FollowingBroke = 2110; // "in a way that it never should"

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        scheduler.Tell(node, $"{eventId.Id} {formatter(state, exception)}");
        if (eventId.Id == FollowingBroke) scheduler.Fail(new InvalidOperationException($"{node}: {formatter(state, exception)}", exception));
    }
}
