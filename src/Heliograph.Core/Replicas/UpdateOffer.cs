// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Replicas;

/// <summary>An update of a namespace as it is announced, before its content has come.</summary>
/// <param name="Base">The revision that a delta begins at; <see langword="null"/> for a snapshot.</param>
/// <param name="SignedHead">Bytes of the head.</param>
/// <param name="StateBytes">Bytes of the namespace's state.</param>
/// <param name="Proof">Bytes of the path between them.</param>
/// <param name="StreamBytes">How long the record stream will be.</param>
public sealed record UpdateOffer(
    Revision? Base,
    ReadOnlyMemory<byte> SignedHead,
    ReadOnlyMemory<byte> StateBytes,
    ReadOnlyMemory<byte> Proof,
    long StreamBytes);

/// <summary>An update whose signature, floor, proof and base have been checked; only its content is missing.</summary>
public sealed class AdmittedUpdate
{
    internal AdmittedUpdate(UpdateOffer offer, NamespaceVersion promised, Heads.EpochHistory epochs) => (Offer, Promised, Epochs) = (offer, promised, epochs);

    /// <summary>What was announced.</summary>
    public UpdateOffer Offer { get; }

    /// <summary>The version that it leads to. Its records are those of the base until the content has been applied.</summary>
    internal NamespaceVersion Promised { get; }

    /// <summary>The epochs that were proven when it was admitted.</summary>
    internal Heads.EpochHistory Epochs { get; }
}
