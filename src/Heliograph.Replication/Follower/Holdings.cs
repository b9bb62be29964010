// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Heliograph.Core;
using Heliograph.Core.Heads;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Microsoft.Extensions.Logging;

namespace Heliograph.Replication.Following;

/// <summary>The namespaces that a follower holds, and the one way by which they change: judged, made durable, activated, told.</summary>
/// <remarks>Changed by one at a time: before the first session by whoever loads, then by whoever has the session's turn. <see cref="Find"/> and <see cref="Table"/> are for everyone.</remarks>
internal sealed class Holdings(HeadGate gate, HeadVerifier verifier, IReplicaStore store, TimeProvider time, ILogger logger)
{
    private volatile ImmutableSortedDictionary<NamespaceName, Held> _held = ImmutableSortedDictionary<NamespaceName, Held>.Empty;

    public NamespaceTable Table { get; } = new();

    public HeadGate Gate { get; } = gate;

    /// <summary>A namespace with what is remembered about it.</summary>
    public sealed class Held(NamespaceName name)
    {
        public NamespaceReplica Replica { get; } = new(name);

        /// <summary>What was refused last, until something was activated; read by the report from any thread.</summary>
        public RefusedUpdate? Refused { get; set; }

        /// <summary>Whether only a snapshot will do: a delta did not lead there, or was longer than the signed caps allow (it may name keys that came and went meanwhile).</summary>
        public bool IsSnapshotWanted { get; set; }

        /// <summary>Where the parent is told that we stand.</summary>
        public Revision Cursor => IsSnapshotWanted || Replica.Current is not { } current ? Revision.None : current.Revision;

        /// <summary>Updates refused since the last activation.</summary>
        public int RefusedInARow { get; set; }

        /// <summary>When the content was activated or loaded, Unix milliseconds by the local clock.</summary>
        public long AppliedAtMs { get; set; }

        public bool IsLoaded { get; set; }

        /// <summary>Whether content of it may lie on disk.</summary>
        public bool IsKept { get; set; }
    }

