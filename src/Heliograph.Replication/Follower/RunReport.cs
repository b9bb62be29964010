// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;

namespace Heliograph.Replication.Following;

/// <summary>What a process tells the agent of its own host about its run, before it is so, and what that agent has put into quarantine for its service.</summary>
/// <remarks>
/// Thread-safe. The agent keeps the account. What was handed to the socket before the process dies is read by the agent all the same, so no
/// answer is waited for. While no agent of this host is connected nothing is told; the next one is told all that is run.
/// </remarks>
/// <param name="id">Which process this is: 32 hexadecimal digits, others for each.</param>
/// <param name="time">The clock.</param>
public sealed class RunReport(string id, TimeProvider time)
{
    /// <summary>Longest wait for an agent that does not read: the application must get its configuration all the same.</summary>
    private static readonly TimeSpan TellMax = TimeSpan.FromSeconds(1);

    private const int AppliedPerFrame = 256; // some 40 KiB; a server takes 64 from a client

    private readonly Lock _sync = new();
    private readonly SortedDictionary<NamespaceName, AppliedRevision> _applied = [];
    private Dictionary<NamespaceName, (Revision Revision, Revision Stable)> _quarantined = [];
    private Func<Run, ValueTask>? _send;
    private bool _isUnhealthy, _isEnded;

    /// <summary>Which process this is.</summary>
    public string Id { get; } = id;

    /// <summary>The process is about to run a revision.</summary>
    public ValueTask ApplyAsync(NamespaceName name, Revision revision)
    {
        Func<Run, ValueTask>? send;
        AppliedRevision applied;
        lock (_sync)
        {
            applied = new AppliedRevision { Namespace = name.Value, Revision = revision.ToWire(), First = !_applied.TryGetValue(name, out var known) || (known.First && known.Revision.ToRevision() == revision) };
            _applied[name] = applied;
            send = _send;
        }
        return TellAsync(send, new Run { Applied = { applied }, Unhealthy = _isUnhealthy });
    }

    /// <summary>What the process says of itself.</summary>
    public ValueTask SetHealthAsync(bool isHealthy)
    {
        lock (_sync)
        {
            if (_isUnhealthy == !isHealthy) return default;
            _isUnhealthy = !isHealthy;
        }
        return TellAsync(_send, new Run { Unhealthy = !isHealthy });
    }

    /// <summary>The process stops in order, or lets go of the configuration for good.</summary>
    public ValueTask EndAsync()
    {
        lock (_sync)
        {
            if (_isEnded) return default;
            _isEnded = true;
        }
        return TellAsync(_send, new Run { Ended = true });
    }

    /// <summary>The revision that the agent has in quarantine for this service, and the stable one that it serves instead; <see langword="null"/> for none.</summary>
    public (Revision Revision, Revision Stable)? QuarantineOf(NamespaceName name)
    {
        lock (_sync) return _quarantined.TryGetValue(name, out var quarantined) ? quarantined : null;
    }

    /// <summary>An agent of this host is connected: it is told all that is run.</summary>
    /// <returns>Dispose it when the connection is over.</returns>
    internal async ValueTask<IDisposable> AttachAsync(Func<Run, ValueTask> send)
    {
        List<AppliedRevision> all;
        Run state;
        lock (_sync) (_send, all, state) = (send, [.. _applied.Values], new Run { Unhealthy = _isUnhealthy, Ended = _isEnded });
        foreach (var some in all.Chunk(AppliedPerFrame))
        {
            var run = new Run { Unhealthy = state.Unhealthy };
            run.Applied.AddRange(some);
            await TellAsync(send, run);
        }
        if (state.Ended || (all.Count == 0 && state.Unhealthy)) await TellAsync(send, state);
        return new Subscription(() =>
        {
            lock (_sync)
                if (_send == send) _send = null;
        });
    }

    /// <summary>The agent of this host has said what is in quarantine.</summary>
    /// <exception cref="ProtocolException">It names what cannot be.</exception>
    internal void Take(Quarantine quarantine)
    {
        var quarantined = new Dictionary<NamespaceName, (Revision, Revision)>();
        foreach (var entry in quarantine.Revisions.Take(Limits.SubscriptionsMax))
        {
            if (!NamespaceName.TryParse(entry.Namespace, out var name, out var error)) throw new ProtocolException(error);
            quarantined[name] = (entry.Revision.ToRevision(), entry.Stable.ToRevision());
        }
        lock (_sync) _quarantined = quarantined;
    }

    private async ValueTask TellAsync(Func<Run, ValueTask>? send, Run run)
    {
        if (send is null) return;
        try
        {
            await send(run).AsTask().WaitAsync(TellMax, time);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or TimeoutException or ObjectDisposedException)
        {
            // The connection is over, or the agent does not read: the next one is told all.
        }
    }
}
