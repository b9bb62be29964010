// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;

namespace Heliograph.Conformance.Log;

/// <summary>What an adapter gives the suite: its stores, its clock, and the means to do it harm.</summary>
public abstract class LogStoreFixture : IAsyncDisposable
{
    /// <summary>The log under test.</summary>
    public virtual Hash256 LogId { get; } = new([.. Enumerable.Range(1, Hash256.SizeBytes).Select(octet => (byte)octet)]);

    /// <summary>Opens the log: empty the first time, as it was left after that. The store before must have been disposed.</summary>
    public abstract ValueTask<ILogStore> OpenAsync(CancellationToken cancellationToken);

    /// <summary>A second client of the open log. Where only one process may have it open, the store itself.</summary>
    public abstract ValueTask<ILogStore> ConnectAsync(ILogStore open, CancellationToken cancellationToken);

    /// <summary>Lets the stores' clock advance.</summary>
    public abstract ValueTask PassAsync(TimeSpan time);

    /// <summary>Harms the next operation of <paramref name="open"/>. The store need not work afterwards, but what it held must still be there when it is opened again.</summary>
    public abstract void HarmNext(ILogStore open, Harm harm);

    /// <summary>Makes the store take writes and not get on with them until the result is disposed.</summary>
    public abstract IDisposable Stall(ILogStore open);

    /// <summary>Flips a bit of an entry's bytes where they are stored.</summary>
    public abstract ValueTask DamageAsync(ILogStore open, long sequence, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>What befalls an operation.</summary>
public enum Harm
{
    /// <summary>It has no effect, and no answer comes.</summary>
    LoseRequest,

    /// <summary>It has its effect, and no answer comes. For reads the same as <see cref="LoseRequest"/>.</summary>
    LoseAnswer,
}
