// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Replica;
using Heliograph.Client.Validation;
using Heliograph.Client.Views;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Heliograph.Client;

/// <summary>Configuration in the process: follows a parent, verifies everything, and serves what is newest from memory; what was good once is served whatever happens above.</summary>
/// <remarks>Thread-safe. One client a process is the rule; it holds one connection, whatever the number of namespaces.</remarks>
public sealed partial class HeliographClient : IAsyncDisposable
{
    private readonly HeliographClientOptions _options;
    private readonly Func<CancellationToken, ValueTask<IClientReplica>> _makeReplica;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RevisionJudge _judge;
    private readonly CancellationTokenSource _stopped = new();
    private readonly List<NamespaceSubscription> _initial = [];
    private IClientReplica? _replica;
    private ViewFeed? _feed;
    private IDisposable? _observation;
    private Task _running = Task.CompletedTask;
    private int _isStarted, _isDisposed;

    /// <summary>Makes a client; nothing begins before <see cref="StartAsync"/>.</summary>
    /// <param name="options">Read when the client starts; not to be changed afterwards.</param>
    /// <param name="loggers">Where it tells; <see langword="null"/> for nowhere.</param>
    /// <exception cref="ArgumentException">The options are not usable; the message names every fault.</exception>
    public HeliographClient(HeliographClientOptions options, ILoggerFactory? loggers = null)
        : this(options, token => (options.Source is { } source ? source.CreateAsync(options, loggers ?? NullLoggerFactory.Instance, token) : ReplicaFactory.CreateAsync(options, loggers ?? NullLoggerFactory.Instance, token)), (loggers ?? NullLoggerFactory.Instance).CreateLogger<HeliographClient>())
    {
    }

    internal HeliographClient(HeliographClientOptions options, Func<CancellationToken, ValueTask<IClientReplica>> makeReplica, ILogger logger)
    {
        options.Validate();
        (_options, _makeReplica, _time, _logger) = (options, makeReplica, options.Time, logger);
        _judge = new RevisionJudge(options.Validators, logger);
    }

    /// <summary>A namespace is served at another revision. Raised on the client's own loop, one event at a time; a slow listener delays the next, and revisions are then skipped.</summary>
    public event EventHandler<NamespaceChangedEventArgs>? Changed;

    /// <summary>A revision is not served: the application's validation does not accept it, it is newer than a pin, in quarantine, or cannot be read. Raised as <see cref="Changed"/> is.</summary>
    public event EventHandler<RevisionRefusedEventArgs>? Refused;

    /// <summary>The client became stale, or fresh again. Looked at once a second.</summary>
    public event EventHandler<StalenessChangedEventArgs>? StalenessChanged;

    /// <summary>What the application says of itself; <see langword="true"/> until it says otherwise. While it is <see langword="false"/> no revision is on its way to become stable.</summary>
    public bool IsHealthy { get; set; } = true;

    /// <summary>Makes a client and starts it.</summary>
    /// <inheritdoc cref="StartAsync"/>
    public static async Task<HeliographClient> ConnectAsync(HeliographClientOptions options, ILoggerFactory? loggers = null, CancellationToken cancellationToken = default)
    {
        var client = new HeliographClient(options, loggers);
        try
        {
            await client.StartAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What is served of a namespace now, or <see langword="null"/> if there is nothing, or it is not subscribed to.</summary>
    public NamespaceView? GetNamespace(string name) => _feed?.Find(name)?.View;

    /// <inheritdoc cref="GetNamespace(string)"/>
    public NamespaceView? GetNamespace(NamespaceName name) => GetNamespace(name.Value);

    /// <summary>Subscribes to one namespace more. It is there once <see cref="Changed"/> says so, or at once if it is held already.</summary>
    /// <returns>Dispose it to end the subscription.</returns>
    /// <exception cref="InvalidOperationException">The client is not started.</exception>
    public NamespaceSubscription Subscribe(NamespaceName name)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) == 1, this);
        if (_feed is not { } feed || _replica is not { } replica) throw new InvalidOperationException("Start the client before subscribing to namespaces.");
        var want = replica.Want(name); // before the cell: what comes after is not missed, what came before is found
        var cell = feed.Hold(name);
        return new(cell, () =>
        {
            feed.Release(cell);
            want.Dispose();
        });
    }

    /// <summary>Stops following, and writes what is still to be written.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1) return;
        if (_replica is not null) await _replica.EndAsync().ConfigureAwait(false);
        await _stopped.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        foreach (var subscription in _initial) subscription.Dispose();
        _observation?.Dispose();
        if (_replica is not null) await _replica.DisposeAsync().ConfigureAwait(false);
        _stopped.Dispose();
    }

    /// <summary>Tells every listener, whatever the others do.</summary>
    private void Raise<T>(EventHandler<T>? handlers, T args, string name)
    {
        foreach (var handler in Delegate.EnumerateInvocationList(handlers))
        {
            try
            {
                handler(this, args);
            }
            catch (Exception exception) // a listener's fault must not stop the others, nor the updates that follow
            {
                _logger.ListenerFailed(exception, name);
            }
        }
    }
}
