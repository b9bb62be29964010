// SPDX-License-Identifier: Apache-2.0
using System.Threading.Channels;
using Heliograph.Replication.Ports;

namespace Heliograph.Hosting.Tests;

/// <summary>Hands each accepted connection to the test, and keeps it until the test lets it go.</summary>
public sealed class ScriptedAcceptor : ISyncAcceptor, IDisposable
{
    private readonly Channel<Accepted> _accepted = Channel.CreateUnbounded<Accepted>(); // as many as the test dials
    private readonly CancellationTokenSource _end = new();

    public async Task AcceptAsync(IConnection connection, PeerIdentity peer, CancellationToken renewal, CancellationToken cancellationToken)
    {
        var accepted = new Accepted(connection, peer, renewal, cancellationToken);
        await _accepted.Writer.WriteAsync(accepted, cancellationToken);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _end.Token);
        await accepted.Done.Task.WaitAsync(either.Token);
    }

    public async Task<Accepted> NextAsync() => await _accepted.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>Whether nobody came so far who was not taken by <see cref="NextAsync"/>.</summary>
    public bool IsEmpty => !_accepted.Reader.TryPeek(out _);

    /// <summary>Lets go of every connection.</summary>
    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    public sealed record Accepted(IConnection Connection, PeerIdentity Peer, CancellationToken Renewal, CancellationToken Token)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
