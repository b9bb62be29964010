// SPDX-License-Identifier: Apache-2.0
using System.Threading.Channels;
using Heliograph.Client.Replica;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Replicas;
using Microsoft.Extensions.Logging;

namespace Heliograph.Client.Views;

/// <summary>Turns what the replica holds into views: hears of versions on the replica's loop, and builds, swaps and tells on a loop of its own.</summary>
/// <remarks>One namespace after the other, one event a revision. Who is slow to hear of a change delays the next event, never the replica; then revisions are skipped.</remarks>
internal sealed class ViewFeed(IClientReplica replica, TimeProvider time, ILogger logger, Action<NamespaceChangedEventArgs> changed) : INamespaceObserver
{
    // Unbounded, yet bounded: a cell is in it at most once, and there are at most as many cells as subscriptions.
    private readonly Channel<NamespaceCell> _queue = Channel.CreateUnbounded<NamespaceCell>(new() { SingleReader = true });
    private readonly Lock _sync = new();
    private volatile Dictionary<string, NamespaceCell> _cells = new(StringComparer.Ordinal); // copied on write
    private volatile TaskCompletionSource _applied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isLoading;

    /// <summary>Whether what comes now comes from this process's own disk.</summary>
    public bool IsLoading { set => _isLoading = value; }

    /// <summary>The namespaces that are subscribed to.</summary>
    public IReadOnlyCollection<NamespaceCell> Cells => _cells.Values;

    /// <summary>Completes after the next view was swapped, or refused.</summary>
    public Task NextApplied => _applied.Task;

    public NamespaceCell? Find(string name) => _cells.GetValueOrDefault(name);

    /// <summary>One more subscription of a namespace.</summary>
    public NamespaceCell Hold(NamespaceName name)
    {
        NamespaceCell? cell;
        lock (_sync)
        {
            if (!_cells.TryGetValue(name.Value, out cell))
            {
                cell = new NamespaceCell(name);
                _cells = new(_cells, StringComparer.Ordinal) { [name.Value] = cell };
            }
            cell.Holders++;
        }
        if (replica.Find(name) is { } version && cell.View is null) Offer(cell, version);
        return cell;
    }

    /// <summary>One subscription less; with the last one the namespace is not served any more.</summary>
    public void Release(NamespaceCell cell)
    {
        lock (_sync)
        {
            if (--cell.Holders > 0) return;
            var cells = new Dictionary<string, NamespaceCell>(_cells, StringComparer.Ordinal);
            cells.Remove(cell.Name.Value);
            _cells = cells;
        }
    }

    /// <inheritdoc/>
    public void OnChanged(NamespaceVersion version)
    {
        if (Find(version.Name.Value) is { } cell) Offer(cell, version);
    }

    /// <inheritdoc/>
    public void OnHead(SignedHead head) => ConfirmProven();

    /// <inheritdoc/>
    public void OnGone(NamespaceGone gone)
    {
        // What is served goes on being served: an application must not lose its configuration to a deletion it did not ask for.
        if (Find(gone.Name.Value) is { } cell) cell.Trouble = $"{gone.Code}: {gone.Detail}";
    }

    /// <summary>Takes note of namespaces that a parent has proven since: what came from disk is live from then on.</summary>
    public void ConfirmProven()
    {
        foreach (var cell in Cells)
            if (cell.Origin is ViewOrigin.LastKnownGood && !replica.IsStaleFor(cell.Name)) cell.Confirm();
    }

    /// <summary>Builds and swaps views until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await _queue.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            while (_queue.Reader.TryRead(out var cell))
            {
                if (cell.Take() is { } offered) await ApplyAsync(cell, offered, cancellationToken).ConfigureAwait(false);
                Interlocked.Exchange(ref _applied, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            }
    }

    private void Offer(NamespaceCell cell, NamespaceVersion version)
    {
        var origin = _isLoading || replica.IsStale ? ViewOrigin.LastKnownGood : ViewOrigin.Live;
        if (cell.Offer(new(version, origin, IsFromParent: !_isLoading))) _queue.Writer.TryWrite(cell);
    }

    private async ValueTask ApplyAsync(NamespaceCell cell, OfferedVersion offered, CancellationToken cancellationToken)
    {
        if (IsServed(cell, offered.Version)) return;
        var admitted = await replica.AdmitAsync(offered, cancellationToken).ConfigureAwait(false);
        if (admitted is not null && !IsServed(cell, admitted.Version)) Serve(cell, admitted);
        if (admitted is null) cell.Trouble = NamespaceCell.QuarantineOf(offered.Version.Revision);
    }

    private static bool IsServed(NamespaceCell cell, NamespaceVersion version) =>
        cell.View is { } view && view.Revision == version.Revision && view.StateRoot == version.StateRoot;

    private void Serve(NamespaceCell cell, OfferedVersion offered)
    {
        var (previous, version) = (cell.View, offered.Version);
        var keys = new List<SettingKey>();
        NamespaceView view;
        try
        {
            view = ViewBuilder.Build(previous, version, keys);
        }
        catch (InvalidDataException exception)
        {
            cell.Trouble = exception.Message; // one record that cannot be read must not stop a fleet: what is served stays
            logger.ViewRefused(version.Name, version.Revision, exception.Message);
            replica.NotServed(version.Name, version.Revision, RefusalCode.Unreadable, exception.Message);
            return;
        }
        var now = time.GetUtcNow();
        cell.Serve(view, offered, now);
        replica.Served(offered, now);
        logger.ViewServed(version.Name, version.Revision, offered.Origin, keys.Count);
        changed(new NamespaceChangedEventArgs(previous, view, keys));
    }
}
