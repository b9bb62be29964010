// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Core.Heads;
using Heliograph.Core.Merkle;
using NamespaceState = Heliograph.Core.Wire.NamespaceState;

namespace Heliograph.Core.Replicas;

/// <summary>One namespace as a follower holds it, and the only judge of what may replace it.</summary>
/// <remarks>
/// Steps 8 to 15 of the acceptance algorithm (docs/reference/acceptance.md), as pure decisions: <see cref="Admit"/> checks everything but the
/// content, <see cref="Complete"/> the content, <see cref="Refresh"/> a fresher proof of what is held. None of them changes anything; the
/// caller makes the result durable and then calls <see cref="Activate"/>. Not thread-safe.
/// </remarks>
public sealed class NamespaceReplica(NamespaceName name)
{
    /// <summary>A replica that holds nothing starts under an expired head if it was issued within the last 7 days.</summary>
    public static readonly TimeSpan FirstHeadAgeMax = TimeSpan.FromDays(7);

    /// <summary>Bytes of operation, lengths and slack that a record stream spends on one record beside key and value.</summary>
    private const int StreamOverheadBytes = 16;

    /// <summary>Which namespace.</summary>
    public NamespaceName Name { get; } = name;

    /// <summary>What is held, or <see langword="null"/>.</summary>
    public NamespaceVersion? Current { get; private set; }

    /// <summary>What is never gone below, even when nothing is held.</summary>
    public Floor Floor { get; private set; }

    /// <summary>Takes over what was read from disk and verified, and the floor that was kept beside it.</summary>
    public void Restore(NamespaceVersion? version, Floor floor)
    {
        Floor = version is null ? floor : floor.RaisedTo(Floor.Of(version));
        Current = version;
    }

    /// <summary>Checks an announced update: head, expiry, floor, proof, caps, base.</summary>
    /// <param name="offer">What the parent announced.</param>
    /// <param name="gate">The door for heads.</param>
    /// <param name="isSameHost">Whether the parent is this host's own agent: then a first head may be of any age.</param>
    public Verdict<AdmittedUpdate> Admit(UpdateOffer offer, HeadGate gate, bool isSameHost)
    {
        var admitted = gate.Admit(offer.SignedHead, isStart: isSameHost && Current is null && Floor.IsNone);
        if (admitted.Value is not { } head) return admitted.Refusal!;
        if (CheckState(head, offer.StateBytes, offer.Proof) is { Refusal: { } wrong }) return wrong;
        var state = NamespaceState.Parser.ParseFrom(offer.StateBytes.Span);
        var promised = new NamespaceVersion(Name, offer.StateBytes, state, Current?.Records ?? MerkleMap.Empty, head, offer.Proof);
        var refusal = CheckFreshness(head, gate.Clock.Now, isSameHost) ?? CheckFloor(promised, gate.Epochs) ?? CheckSize(offer, state) ?? CheckBase(offer.Base);
        return refusal is null ? new AdmittedUpdate(offer, promised, gate.Epochs) : refusal;
    }

    /// <summary>Applies the content of an admitted update in a shadow copy, and compares the root with the signed one.</summary>
    /// <remarks>Floor and base are asked about again: a large update takes its time, and something newer may have been activated meanwhile.</remarks>
    public Verdict<NamespaceVersion> Complete(AdmittedUpdate update, ReadOnlyMemory<byte> recordStream)
    {
        if (recordStream.Length != update.Offer.StreamBytes)
            return new Refusal(RefusalCode.Malformed, $"The record stream has {recordStream.Length} bytes; {update.Offer.StreamBytes} were announced.");
        if ((CheckFloor(update.Promised, update.Epochs) ?? CheckBase(update.Offer.Base)) is { } overtaken) return overtaken;
        var isSnapshot = update.Offer.Base is null;
        var isWhole = isSnapshot
            ? RecordStream.TryReadSnapshot(recordStream, out var changes, out var error)
            : RecordStream.TryReadChanges(recordStream, out changes, out error);
        if (!isWhole) return new Refusal(RefusalCode.Malformed, error!);
        var promised = update.Promised;
        var start = isSnapshot ? MerkleMap.Empty : promised.Records;
        var records = start.Apply(changes!);
        if ((records.Root != promised.StateRoot || (ulong)records.Count != promised.State.Records || (ulong)records.Bytes != promised.State.Bytes) && !Planted.ApplyOnWrongBase)
            return new Refusal(RefusalCode.WrongRoot, $"The content of '{Name}' at {promised.Revision} does not have the root that was signed.");
        return promised with { Records = records };
    }

