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
internal sealed class NamespaceChannel
{
    /// <summary>Distinct cursors for which frames are kept; beyond, the frames of stragglers are encoded again when they are ready.</summary>
    private const int EncodedMax = 64;

    /// <summary>Bytes of deltas that are kept, however few they are, beside the newest one and the snapshot.</summary>
    private const long DeltaBytesMax = 16 << 20;

    private readonly INamespaceSource _source;
    private readonly FanOutOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _sync = new();
    private readonly ChangeRing _ring;
    private readonly SortedDictionary<Revision, EncodedUpdate> _encoded = [];
    private readonly Audience[] _audiences; // one a shard
    private NamespaceVersion? _version;
    private long _versionAt, _broadcastAt, _proofsAt, _proofAt, _idleSince;
    private long _deltaBytes, _stamp;
    private int _cursors;
    private bool _isBroadcastDue;
    private (Revision Revision, DateTimeOffset IssuedAt) _provenUnder; // the head of the last proofs: by revision first, for the origin's clock may be set back
    private (Revision Revision, ReadOnlyMemory<byte> Frame) _proof;
    private NamespaceGone? _lost; // what was told last, until there is something again
    private (NamespaceGone? Of, byte[] Frame) _gone = (null, []);

    /// <summary>Makes a channel whose subscribers are spread over <paramref name="shards"/>.</summary>
    public NamespaceChannel(NamespaceName name, INamespaceSource source, FanOutOptions options, IReadOnlyList<BroadcastShard> shards, TimeProvider time)
    {
        (Name, _source, _options, _time, _idleSince) = (name, source, options, time, time.GetTimestamp());
        _ring = new ChangeRing(options.ChangesRetainedMax, options.KeysRetainedMax);
        _audiences = [.. shards.Select(shard => new Audience(this, shard))];
    }

    public NamespaceName Name { get; }

    /// <summary>Another number whenever frames may be others than before.</summary>
    public long Stamp => Volatile.Read(ref _stamp);

    /// <summary>Serializations of updates so far.</summary>
    public long Encodings { get; private set; }

    /// <summary>Whether nobody has listened for so long.</summary>
    public bool IsIdle(TimeSpan linger)
    {
        lock (_sync) return _cursors == 0 && _time.GetElapsedTime(_idleSince) >= linger;
    }

    public void Attach(Cursor cursor)
    {
        lock (_sync)
        {
            _audiences[cursor.Subscriber.Shard].Add(cursor);
            _cursors++;
            if (_version is null && _source.Find(Name) is { } version) Take(version);
        }
        cursor.MarkDirty();
    }

    /// <summary>Removes a cursor.</summary>
    /// <returns>Whether it was the last.</returns>
    public bool Detach(Cursor cursor)
    {
        lock (_sync)
        {
            if (!_audiences[cursor.Subscriber.Shard].Remove(cursor) || --_cursors > 0) return false;
            _idleSince = _time.GetTimestamp();
            return true;
        }
    }

    /// <summary>A newer version: told to every subscriber at once when it has been quiet, joined with what follows when not.</summary>
    public void Change(NamespaceVersion version)
    {
        TimeSpan wait;
        lock (_sync)
        {
            Take(version);
            if (_isBroadcastDue) return;
            wait = _options.JoinInterval - _time.GetElapsedTime(_broadcastAt);
            _isBroadcastDue = wait > TimeSpan.Zero && _broadcastAt != 0;
        }
        if (_isBroadcastDue) _ = BroadcastLaterAsync(wait);
        else Broadcast();
    }

