// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Replication.FanOut;

/// <summary>Where a subscriber stands in a namespace. All that a subscriber costs per namespace: being behind costs nothing more.</summary>
internal sealed class Cursor(Subscriber subscriber, NamespaceChannel channel, Revision position)
{
    public Subscriber Subscriber { get; } = subscriber;

    public NamespaceChannel Channel { get; } = channel;

    /// <summary>What the subscriber holds, as far as was written to it. Changed by whoever writes to it, and by its own word when it subscribes again. Guarded by the subscriber.</summary>
    public Revision Position { get; set; } = position;

    /// <summary>How often the subscriber said where it stands: what was on its way before its last word does not count. Guarded by the subscriber.</summary>
    internal int Words { get; set; }

    /// <summary>Whether it waits in its subscriber's queue. Guarded by the subscriber.</summary>
    internal bool IsQueued { get; set; }

    /// <summary>Whether it was unsubscribed, or cut off by the policy: nothing is written for it any more. Guarded by the subscriber.</summary>
    internal bool IsRemoved { get; set; }

    /// <summary>Whether a proof is wanted even if nothing changed. Guarded by the subscriber.</summary>
    internal bool IsProofDue { get; set; }

    /// <summary>Whether the subscriber is to be told why there is nothing. Guarded by the subscriber.</summary>
    internal bool IsGoneDue { get; set; }

    /// <summary>The namespace's reader key that the subscriber was given on this stream, or will be; empty: none.</summary>
    internal ReadOnlyMemory<byte> ReaderKeyGiven { get; set; }

    /// <summary>Whether the namespace's reader key waits to be written. Guarded by the subscriber.</summary>
    internal bool IsReaderKeyDue { get; set; }

    public void MarkDirty() => Subscriber.Enqueue(this, proof: false);

    public void MarkProofDue() => Subscriber.Enqueue(this, proof: true);

    public void MarkGone() => Subscriber.EnqueueGone(this);

    public void MarkReaderKeyDue() => Subscriber.EnqueueReaderKey(this);
}