    /// <summary>Checks a fresher proof of the very state that is held; <see langword="null"/> value and refusal alike mean that it changes nothing.</summary>
    public Verdict<NamespaceVersion> Refresh(SignedHead head, ReadOnlyMemory<byte> stateBytes, ReadOnlyMemory<byte> proof, HeadGate gate)
    {
        if (Current is not { } current) return default;
        if (CheckState(head, stateBytes, proof) is { Refusal: { } wrong }) return wrong;
        if (CheckFreshness(head, gate.Clock.Now, isSameHost: false) is { } expired) return expired;
        var fresh = new NamespaceVersion(Name, stateBytes, NamespaceState.Parser.ParseFrom(stateBytes.Span), current.Records, head, proof);
        if (CheckFloor(fresh, gate.Epochs) is { } refusal) return refusal;
        return stateBytes.Span.SequenceEqual(current.StateBytes.Span) ? fresh : default(Verdict<NamespaceVersion>); // newer content is on its way as an update
    }

    /// <summary>Checks a version that was read from disk: its signature under the root of its time, log, proof and root, not its age. Nothing is remembered.</summary>
    public Refusal? CheckStored(NamespaceVersion version, HeadVerifier verifier)
    {
        if (version.Head.LogId != verifier.Anchor.LogId) return new Refusal(RefusalCode.WrongLog, "The stored head is of another log.");
        if (!verifier.IsSignedOnce(version.Head)) return new Refusal(RefusalCode.BadSignature, "The stored head is not signed by a head key of the root that it names.");
        if (CheckState(version.Head, version.StateBytes, version.Proof).Refusal is { } wrong) return wrong;
        return version.Records.Root == version.StateRoot ? null : new Refusal(RefusalCode.WrongRoot, "The stored records do not have the root that was signed.");
    }

    /// <summary>Makes a checked and durable version the one that is held.</summary>
    public void Activate(NamespaceVersion version)
    {
        Floor = Floor.RaisedTo(Floor.Of(version));
        Current = version;
    }

    /// <summary>Forgets the content, because a head was shown to be without the namespace. The floor stays, and rises to that head: nothing older brings it back.</summary>
    public void Release(Revision absentAt)
    {
        if (absentAt.IsAfter(Floor.HeadRevision)) Floor = Floor with { HeadRevision = absentAt };
        Current = null;
    }