    /// <summary>The namespace is not there any more: whoever listens is told by the hub; the cursors stay, in case it comes back.</summary>
    public void Lose(NamespaceGone gone)
    {
        lock (_sync)
        {
            (_lost, _gone) = (gone, (null, []));
            if (gone.Code != "deleted") return; // what is held goes on being served
            _version = null;
            _ring.Clear();
            Forget();
            _stamp++;
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
                var keys = position == Revision.None ? null : _ring.KeysAfter(position);
                if (keys is null && position != Revision.None) return FramesAfter(Revision.None); // all who begin from nothing, or from too long ago, share one encoding
                update = Keep(position, keys is null ? EncodedUpdate.Snapshot(_version) : EncodedUpdate.Delta(position, keys, _version));
            }
            else if (!update.Head.Span.SequenceEqual(_version.Head.Bytes.Span)) _encoded[position] = update = update.Under(_version);
            return update;
        }
    }

    /// <summary>A frame with the newest head and the proof of this namespace, for subscribers at <paramref name="position"/>; empty if they are behind and get it with the update.</summary>
    public ReadOnlyMemory<byte> ProofFrame(Revision position)
    {
        lock (_sync)
        {
            if (_source.Find(Name) is not { } version || version.Revision != position) return default;
            if (_proof.Revision == position && _time.GetElapsedTime(_proofAt) < version.Head.Heartbeat / 2) return _proof.Frame;
            var frame = Frame.Encode(FrameType.Freshness, new Freshness
            {
                SignedHead = UnsafeByteOperations.UnsafeWrap(version.Head.Bytes),
                Proofs = { new NamespaceProof { NamespaceState = UnsafeByteOperations.UnsafeWrap(version.StateBytes), Proof = UnsafeByteOperations.UnsafeWrap(version.Proof) } },
            });
            (_proof, _proofAt) = ((position, frame), _time.GetTimestamp());
            return frame;
        }
    }

    /// <summary>The version with its newest proof, for subscribers at <paramref name="position"/>; <see langword="null"/> if they are behind.</summary>
    public NamespaceVersion? ProvenAt(Revision position) => _source.Find(Name) is { } version && version.Revision == position ? version : null;

    /// <summary>A frame that says why there is nothing, with the proof if there is one; empty if there is something.</summary>
    public ReadOnlyMemory<byte> GoneFrame()
    {
        lock (_sync)
        {
            var gone = (_source.Find(Name) is null ? _source.FindGone(Name) : null) ?? _lost; // the source has the newest proof
            if (gone is null) return default;
            if (!ReferenceEquals(gone, _gone.Of)) _gone = (gone, RefusedFrames.Of(_lost is { Code: "deleted" } ? gone with { Code = _lost.Code, Detail = _lost.Detail } : gone));
            return _gone.Frame;
        }
    }

    /// <summary>A frame with the namespace's reader key; empty if there is none.</summary>
    public ReadOnlyMemory<byte> ReaderKeyFrame() => _options.ReaderKeys?.Find(Name) is not { } key
        ? default
        : Frame.Encode(FrameType.ReaderKeys, new ReaderKeys { Keys = { new ReaderKey { Namespace = Name.Value, Key = ByteString.CopyFrom(key.Span) } } });

    /// <summary>Has every synced subscriber sent a proof, if the last ones were sent that long ago and the source has a fresher one by now.</summary>
    public void MarkProofsDue(TimeSpan interval)
    {
        lock (_sync)
        {
            if (_proofsAt != 0 && _time.GetElapsedTime(_proofsAt) < interval) return;
            if (_source.Find(Name) is not { Head: var head } || (head.Revision, head.IssuedAt).CompareTo(_provenUnder) <= 0) return;
            (_proofsAt, _provenUnder, _proof) = (_time.GetTimestamp(), (head.Revision, head.IssuedAt), default);
            _stamp++;
        }
        foreach (var audience in _audiences) audience.Tell(Offer.Proof);
    }

    private EncodedUpdate Keep(Revision position, EncodedUpdate update)
    {
        Encodings++;
        var deltaBytes = update.Base is null ? 0 : update.Bytes;
        if (_encoded.Count >= EncodedMax || _deltaBytes + deltaBytes > DeltaBytesMax) Forget();
        _deltaBytes += deltaBytes;
        return _encoded[position] = update;
    }

    private void Forget()
    {
        _encoded.Clear();
        _deltaBytes = 0;
    }

    private void Take(NamespaceVersion version)
    {
        if (_version is { } previous && version.Revision.IsAfter(previous.Revision))
            _ring.Add(previous.Revision, version.Revision, MerkleMap.Diff(previous.Records, version.Records));
        if (_version is null || version.Revision != _version.Revision) Forget();
        _lost = null;
        (_version, _versionAt) = (version, _time.GetTimestamp());
        _stamp++;
    }

    /// <summary>Takes the source's fresher proof when the one at hand is older than half a heartbeat: a broadcast shares one encoding, a latecomer gets no expired head.</summary>
    private void Freshen()
    {
        if (_time.GetElapsedTime(_versionAt) < _version!.Head.Heartbeat / 2) return;
        _versionAt = _time.GetTimestamp();
        if (_source.Find(Name) is { } fresh && fresh.Revision == _version.Revision) _version = fresh;
        _stamp++;
    }

    private async Task BroadcastLaterAsync(TimeSpan wait)
    {
        await Task.Delay(wait, _time);
        Broadcast();
    }

    private void Broadcast()
    {
        lock (_sync)
        {
            (_isBroadcastDue, _broadcastAt) = (false, _time.GetTimestamp());
        }
        foreach (var audience in _audiences) audience.Tell(Offer.Update);
    }
}
