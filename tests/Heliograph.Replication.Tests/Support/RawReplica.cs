// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Xunit;

namespace Heliograph.Replication.Tests.Support;

/// <summary>Puts a raw subscriber's frames together as a follower would, and insists that every update is right.</summary>
internal sealed class RawReplica(RawPeer peer, NamespaceName name, TrustAnchor anchor, TimeProvider time) : IDisposable
{
    private readonly HeadVerifier _verifier = new(anchor);
    private readonly NamespaceReplica _replica = new(name);
    private HeadGate? _gate;

    /// <summary>Bases of the updates so far; <see langword="null"/> for a snapshot.</summary>
    public List<Revision?> Bases { get; } = [];

    public NamespaceVersion? Current => _replica.Current;

    /// <summary>Starts from a version got elsewhere.</summary>
    public void Restore(NamespaceVersion version) => _replica.Restore(version, Floor.None);

    /// <summary>Reads until the next update is whole, and takes it.</summary>
    public async Task<NamespaceVersion> NextAsync()
    {
        _gate ??= new HeadGate(_verifier, new TrustedClock(time));
        var update = await peer.ReadAsync(FrameType.Update, Update.Parser);
        Assert.Equal(name.Value, update.Namespace);
        Revision? begins = update.Base is null ? null : update.Base.ToRevision();
        var offer = new UpdateOffer(begins, update.SignedHead.Memory, update.NamespaceState.Memory, update.Proof.Memory, (long)update.StreamBytes);
        var admitted = _replica.Admit(offer, _gate, isSameHost: false);
        Assert.Null(admitted.Refusal);
        var stream = new List<byte>(update.Records);
        while ((ulong)stream.Count < update.StreamBytes)
        {
            var chunk = await peer.ReadAsync(FrameType.UpdateChunk, UpdateChunk.Parser);
            Assert.Equal((ulong)stream.Count, chunk.Offset);
            stream.AddRange(chunk.Records);
        }
        var completed = _replica.Complete(admitted.Value!, stream.ToArray());
        Assert.Null(completed.Refusal);
        _replica.Activate(completed.Value!);
        Bases.Add(begins);
        return completed.Value!;
    }

    /// <summary>Takes updates until the revision is reached.</summary>
    public async Task ReachAsync(Revision revision)
    {
        while (_replica.Current is null || _replica.Current.Revision.IsBefore(revision)) await NextAsync();
        Assert.Equal(revision, _replica.Current.Revision);
    }

    public void Dispose() => _verifier.Dispose();
}
