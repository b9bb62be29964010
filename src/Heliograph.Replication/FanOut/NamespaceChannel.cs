// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Replicas;

namespace Heliograph.Replication.FanOut;

/// <summary>One namespace on its way to its subscribers: the newest version, what changed lately, the frames encoded so far, and a cursor for everyone who listens.</summary>
/// <remarks>One lock; nothing that waits happens under it.</remarks>
internal sealed class NamespaceChannel(NamespaceName name, INamespaceSource source, FanOutOptions options, TimeProvider time)
{
    /// <summary>Distinct cursors for which frames are kept; beyond, the frames of stragglers are encoded again when they are ready.</summary>
    private const int EncodedMax = 64;

    private readonly Lock _sync = new();
    private readonly ChangeRing _ring = new(options.ChangesRetainedMax, options.KeysRetainedMax);
    private readonly SortedDictionary<Revision, EncodedUpdate> _encoded = [];
    private readonly HashSet<Cursor> _cursors = [];
    private NamespaceVersion? _version;
    private long _versionAt, _broadcastAt;
    private bool _isBroadcastDue;
    private (ReadOnlyMemory<byte> Head, ReadOnlyMemory<byte> Frame) _proof;

    public NamespaceName Name { get; } = name;

    /// <summary>Serializations of updates so far.</summary>
    public long Encodings { get; private set; }

    public int CursorCount
    {
        get
        {
            lock (_sync) return _cursors.Count;
        }
    }

    public void Attach(Cursor cursor)
    {
        lock (_sync)
        {
            _cursors.Add(cursor);
            if (_version is null && source.Find(Name) is { } version) Take(version);
        }
        cursor.MarkDirty();
    }

    /// <summary>Removes a cursor.</summary>
    /// <returns>Whether it was the last.</returns>
    public bool Detach(Cursor cursor)
    {
        lock (_sync) return _cursors.Remove(cursor) && _cursors.Count == 0;
    }

    /// <summary>A newer version: told to every subscriber at once when it has been quiet, joined with what follows when not.</summary>
    public void Change(NamespaceVersion version)
    {
        TimeSpan wait;
        lock (_sync)
        {
            Take(version);
            if (_isBroadcastDue) return;
            wait = options.JoinInterval - time.GetElapsedTime(_broadcastAt);
            _isBroadcastDue = wait > TimeSpan.Zero && _broadcastAt != 0;
        }
        if (_isBroadcastDue) _ = BroadcastLaterAsync(wait);
        else Broadcast();
    }

    /// <summary>The namespace is not there any more: whoever listens is told by the hub; the cursors stay, in case it comes back.</summary>
    public void Clear()
    {
        lock (_sync)
        {
            _version = null;
            _ring.Clear();
            _encoded.Clear();
        }
    }

    /// <summary>The frames that bring a subscriber at <paramref name="position"/> to the newest version; <see langword="null"/> if it is there already.</summary>
    public EncodedUpdate? FramesAfter(Revision position)
    {
        lock (_sync)
        {
            if (_version is null) return null;
            Freshen();
            if (!_version.Revision.IsAfter(position)) return null;
            if (!_encoded.TryGetValue(position, out var update))
            {
                if (_encoded.Count >= EncodedMax) _encoded.Clear();
                var keys = position == Revision.None ? null : _ring.KeysAfter(position);
                update = keys is null ? Snapshot(_version) : EncodedUpdate.Delta(position, keys, _version);
                if (keys is not null) Encodings++;
                _encoded[position] = update;
            }
            else if (!update.Head.Span.SequenceEqual(_version.Head.Bytes.Span)) update.Refresh(_version);
            return update;
        }
    }

    /// <summary>A frame with the newest head and the proof of this namespace, for subscribers at <paramref name="position"/>; empty if they are behind and get it with the update.</summary>
    public ReadOnlyMemory<byte> ProofFrame(Revision position)
    {
        lock (_sync)
        {
            if (source.Find(Name) is not { } version || version.Revision != position) return default;
            if (_proof.Head.Span.SequenceEqual(version.Head.Bytes.Span)) return _proof.Frame;
            var frame = Frame.Encode(FrameType.Freshness, new Freshness
            {
                SignedHead = UnsafeByteOperations.UnsafeWrap(version.Head.Bytes),
                Proofs = { new NamespaceProof { NamespaceState = UnsafeByteOperations.UnsafeWrap(version.StateBytes), Proof = UnsafeByteOperations.UnsafeWrap(version.Proof) } },
            });
            _proof = (version.Head.Bytes, frame);
            return frame;
        }
    }

    /// <summary>Asks every synced subscriber's pump to send a proof.</summary>
    public void MarkProofsDue()
    {
        lock (_sync)
            foreach (var cursor in _cursors) cursor.MarkProofDue();
    }

    private EncodedUpdate Snapshot(NamespaceVersion version)
    {
        // All who begin from nothing, or from too long ago, share one encoding.
        if (_encoded.TryGetValue(Revision.None, out var known)) return known;
        Encodings++;
        return _encoded[Revision.None] = EncodedUpdate.Snapshot(version);
    }

    private void Take(NamespaceVersion version)
    {
        if (_version is { } previous && version.Revision.IsAfter(previous.Revision))
            _ring.Add(previous.Revision, version.Revision, MerkleMap.Diff(previous.Records, version.Records));
        if (_version is null || version.Revision != _version.Revision) _encoded.Clear();
        (_version, _versionAt) = (version, time.GetTimestamp());
    }

    /// <summary>Takes the source's fresher proof when the one at hand is older than half a heartbeat: a broadcast shares one encoding, a latecomer gets no expired head.</summary>
    private void Freshen()
    {
        if (time.GetElapsedTime(_versionAt) < _version!.Head.Heartbeat / 2) return;
        _versionAt = time.GetTimestamp();
        if (source.Find(Name) is { } fresh && fresh.Revision == _version.Revision) _version = fresh;
    }

    private async Task BroadcastLaterAsync(TimeSpan wait)
    {
        await Task.Delay(wait, time);
        Broadcast();
    }

    private void Broadcast()
    {
        lock (_sync)
        {
            (_isBroadcastDue, _broadcastAt) = (false, time.GetTimestamp());
            foreach (var cursor in _cursors) cursor.MarkDirty();
        }
    }
}
