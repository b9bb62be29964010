// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Replication.FanOut;

/// <summary>What an audience is to be offered.</summary>
[Flags]
internal enum Offer
{
    None = 0,

    /// <summary>The newest version.</summary>
    Update = 1,

    /// <summary>The newest proof.</summary>
    Proof = 2,
}

/// <summary>Those of a namespace's subscribers that one shard looks after.</summary>
internal sealed class Audience(NamespaceChannel channel, BroadcastShard shard)
{
    /// <summary>Cursors offered to before others on the same processor have their turn.</summary>
    private const int OffersInARow = 256;

    private readonly Roster<Cursor> _cursors = new();

    /// <summary>What the shard will offer it. Guarded by the shard.</summary>
    internal Offer Due { get; set; }

    public int Count => _cursors.Count;

    public void Add(Cursor cursor) => _cursors.Add(cursor);

    public bool Remove(Cursor cursor) => _cursors.Remove(cursor);

    /// <summary>Has the shard offer the newest version, or proof, to everyone here.</summary>
    public void Tell(Offer offer)
    {
        if (_cursors.Count > 0) shard.Enqueue(this, offer);
    }

    /// <summary>Offers to everyone here. On the shard's loop only.</summary>
    internal async ValueTask ServeAsync(Offer offer)
    {
        var cursors = _cursors.Walk();
        for (var from = 0; from < cursors.Length; from += OffersInARow)
        {
            if (from > 0) await Task.Yield();
            ServeSome(cursors.AsSpan(from, Math.Min(OffersInARow, cursors.Length - from)), offer);
        }
    }

    private void ServeSome(ReadOnlySpan<Cursor> cursors, Offer offer)
    {
        var frames = new SharedFrames(channel); // nearly all stand at the same revision: one look serves them
        foreach (var cursor in cursors)
        {
            if ((offer & Offer.Update) != 0) cursor.Subscriber.OfferUpdate(cursor, ref frames);
            if ((offer & Offer.Proof) != 0) cursor.Subscriber.OfferProof(cursor, ref frames);
        }
    }
}

/// <summary>The frames that the last cursor got, for the next one at the same revision.</summary>
internal struct SharedFrames(NamespaceChannel channel)
{
    private long _stamp = -1;
    private Revision _position;
    private EncodedUpdate? _update;
    private ReadOnlyMemory<byte> _proof;
    private long _proofStamp = -1;
    private Revision _proofPosition;

    /// <summary>As <see cref="NamespaceChannel.FramesAfter"/>.</summary>
    public EncodedUpdate? After(Revision position)
    {
        var stamp = channel.Stamp;
        if (stamp == _stamp && position == _position) return _update;
        (_stamp, _position, _update) = (stamp, position, channel.FramesAfter(position));
        return _update;
    }

    /// <summary>As <see cref="NamespaceChannel.ProofFrame"/>.</summary>
    public ReadOnlyMemory<byte> ProofAt(Revision position)
    {
        var stamp = channel.Stamp;
        if (stamp == _proofStamp && position == _proofPosition) return _proof;
        (_proofStamp, _proofPosition, _proof) = (stamp, position, channel.ProofFrame(position));
        return _proof;
    }
}
