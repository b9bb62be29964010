// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Heliograph.Core.Heads;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Microsoft.Extensions.Logging;
using JoinedProofs = Heliograph.Core.Replicas.JoinedProofs;
using Refusal = Heliograph.Core.Replicas.Refusal;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Replication.Following;

/// <summary>What a frame with updates or freshness means for the session.</summary>
/// <param name="Leave">Why this parent is to be left; <see langword="null"/> to stay.</param>
/// <param name="Resubscribe">A namespace whose cursor the parent must be told again.</param>
/// <param name="After">How long to wait before that.</param>
/// <param name="HasChanged">Whether the own report changed.</param>
internal readonly record struct UpdateOutcome(string? Leave = null, NamespaceName? Resubscribe = null, TimeSpan After = default, bool HasChanged = false);

/// <summary>Takes updates and heads from one parent, puts them together, and has them judged and committed.</summary>
internal sealed class UpdateReceiver(Holdings holdings, FreshnessMonitor freshness, ParentAddress parent, FollowerOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>Wait before a refused update is asked for again; it doubles up to the ceiling.</summary>
    private static readonly TimeSpan RetryFloor = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<NamespaceName, UpdateAssembly> _assemblies = [];
    private ImmutableSortedSet<NamespaceName> _denied = [], _unheard = []; // the reading loop adds, others take away

    /// <summary>When the parent is told again where a namespace stands.</summary>
    public ResubscribePlan Resubscribe { get; } = new(time);

    /// <summary>
    /// Namespaces of which the parent may not have heard what was reported: it does not count what is said of one that it denies, and forgets what was said before.
    /// Each once when it is denied, and once when it is served again.
    /// </summary>
    public IEnumerable<NamespaceName> TakeUnheard() => Interlocked.Exchange(ref _unheard, []);

    /// <summary>A namespace is not on the stream any more.</summary>
    public void Leave(NamespaceName name)
    {
        Resubscribe.Remove(name);
        Allowed(name);
    }

    public async ValueTask<UpdateOutcome> BeginAsync(Update update, CancellationToken cancellationToken)
    {
        var name = Name(update.Namespace);
        _assemblies.Remove(name); // whatever was on its way has been given up by the parent
        if (holdings.Find(name) is not { } held) return default; // not subscribed any more
        var offer = new UpdateOffer(
            update.Base is null ? null : update.Base.ToRevision(),
            update.SignedHead.Memory, update.NamespaceState.Memory, update.Proof.Memory, checked((long)Math.Min(update.StreamBytes, long.MaxValue)));
        var admitted = held.Replica.Admit(offer, holdings.Gate, parent.IsSameHost);
        Announce(admitted.Value is null ? null : holdings.Gate.Newest);
        if (admitted.Value is not { } accepted)
        {
            held.IsSnapshotWanted |= admitted.Refusal!.Code == RefusalCode.OverLimit && offer.Base is not null;
            return Refuse(held, RevisionOf(update), admitted.Refusal);
        }
        Allowed(name);
        Resubscribe.Settle(name, options.NamespaceStaleAfter); // it begins where we stand; asked again now, the parent would begin anew
        var assembly = new UpdateAssembly(accepted);
        assembly.Append(0, update.Records.Span);
        if (assembly.IsComplete) return await CompleteAsync(held, assembly, cancellationToken);
        _assemblies[name] = assembly;
        return default;
    }

    public async ValueTask<UpdateOutcome> ContinueAsync(UpdateChunk chunk, CancellationToken cancellationToken)
    {
        var name = Name(chunk.Namespace);
        if (!_assemblies.TryGetValue(name, out var assembly)) return default; // its beginning was refused
        assembly.Append(chunk.Offset, chunk.Records.Span);
        Answered(name); // a long one comes slowly, but it comes
        if (!assembly.IsComplete) return default;
        _assemblies.Remove(name);
        return holdings.Find(name) is { } held ? await CompleteAsync(held, assembly, cancellationToken) : default;
    }

    /// <summary>Forgets an update that was on its way: its rest is not for us any more.</summary>
    public void Forget(NamespaceName name) => _assemblies.Remove(name);

    public async ValueTask<UpdateOutcome> RefreshAsync(Freshness frame, CancellationToken cancellationToken)
    {
        var admitted = holdings.Gate.Admit(frame.SignedHead.Memory);
        if (admitted.Value is not { } head) return RefuseHead(admitted.Refusal!);
        var (again, hasChanged) = (default(NamespaceName), false);
        if (!TryProofs(frame, out var proofs, out var error)) return RefuseHead(new Refusal(RefusalCode.WrongProof, error));
        foreach (var (name, state, proof) in proofs)
        {
            if (holdings.Find(name) is not { } held) continue;
            var fresh = held.Replica.Refresh(head, state, proof, holdings.Gate);
            if (fresh.Refusal is { Code: RefusalCode.WrongProof or RefusalCode.Malformed or RefusalCode.Equivocation } refusal) return Refuse(held, head.Revision, refusal);
            if (fresh.Refusal is null && fresh.Value is null && IsAskedForAgain(held)) Resubscribe.Retry(again = name, TimeSpan.Zero);
            if (fresh.Value is not { } version) continue;
            if (held.Refused is { } refused && (IsBareClaim(refused.Refusal.Code) || !head.Revision.IsBefore(refused.Revision))) hasChanged |= Settled(held); // what is held is the newest: nothing is refused any more
            hasChanged |= Volatile.Read(ref _denied).Contains(name);
            Answered(name);
            freshness.OnProof(name, head);
            if (version.Head.Bytes.Span.SequenceEqual(held.Replica.Current!.Head.Bytes.Span)) continue;
            await holdings.CommitAsync(held, version, cancellationToken); // if the disk is full, the content on it is the same all the same
        }
        Announce(head);
        return new UpdateOutcome(Resubscribe: again == default ? null : again, HasChanged: hasChanged);
    }

    /// <summary>The proofs of a frame, those that came alone and those that came joined, each by itself: they are judged alike.</summary>
    private static bool TryProofs(Freshness frame, out List<(NamespaceName Name, ReadOnlyMemory<byte> State, ReadOnlyMemory<byte> Proof)> proofs, [NotNullWhen(false)] out string? error)
    {
        (proofs, error) = ([], null);
        foreach (var alone in frame.Proofs)
            if (TryName(alone.NamespaceState.Span, out var name)) proofs.Add((name, alone.NamespaceState.Memory, alone.Proof.Memory));
        if (frame.Joined is not { } joined) return true;
        var (names, states) = (new NamespaceName[joined.NamespaceStates.Count], joined.NamespaceStates.Select(state => state.Memory).ToList());
        for (var i = 0; i < names.Length; i++)
            if (!TryName(states[i].Span, out names[i]))
            {
                error = "What comes with a joined proof is not the state of a namespace.";
                return false;
            }
        if (!JoinedProofs.TrySplit(names, states, joined.Proof.Span, out var parts, out error)) return false;
        proofs.AddRange(names.Select((name, i) => (name, states[i], parts[i])));
        return true;
    }

    private static bool Settled(Holdings.Held held)
    {
        (held.Refused, held.RefusedInARow) = (null, 0);
        return true;
    }

    /// <summary>The parent does not serve a namespace. It is asked again after a while: a role may have been given, a namespace made, and a proof of its deletion grows old.</summary>
    public async ValueTask GoneAsync(Refused refused, CancellationToken cancellationToken)
    {
        var name = Name(refused.Namespace);
        var (code, detail) = (refused.Code, refused.Detail);
        var wait = options.RefusedRetry;
        if (IsProvenAbsent(name, refused, out var head)) code = "deleted"; // whatever it is called: it is proven not to be there
        else if (code is "deleted" or "not_found")
        {
            if (code == "deleted") (code, detail) = ("not_found", "the parent said that it was deleted, without proof; it is kept");
            if (holdings.Find(name) is { Replica.Current: not null } held) wait = WaitAfter(held.RefusedInARow++); // the proof may only have been under too old a head: the next one comes with the next
        }
        Forget(name);
        if (code is "not_authorized" or "limit")
        {
            ImmutableInterlocked.Update(ref _denied, static (denied, name) => denied.Add(name), name);
            ImmutableInterlocked.Update(ref _unheard, static (unheard, name) => unheard.Add(name), name);
        }
        await holdings.DropAsync(new NamespaceGone(name, code, detail, head, refused.AbsenceProof.Memory), cancellationToken);
        Resubscribe.Retry(name, wait);
    }

    private bool IsProvenAbsent(NamespaceName name, Refused refused, out SignedHead? head)
    {
        head = refused.SignedHead.IsEmpty ? null : holdings.Gate.Admit(refused.SignedHead.Memory).Value;
        return head is not null && head.ExpiresAt > holdings.Gate.Clock.Now
            && (holdings.Find(name) is not { } held || !head.Revision.IsBefore(held.Replica.Floor.HeadRevision))
            && MerkleProof.TryParse(refused.AbsenceProof.Span, out var proof, out _)
            && proof.VerifiesAbsence(head.DirectoryRoot, System.Text.Encoding.UTF8.GetBytes(name.Value));
    }

    private async ValueTask<UpdateOutcome> CompleteAsync(Holdings.Held held, UpdateAssembly assembly, CancellationToken cancellationToken)
    {
        var judged = held.Replica.Complete(assembly.Update, assembly.Stream);
        if (judged.Value is not { } version)
        {
            held.IsSnapshotWanted = assembly.Update.Offer.Base is not null; // whoever is wrong, a snapshot settles it
            return Refuse(held, Revision.None, judged.Refusal!);
        }
        if (await holdings.CommitAsync(held, version, cancellationToken) is { } notPersisted) return Refuse(held, version.Revision, notPersisted);
        freshness.OnProof(version.Name, version.Head);
        options.Counts.WasApplied(version, isChange: assembly.Update.Offer.Base is not null);
        logger.Applied(version.Name, version.Revision);
        return new UpdateOutcome(HasChanged: true);
    }

    private UpdateOutcome Refuse(Holdings.Held held, Revision revision, Refusal refusal)
    {
        // The parent takes us to be where its last update led. If that one was refused for what has passed meanwhile, as this one shows, it only has to be told.
        var isToldAtOnce = held.Refused is not { } before || MayPass(before.Refusal.Code);
        // Otherwise it is asked for again after a while. Until then the parent goes on from what it sent: that fits as little, and is no news.
        if (refusal.Code == RefusalCode.WrongBase && !isToldAtOnce && held.Refused is { Refusal.Code: not RefusalCode.WrongBase })
            return new UpdateOutcome(Resubscribe: held.Replica.Name, After: WaitAfter(held.RefusedInARow));
        held.Refused = new(refusal, revision);
        var wait = WaitAfter(held.RefusedInARow++);
        options.Counts.UpdateRefused(refusal.Code);
        logger.UpdateRefused(held.Replica.Name, parent.Address, refusal.Code, refusal.Detail);
        return refusal.Code switch
        {
            RefusalCode.WrongBase => new UpdateOutcome(Resubscribe: held.Replica.Name, After: isToldAtOnce ? TimeSpan.Zero : wait, HasChanged: true),
            RefusalCode.BelowFloor or RefusalCode.Expired or RefusalCode.NotPersisted or RefusalCode.Unsupported or RefusalCode.OverLimit or RefusalCode.EpochUnproven
                => new UpdateOutcome(Resubscribe: held.Replica.Name, After: wait, HasChanged: true), // may be right later; each try sends all of it again, so ever more slowly
            _ => RefuseHead(refusal),
        };
    }

    private TimeSpan WaitAfter(int refusals)
    {
        var wait = RetryFloor * Math.Pow(2, Math.Min(refusals, 10));
        return wait < options.RefusedRetry ? wait : options.RefusedRetry;
    }

    /// <summary>Whether what was refused with this code may be taken once the parent has a newer head, without any more change here.</summary>
    private static bool MayPass(RefusalCode code) => code is RefusalCode.Expired or RefusalCode.BelowFloor or RefusalCode.EpochUnproven;

    /// <summary>Whether nothing but a parent's word stands for the revision of what was refused with this code: no signed head that this replica could take proves it.</summary>
    private static bool IsBareClaim(RefusalCode code) => code is not (RefusalCode.NotPersisted or RefusalCode.WrongBase or RefusalCode.Expired or RefusalCode.OverLimit or RefusalCode.EpochUnproven);

    /// <summary>
    /// The parent proves content that is not held. A proof goes to those who were sent the content: it could not be taken then, and a head that can be taken
    /// vouches for it now, or it never came, whoever kept it back.
    /// </summary>
    private bool IsAskedForAgain(Holdings.Held held) =>
        held.Refused is null ? !_assemblies.ContainsKey(held.Replica.Name) : MayPass(held.Refused.Refusal.Code);

    /// <summary>The parent serves the namespace: its next word is expected while the last one is fresh.</summary>
    private void Answered(NamespaceName name)
    {
        Allowed(name);
        Resubscribe.Postpone(name, options.NamespaceStaleAfter);
    }

    private void Allowed(NamespaceName name)
    {
        if (!Volatile.Read(ref _denied).Contains(name)) return;
        ImmutableInterlocked.Update(ref _denied, static (denied, name) => denied.Remove(name), name);
        ImmutableInterlocked.Update(ref _unheard, static (unheard, name) => unheard.Add(name), name);
    }

    private UpdateOutcome RefuseHead(Refusal refusal)
    {
        if (refusal.Code is RefusalCode.BelowFloor or RefusalCode.EpochUnproven or RefusalCode.Unsupported or RefusalCode.Expired) return default; // of a root that has expired, or one that has not come yet
        options.Counts.HeadRefused(refusal.Code);
        logger.HeadSuspicious(parent.Address, refusal.Code, refusal.Detail);
        return new UpdateOutcome(Leave: $"it sent what cannot be true ({refusal.Code})", HasChanged: true);
    }

    private void Announce(SignedHead? head)
    {
        if (head is null) return;
        freshness.OnHead(head, holdings.Gate.Clock.Now);
        var newest = holdings.Gate.Newest!;
        if (holdings.Table.NewestHead is { } known && known.Bytes.Span.SequenceEqual(newest.Bytes.Span)) return;
        holdings.Table.Head(newest);
    }

    private static Revision RevisionOf(Update update) =>
        TryState(update.NamespaceState.Span, out var state) ? new Revision((int)state.LastEpoch, (long)state.LastSequence) : Revision.None;

    private static bool TryName(ReadOnlySpan<byte> stateBytes, out NamespaceName name)
    {
        name = default;
        return TryState(stateBytes, out var state) && NamespaceName.TryParse(state.Name, out name, out _);
    }

    private static bool TryState(ReadOnlySpan<byte> bytes, out Core.Wire.NamespaceState state)
    {
        state = new Core.Wire.NamespaceState();
        try
        {
            state = Core.Wire.NamespaceState.Parser.ParseFrom(bytes);
            return state.LastEpoch <= int.MaxValue && state.LastSequence <= long.MaxValue;
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            return false; // the judge will say so in its own words
        }
    }

    private static NamespaceName Name(string text) =>
        NamespaceName.TryParse(text, out var name, out var error) ? name : throw new ProtocolException($"A frame names a namespace that cannot be: {error}");
}
