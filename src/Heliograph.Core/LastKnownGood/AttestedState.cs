// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using Heliograph.Core.Heads;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Core.Wire;
using MerkleProof = Heliograph.Core.Merkle.MerkleProof;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Core.LastKnownGood;

/// <summary>A namespace's state with the head and the proof that vouch for it, as they stand in a file.</summary>
/// <remarks>Reading checks form only: whether the head is signed and the proof leads to it is for <see cref="HeadVerifier"/> and <see cref="MerkleProof"/>.</remarks>
/// <param name="Head">The head.</param>
/// <param name="StateBytes">Canonical bytes of <paramref name="State"/>.</param>
/// <param name="State">What the bytes say. Not to be changed.</param>
/// <param name="Proof">Path of the state in the head's directory.</param>
public sealed record AttestedState(SignedHead Head, ReadOnlyMemory<byte> StateBytes, NamespaceState State, ReadOnlyMemory<byte> Proof)
{
    /// <summary>Largest state, in bytes: name, revision, root and two counts, with their tags.</summary>
    public const int StateBytesMax = 256;

    /// <summary>Revision of the last entry that touched the namespace.</summary>
    public Revision Revision { get; } = new(checked((int)State.LastEpoch), checked((long)State.LastSequence));

    /// <summary>Root over the records.</summary>
    public Hash256 StateRoot { get; } = new(State.StateRoot.Span);

    /// <summary>The state, head and proof of a version.</summary>
    public static AttestedState Of(NamespaceVersion version) => new(version.Head, version.StateBytes, version.State, version.Proof);

    /// <summary>This state with its records.</summary>
    public NamespaceVersion With(NamespaceName name, MerkleMap records) => new(name, StateBytes, State, records, Head, Proof);

    /// <summary>Reads the three parts, which are copied, or says what is wrong with them. Never throws, whatever the bytes.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> head, ReadOnlySpan<byte> state, ReadOnlySpan<byte> proof, [NotNullWhen(true)] out AttestedState? attested, [NotNullWhen(false)] out string? error)
    {
        attested = null;
        if (head.Length > SignedHead.BytesMax)
        {
            error = $"SignedHead: {head.Length} bytes, at most {SignedHead.BytesMax} are allowed.";
            return false;
        }
        if (!SignedHead.TryParse(head.ToArray(), out var signedHead, out error)) return false;
        if (!CanonicalMessage.TryParse(NamespaceState.Parser, state, StateBytesMax, out var content, out error)) return false;
        if (!MerkleProof.TryParse(proof, out _, out error)) return false;
        error = Fault(content);
        if (error is not null) return false;
        var read = new AttestedState(signedHead, state.ToArray(), content, proof.ToArray());
        if (read.Revision.IsAfter(signedHead.Revision))
        {
            error = $"NamespaceState: it is at {read.Revision}, after its head at {signedHead.Revision}.";
            return false;
        }
        attested = read;
        return true;
    }

    /// <summary>Whether <paramref name="records"/> are the ones that the state speaks of, or why not.</summary>
    public string? Mismatch(MerkleMap records) =>
        (ulong)records.Count != State.Records || (ulong)records.Bytes != State.Bytes
            ? $"it holds {records.Count} records of {records.Bytes} bytes, its state says {State.Records} of {State.Bytes}"
        : records.Root != StateRoot ? $"the root of its records is {records.Root}, its state says {StateRoot}"
        : null;

    private static string? Fault(NamespaceState state) =>
        !NamespaceName.TryParse(state.Name, out _, out var error) ? $"NamespaceState: {error}"
        : state.LastEpoch is 0 or > int.MaxValue || state.LastSequence > long.MaxValue ? "NamespaceState: its revision is out of range."
        : state.StateRoot.Length != Hash256.SizeBytes ? $"NamespaceState: a root is {Hash256.SizeBytes} bytes."
        : state.Records > Limits.NamespaceRecordsMax || state.Bytes > Limits.NamespaceBytesMax
            ? $"NamespaceState: {state.Records} records of {state.Bytes} bytes; at most {Limits.NamespaceRecordsMax} of {Limits.NamespaceBytesMax} are allowed."
        : null;
}