    private Verdict<NamespaceVersion> CheckState(SignedHead head, ReadOnlyMemory<byte> stateBytes, ReadOnlyMemory<byte> proof)
    {
        if (!CanonicalMessage.TryParse(NamespaceState.Parser, stateBytes.Span, StateBytesMax, out var state, out var error)) return new Refusal(RefusalCode.Malformed, error);
        if (state.Name != Name.Value && !Planted.PathNotBoundToName)
            return new Refusal(RefusalCode.WrongProof, $"The state is that of another namespace, not of '{Name}'.");
        if (state.StateRoot.Length != Hash256.SizeBytes || state.LastEpoch is 0 or > int.MaxValue || state.LastSequence is 0 or > long.MaxValue)
            return new Refusal(RefusalCode.Malformed, "NamespaceState: root or revision is out of range.");
        if (state.Records > Limits.NamespaceRecordsMax || state.Bytes > Limits.NamespaceBytesMax)
            return new Refusal(RefusalCode.OverLimit, $"'{Name}' has {state.Records} records of {state.Bytes} bytes; the limits are {Limits.NamespaceRecordsMax} and {Limits.NamespaceBytesMax}.");
        if (!MerkleProof.TryParse(proof.Span, out var path, out error)) return new Refusal(RefusalCode.Malformed, error);
        var key = Planted.PathNotBoundToName ? state.Name : Name.Value;
        if (!path.VerifiesMembership(head.DirectoryRoot, Encoding.UTF8.GetBytes(key), stateBytes.Span))
            return new Refusal(RefusalCode.WrongProof, $"The proof does not lead from the state of '{Name}' to the directory of the head at {head.Revision}.");
        if (new Revision((int)state.LastEpoch, (long)state.LastSequence).IsAfter(head.Revision))
            return new Refusal(RefusalCode.Malformed, $"The state of '{Name}' is newer than the head that vouches for it.");
        return default;
    }

    private Refusal? CheckFreshness(SignedHead head, DateTimeOffset now, bool isSameHost)
    {
        if (head.ExpiresAt > now) return null;
        if (Current is not null) return new Refusal(RefusalCode.Expired, $"The head at {head.Revision} expired at {head.ExpiresAt:O}; '{Name}' is kept as it is.");
        if (isSameHost || now - head.IssuedAt <= FirstHeadAgeMax) return null;
        return new Refusal(RefusalCode.Expired, $"The head at {head.Revision} was issued at {head.IssuedAt:O}, more than {FirstHeadAgeMax.TotalDays} days ago.");
    }

    private Refusal? CheckFloor(NamespaceVersion promised, EpochHistory epochs)
    {
        if (Planted.SkipFloor || Floor.IsNone) return null;
        if (promised.Head.Revision.Epoch > Floor.HeadRevision.Epoch && promised.Head.Revision.Epoch > epochs.Epoch)
            return new Refusal(RefusalCode.EpochUnproven, $"The head is of epoch {promised.Head.Revision.Epoch}; the floor is of epoch {Floor.HeadRevision.Epoch}, and no transition has been proven.");
        if (promised.Head.Revision.IsBefore(Floor.HeadRevision))
            return new Refusal(RefusalCode.BelowFloor, $"The head at {promised.Head.Revision} is older than {Floor.HeadRevision}, under which '{Name}' was last verified.");
        if (promised.Revision.IsBefore(Floor.Revision))
            return new Refusal(RefusalCode.BelowFloor, $"'{Name}' at {promised.Revision} is older than {Floor.Revision}, which was accepted before.");
        if (promised.Revision == Floor.Revision && promised.StateRoot != Floor.StateRoot)
            return new Refusal(RefusalCode.Equivocation, $"'{Name}' at {promised.Revision} was signed with two different roots.");
        return null;
    }

    private Refusal? CheckSize(UpdateOffer offer, NamespaceState state)
    {
        // A snapshot holds each record once; a delta holds each at most once, put or deleted, over what is held and what will be.
        var records = state.Records + (offer.Base is null ? 0 : (ulong)(Current?.Records.Count ?? 0));
        var bytes = state.Bytes + (offer.Base is null ? 0 : (ulong)(Current?.Records.Bytes ?? 0));
        if (offer.StreamBytes < 0 || (ulong)offer.StreamBytes > bytes + records * StreamOverheadBytes)
            return new Refusal(RefusalCode.OverLimit, $"{offer.StreamBytes} bytes were announced for '{Name}', more than the signed caps allow.");
        return null;
    }

    private Refusal? CheckBase(Revision? begins) =>
        begins is null || begins == Current?.Revision || Planted.ApplyOnWrongBase ? null
        : new Refusal(RefusalCode.WrongBase, $"The delta begins at {begins}; '{Name}' is held at {Current?.Revision.ToString() ?? "nothing"}.");

    private const int StateBytesMax = 512;
}