    /// <summary>An update that was not taken.</summary>
    public sealed record RefusedUpdate(Refusal Refusal, Revision Revision)
    {
        /// <summary>As it is reported.</summary>
        public Protocol.Wire.Refusal ToWire() => new() { Revision = Revision.ToWire(), Code = RefusalCodes.ToWire(Refusal.Code), Detail = Refusal.Detail };
    }

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        verifier.Trust.Adopt(await store.LoadTrustAsync(verifier.Trust.Current, cancellationToken)); // first: what was kept is right under these roots
        foreach (var name in await store.ListAsync(cancellationToken)) await OpenAsync(name, cancellationToken);
        if (Gate.Newest is { } newest) await store.ForgetRemovedAsync(newest.IssuedAt, cancellationToken);
    }

    /// <summary>The namespace as it is held, read from disk the first time.</summary>
    public async ValueTask<Held> OpenAsync(NamespaceName name, CancellationToken cancellationToken)
    {
        if (!_held.TryGetValue(name, out var held)) _held = _held.SetItem(name, held = new Held(name));
        if (held.IsLoaded) return held;
        var stored = await store.LoadAsync(name, version => held.Replica.CheckStored(version, verifier), cancellationToken);
        held.IsLoaded = true;
        if (stored is null) return held;
        held.IsKept = stored.Version is not null || stored.Damage.Count > 0;
        foreach (var damage in stored.Damage) logger.StoredReplicaDamaged(name, damage);
        held.Replica.Restore(stored.Version, stored.Floor);
        if (stored.Version is not { } version) return held;
        logger.StartedFromLastKnownGood(name, version.Revision, version.Head.IssuedAt);
        held.AppliedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        Gate.Restore(version.Head);
        if (Gate.Newest is { } head && (Table.NewestHead is null || !head.Revision.IsBefore(Table.NewestHead.Revision))) Table.Head(head);
        Table.Change(version);
        return held;
    }

    /// <summary>Makes roots and transitions that were verified durable, then trusts them.</summary>
    /// <returns>Whether they are; if not, nothing has changed.</returns>
    public async ValueTask<bool> AdoptAsync(RealmTrust trust, CancellationToken cancellationToken)
    {
        if (Planted.RootBeforeDurable) verifier.Trust.Adopt(trust);
        try
        {
            await store.PersistTrustAsync(trust, cancellationToken);
        }
        catch (FileStoreException exception)
        {
            logger.TrustNotPersisted(exception, trust.Roots.Version, trust.Epochs.Epoch, exception.Fault);
            return false;
        }
        verifier.Trust.Adopt(trust);
        return true;
    }

    /// <summary>Namespaces with an update that was refused and may be right under other roots.</summary>
    public IEnumerable<NamespaceName> Refused => _held.Values.Where(held => held.Refused is not null).Select(held => held.Replica.Name);

    /// <summary>What is trusted now.</summary>
    public TrustCell Trust => verifier.Trust;

    /// <summary>How many namespaces a discarded revision is held of, of those that are held.</summary>
    public int CountBeyond(Revision basis) => _held.Values.Count(held => held.Replica.Floor.Revision.IsAfter(basis));

    public Held? Find(NamespaceName name) => _held.GetValueOrDefault(name);

    /// <summary>How many namespaces have an update that is refused and asked for again.</summary>
    public int RefusedCount => _held.Values.Count(held => held.Refused is not null);

    /// <summary>Makes a judged version durable, then visible.</summary>
    /// <returns>Why not, if it could not be made durable.</returns>
    public async ValueTask<Refusal?> CommitAsync(Held held, NamespaceVersion next, CancellationToken cancellationToken)
    {
        var previous = held.Replica.Current;
        var isNew = previous is null || next.Revision != previous.Revision;
        if (Planted.FloorAfterActivation) Activate(held, next, isNew);
        held.IsKept = true; // in part, even if it fails
        try
        {
            await store.PersistAsync(previous, next, cancellationToken);
        }
        catch (FileStoreException exception)
        {
            logger.NotPersisted(exception, next.Name, next.Revision, exception.Fault);
            return new Refusal(RefusalCode.NotPersisted, $"'{next.Name}' at {next.Revision} could not be made durable ({exception.Fault}); it will be tried again.");
        }
        if (!Planted.FloorAfterActivation) Activate(held, next, isNew);
        return null;
    }

    /// <summary>The parent does not serve a namespace. One that is proven to be deleted is served no longer, now and after a restart, but its floor is kept and raised.</summary>
    public async ValueTask DropAsync(NamespaceGone gone, CancellationToken cancellationToken)
    {
        logger.NamespaceGone(gone.Name, gone.Code, gone.Detail);
        if (gone is { Code: "deleted", Head: { } head } && Find(gone.Name) is { IsLoaded: true } held)
        {
            held.Replica.Release(head.Revision);
            Table.Remove(gone.Name);
            if (held.IsKept) await RemoveAsync(held, head, cancellationToken);
        }
        Table.Gone(gone);
    }

    /// <summary>Once: a name that was never held leaves nothing on disk, whoever asks for it, and one that was removed is not removed again with each head.</summary>
    private async ValueTask RemoveAsync(Held held, SignedHead head, CancellationToken cancellationToken)
    {
        try
        {
            await store.RemoveAsync(held.Replica.Name, head, cancellationToken);
            held.IsKept = false;
        }
        catch (FileStoreException exception)
        {
            logger.NotRemoved(exception, held.Replica.Name, exception.Fault);
        }
    }

    private void Activate(Held held, NamespaceVersion next, bool isNew)
    {
        held.Replica.Activate(next);
        (held.Refused, held.RefusedInARow, held.IsSnapshotWanted) = (null, 0, false);
        if (!isNew)
        {
            Table.Refresh(next);
            return;
        }
        held.AppliedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (Planted.HalfAChangeset) ShowHalf(next);
        Table.Change(next);
    }

    /// <summary>The planted bug <see cref="Planted.HalfAChangeset"/>: a reader between two records of one changeset.</summary>
    private void ShowHalf(NamespaceVersion next)
    {
        if (Table.Find(next.Name) is not { } shown) return;
        var changes = MerkleMap.Diff(shown.Records, next.Records).ToList();
        Table.Change(next with { Records = shown.Records.Apply([.. changes.Take(changes.Count / 2)]) });
    }
}
