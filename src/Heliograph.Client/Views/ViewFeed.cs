// SPDX-License-Identifier: Apache-2.0
using System.Threading.Channels;
using Heliograph.Client.Replica;
using Heliograph.Client.Validation;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Replicas;
using Microsoft.Extensions.Logging;

namespace Heliograph.Client.Views;

/// <summary>Turns what the replica holds into views: hears of versions on the replica's loop, and builds, swaps and tells on a loop of its own.</summary>
/// <remarks>One namespace after the other, one event a revision. Who is slow to hear of a change delays the next event, never the replica; then revisions are skipped.</remarks>
internal sealed class ViewFeed(
    IClientReplica replica, RevisionJudge judge, IReadOnlyDictionary<NamespaceName, Revision> pins, TimeProvider time, ILogger logger,
    Action<NamespaceChangedEventArgs> changed, Action<RevisionRefusedEventArgs> refusedRevision) : INamespaceObserver
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
                cell = new NamespaceCell(name, pins.TryGetValue(name, out var pin) ? pin : null);
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
        if (Find(gone.Name.Value) is { } cell) cell.Gone($"{gone.Code}: {gone.Detail}");
    }

    /// <summary>Takes note of namespaces that a parent has proven since: what came from disk is live from then on.</summary>
    public void ConfirmProven()
    {
        foreach (var cell in Cells)
            if ((cell.Origin is ViewOrigin.LastKnownGood || (cell.Refused is not null && !cell.IsAnswered)) && !replica.IsStaleFor(cell.Name) && replica.Find(cell.Name) is { } newest)
                cell.Confirm(newest.Revision);
    }

    /// <summary>Builds and swaps views until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await _queue.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            while (_queue.Reader.TryRead(out var cell))
            {
                if (cell.Take() is { } offered) await ApplyAsync(cell, offered, cancellationToken).ConfigureAwait(false);
                cell.EndTrial();
                Interlocked.Exchange(ref _applied, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            }
    }

    /// <summary>Judges what is served of a namespace: a validator has come that was not asked before. If it refuses, an earlier revision is served that it does not refuse, if this process keeps one.</summary>
    public Task JudgeServedAsync(NamespaceCell cell)
    {
        if (replica.Find(cell.Name) is not { } held) return Task.CompletedTask;
        var judged = cell.PutOnTrial();
        if (cell.OfferAgain(new(held, cell.Origin, cell.IsFromParent))) _queue.Writer.TryWrite(cell);
        return judged;
    }

    /// <summary>Judges anew what is newest of a namespace: its pin has changed, or a validator.</summary>
    public void LookAgain(NamespaceCell cell)
    {
        var newest = replica.Find(cell.Name) is { } held ? new OfferedVersion(held, OriginNow, IsFromParent: cell.IsAnswered) : cell.Refused?.Offered;
        if (newest is not null && cell.OfferAgain(newest)) _queue.Writer.TryWrite(cell);
    }

    private ViewOrigin OriginNow => _isLoading || replica.IsStale ? ViewOrigin.LastKnownGood : ViewOrigin.Live;

    private void Offer(NamespaceCell cell, NamespaceVersion version)
    {
        if (cell.Offer(new(version, OriginNow, IsFromParent: !_isLoading))) _queue.Writer.TryWrite(cell);
    }

    private async ValueTask ApplyAsync(NamespaceCell cell, OfferedVersion offered, CancellationToken cancellationToken)
    {
        if (IsBeyondPin(cell, offered.Version.Revision))
        {
            await HoldBackAsync(cell, offered, cell.Pin!.Value, cancellationToken).ConfigureAwait(false);
            return;
        }
        var isServed = IsServed(cell, offered.Version);
        if (isServed && !cell.IsOnTrial) return;
        if (Examine(cell, offered, out var built) is { } fault)
        {
            await RefuseAsync(cell, fault, cancellationToken).ConfigureAwait(false);
            return;
        }
        if (isServed)
        {
            if (cell.Refused is not null) replica.Served(cell.Accept(offered), time.GetUtcNow());
            return;
        }
        var admitted = await replica.AdmitAsync(offered, cancellationToken).ConfigureAwait(false);
        if (admitted is null)
        {
            Tell(cell, new(offered, RefusalCode.Quarantined, NamespaceCell.QuarantineOf(offered.Version.Revision)));
            return;
        }
        if (IsServed(cell, admitted.Version)) return;
        if (!ReferenceEquals(admitted.Version, offered.Version) && Examine(cell, admitted, out built) is { } other) await RefuseAsync(cell, other, cancellationToken).ConfigureAwait(false);
        else Serve(cell, admitted, built!, refused: null);
    }

    /// <summary>Builds the view of a version and asks the application about it.</summary>
    /// <returns>Why it is not served; <see langword="null"/> if it may be.</returns>
    private RefusedVersion? Examine(NamespaceCell cell, OfferedVersion offered, out BuiltView? built)
    {
        var version = offered.Version;
        var keys = new List<SettingKey>();
        built = null;
        try
        {
            built = new(ViewBuilder.Build(cell.View, version, keys), keys);
        }
        catch (InvalidDataException exception)
        {
            return new(offered, RefusalCode.Unreadable, exception.Message); // one record that cannot be read must not stop a fleet: what is served stays
        }
        if (judge.IsEmpty) return null;
        return judge.Judge(new RevisionCandidate(built.View, cell.View, name => Find(name.Value)?.View)) is { } detail ? new(offered, RefusalCode.Rejected, detail) : null;
    }

    private static bool IsServed(NamespaceCell cell, NamespaceVersion version) =>
        cell.View is { } view && view.Revision == version.Revision && view.StateRoot == version.StateRoot;

    private static bool IsBeyondPin(NamespaceCell cell, Revision revision) => cell.Pin is { } pin && revision.IsAfter(pin);

    /// <summary>What was served goes on. With nothing served, the newest earlier revision that this process's disk holds and the application accepts is.</summary>
    private async ValueTask RefuseAsync(NamespaceCell cell, RefusedVersion refused, CancellationToken cancellationToken)
    {
        if ((cell.View is null || IsServed(cell, refused.Offered.Version)) && refused.Revision.Sequence > 0)
            await ServeEarlierAsync(cell, refused, new(refused.Revision.Epoch, refused.Revision.Sequence - 1), isExact: false, cancellationToken).ConfigureAwait(false);
        Tell(cell, refused);
    }

    /// <summary>What is newer than the pin is not served. If what is served is, too, or nothing, the pinned revision is looked for on this process's disk.</summary>
    private async ValueTask HoldBackAsync(NamespaceCell cell, OfferedVersion offered, Revision pin, CancellationToken cancellationToken)
    {
        var refused = new RefusedVersion(offered, RefusalCode.Pinned, $"{offered.Version.Revision} is held back: the application is pinned to {pin}.");
        if (cell.View is null || IsBeyondPin(cell, cell.View.Revision))
            await ServeEarlierAsync(cell, refused, pin, isExact: true, cancellationToken).ConfigureAwait(false);
        if (IsServed(cell, offered.Version)) cell.Trouble = $"pinned to {pin}, which is not kept here; {offered.Version.Revision} is served on, and nothing newer";
        else Tell(cell, refused);
    }

    private async ValueTask ServeEarlierAsync(NamespaceCell cell, RefusedVersion instead, Revision upTo, bool isExact, CancellationToken cancellationToken)
    {
        BuiltView? built = null;
        var earlier = await replica.FindEarlierAsync(cell.Name, upTo, IsWanted, cancellationToken).ConfigureAwait(false);
        if (earlier is not null && built is not null) Serve(cell, new(earlier, ViewOrigin.LastKnownGood, IsFromParent: false), built, instead);

        bool IsWanted(NamespaceVersion version) =>
            isExact && version.Revision != upTo ? false : Examine(cell, new(version, ViewOrigin.LastKnownGood, IsFromParent: false), out built) is null;
    }

    private void Serve(NamespaceCell cell, OfferedVersion offered, BuiltView built, RefusedVersion? refused)
    {
        var (previous, version, now) = (cell.View, offered.Version, time.GetUtcNow());
        cell.Serve(built.View, offered, now, refused);
        replica.Served(offered, now);
        logger.ViewServed(version.Name, version.Revision, offered.Origin, built.Keys.Count);
        changed(new NamespaceChangedEventArgs(previous, built.View, built.Keys));
        foreach (var other in Cells) // what was refused beside the revision before may be right beside this one
            if (other != cell && other.Refused is { Code: RefusalCode.Rejected } waiting && other.OfferAgain(waiting.Offered)) _queue.Writer.TryWrite(other);
    }

    private void Tell(NamespaceCell cell, RefusedVersion refused)
    {
        var isNews = cell.Refuse(refused);
        if (refused.Code is not RefusalCode.Quarantined) replica.NotServed(cell.Name, refused.Revision, refused.Code, refused.Detail); // of a quarantine it knows
        if (!isNews) return;
        if (refused.Code is RefusalCode.Pinned) logger.HeldBack(cell.Name, refused.Revision, cell.Pin ?? Revision.None);
        else if (refused.Code is not RefusalCode.Quarantined) logger.ViewRefused(cell.Name, refused.Revision, refused.Detail); // the guard tells of quarantines itself
        refusedRevision(new RevisionRefusedEventArgs(cell.Name, refused.ToPublic(), cell.View));
    }

    /// <summary>A view, and what differs in it from what is served.</summary>
    private sealed record BuiltView(NamespaceView View, List<SettingKey> Keys);
}
