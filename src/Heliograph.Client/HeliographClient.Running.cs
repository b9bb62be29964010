// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Replica;
using Heliograph.Client.Views;

namespace Heliograph.Client;

public sealed partial class HeliographClient
{
    private static readonly TimeSpan RestartAfter = TimeSpan.FromSeconds(5), LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>Reads the last-known-good, begins to follow, and waits for a parent's word on every namespace of the options, for <see cref="HeliographClientOptions.StartupWait"/> at most.</summary>
    /// <remarks>What no parent has sent by then is served from last-known-good, and the client is stale and says so. The wait ends early if all parents refuse to answer and last-known-good is there.</remarks>
    /// <exception cref="HeliographUnavailableException">A namespace is there neither with a parent nor as last-known-good, and is not optional. The client is stopped.</exception>
    /// <exception cref="IOException">The trust file or a certificate cannot be read.</exception>
    /// <exception cref="InvalidDataException">The trust file is none.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) == 1, this);
        if (Interlocked.Exchange(ref _isStarted, 1) == 1) throw new InvalidOperationException("A client starts once.");
        var started = _time.GetTimestamp();
        _replica = await _makeReplica(cancellationToken).ConfigureAwait(false);
        _feed = new ViewFeed(
            _replica, _judge, new Dictionary<NamespaceName, Revision>(_options.Pins), _time, _logger, args => Raise(Changed, args, nameof(Changed)), args => Raise(Refused, args, nameof(Refused)));
        _observation = _replica.Observe(_feed);
        if (_overrides.Count > 0) OverrideLocally(_overrides);
        foreach (var name in _options.Namespaces.Distinct()) _initial.Add(Subscribe(name));
        _feed.IsLoading = true;
        await _replica.LoadAsync(cancellationToken).ConfigureAwait(false);
        _feed.IsLoading = false;
        // Off whatever context the caller has: the loops live as long as the client.
        _running = Task.WhenAll(Task.Run(() => FollowAsync(_replica), CancellationToken.None), Task.Run(() => ServeAsync(_feed), CancellationToken.None), Task.Run(() => LookAfterAsync(_replica, _feed), CancellationToken.None));
        var cells = _feed.Cells.OrderBy(cell => cell.Name).ToList();
        await new StartupWait(_feed, _replica, _options.IsOptional, _time).WaitAsync(cells, _options.StartupWait, cancellationToken).ConfigureAwait(false);
        await ConcludeStartAsync(cells, _time.GetElapsedTime(started)).ConfigureAwait(false);
    }

    private async Task ConcludeStartAsync(List<NamespaceCell> cells, TimeSpan elapsed)
    {
        var missing = cells.Where(cell => cell.View is null).ToList();
        var unconfirmed = cells.Where(cell => cell.View is not null && !cell.IsFromParent).ToList();
        var troubles = string.Join("; ", _replica!.Troubles());
        var required = missing.Where(cell => !_options.IsOptional(cell.Name)).ToList();
        if (required.Count > 0)
        {
            var unavailable = Unavailable(required, troubles);
            await DisposeAsync().ConfigureAwait(false);
            throw unavailable;
        }
        if (missing.Count > 0) _logger.StartedWithout(Names(missing), troubles);
        if (unconfirmed.Count > 0) _logger.StartedFromLastKnownGood(Names(unconfirmed), troubles);
        _logger.Started(Names(cells.Except(missing)), elapsed);
    }

    private HeliographUnavailableException Unavailable(List<NamespaceCell> missing, string troubles)
    {
        var named = string.Join("; ", missing.Select(cell => cell.Trouble is { } trouble ? $"'{cell.Name}' ({trouble})" : $"'{cell.Name}'"));
        var kept = _options.LastKnownGoodDirectory is null ? "no last-known-good is kept here (LastKnownGoodDirectory is not set)" : "there is no last-known-good of it";
        var answers = troubles.Length > 0 ? $" Parents: {troubles}." : "";
        if (missing.All(cell => cell.Refused is not null)) return new($"What there is of {named} is not served, and there is nothing earlier here that would be.{answers}", [.. missing.Select(cell => cell.Name)]);
        return new($"No parent has sent {named} within {_options.StartupWait.TotalSeconds:0.###} s, and {kept}.{answers}", [.. missing.Select(cell => cell.Name)]);
    }

    private static string Names(IEnumerable<NamespaceCell> cells) => string.Join(", ", cells.Select(cell => cell.Name));

    private async Task FollowAsync(IClientReplica replica)
    {
        while (!_stopped.IsCancellationRequested)
        {
            try
            {
                await replica.RunAsync(_stopped.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) // a bug of ours must not stop the application; it is told, and tried again
            {
                _logger.FollowingBroke(exception, RestartAfter);
                await PauseAsync(RestartAfter).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(ViewFeed feed)
    {
        try
        {
            await feed.RunAsync(_stopped.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            // The client was stopped.
        }
    }

    /// <summary>Once a second: what a parent has proven, what has become stable, and whether the news is old.</summary>
    private async Task LookAfterAsync(IClientReplica replica, ViewFeed feed)
    {
        var wasStale = false;
        while (true)
        {
            await PauseAsync(LookInterval).ConfigureAwait(false);
            if (_stopped.IsCancellationRequested) return;
            feed.ConfirmProven();
            await TickAsync(replica).ConfigureAwait(false);
            var staleness = Staleness;
            if (staleness.IsStale == wasStale) continue;
            wasStale = staleness.IsStale;
            if (wasStale) _logger.BecameStale(staleness.HeadAge, string.Join("; ", replica.Troubles()));
            else _logger.BecameFresh(replica.Parent);
            Raise(StalenessChanged, new StalenessChangedEventArgs(staleness), nameof(StalenessChanged));
        }
    }

    private async Task TickAsync(IClientReplica replica)
    {
        try
        {
            await replica.TickAsync(IsHealthy, _stopped.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            // Stopped: the loop looks and ends.
        }
    }

    private async Task PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, _time, _stopped.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopped: the loop looks and ends.
        }
    }
}
