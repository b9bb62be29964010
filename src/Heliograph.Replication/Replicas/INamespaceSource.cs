// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;

namespace Heliograph.Replication.Replicas;

/// <summary>The namespaces that a tier can serve, as they change: the sequencer's at the origin, the follower's at a relay, agent or client.</summary>
/// <remarks>Thread-safe. Versions are immutable; a reader that holds one may keep it.</remarks>
public interface INamespaceSource
{
    /// <summary>The newest verified head, or <see langword="null"/> before the first.</summary>
    SignedHead? NewestHead { get; }

    /// <summary>The namespace at its newest revision with the freshest proof at hand, or <see langword="null"/> if it is not held (yet).</summary>
    NamespaceVersion? Find(NamespaceName name);

    /// <summary>Why a namespace that is not held cannot be served, as far as is known: with the proof, if it was deleted; <see langword="null"/> if it is held, or may yet come.</summary>
    NamespaceGone? FindGone(NamespaceName name) => null;

    /// <summary>Which namespaces there are, as far as this source knows; <see langword="null"/> if it knows only those that it is asked for.</summary>
    INamespaceDirectory? Names => null;

    /// <summary>Asks the source to hold a namespace for as long as the interest lives. A source that holds everything does nothing.</summary>
    /// <returns>Dispose it to end the interest; the source may linger.</returns>
    IDisposable Want(NamespaceName name);

    /// <summary>Tells what happens from now on. Calls are in order, one at a time, and must be short: they run on the source's own loop.</summary>
    /// <returns>Ends the observation when disposed.</returns>
    IDisposable Observe(INamespaceObserver observer);
}

/// <summary>Hears of a source's changes.</summary>
public interface INamespaceObserver
{
    /// <summary>A namespace is at a newer revision, or held for the first time. Revisions may be skipped.</summary>
    void OnChanged(NamespaceVersion version);

    /// <summary>A newer head was verified. With it the source may have fresher proofs: ask <see cref="INamespaceSource.Find"/>.</summary>
    void OnHead(SignedHead head);

    /// <summary>A fresher proof of a namespace that stands where it stood.</summary>
    void OnProof(NamespaceVersion version) { }

    /// <summary>A namespace is not there any more, or was refused to this source.</summary>
    void OnGone(NamespaceGone gone);
}

/// <summary>Why a namespace cannot be served.</summary>
/// <param name="Name">Which.</param>
/// <param name="Code">As in the protocol's <c>Refused</c>: <c>not_found</c>, <c>deleted</c>, <c>not_authorized</c>.</param>
/// <param name="Detail">For people.</param>
/// <param name="Head">With <c>deleted</c>: the head whose directory does not hold it.</param>
/// <param name="AbsenceProof">With <c>deleted</c>: the proof of it.</param>
public sealed record NamespaceGone(NamespaceName Name, string Code, string Detail, SignedHead? Head = null, ReadOnlyMemory<byte> AbsenceProof = default);
