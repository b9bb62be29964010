// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;

namespace Heliograph.Replication.FanOut;

/// <summary>What of the realm's roots and epochs one subscriber has not been sent yet.</summary>
/// <remarks>Not thread-safe: the subscriber's lock is around it. Whoever names no root in its hello is of a version that knows of none, and is sent none.</remarks>
internal sealed class TrustDelivery(TrustCell trust, Hello hello)
{
    /// <summary>Bytes of roots and transitions in one frame, beyond the first of them.</summary>
    private const int FrameBytes = 256 << 10;

    private uint _rootVersion = hello.RootVersion;
    private int _epoch = (int)Math.Min(Math.Max(hello.Epoch, 1), int.MaxValue);

    /// <summary>Whether there is anything.</summary>
    public bool IsDue => hello.RootVersion > 0 && trust.Current is var now && (now.Roots.Version > _rootVersion || now.Epochs.Epoch > _epoch);

    /// <summary>The next frame, which counts as sent; empty if there is none. Roots first: transitions are judged by the newest.</summary>
    public byte[] Next()
    {
        if (!IsDue) return [];
        var (now, frame, bytes) = (trust.Current, new Trust(), 0);
        for (; _rootVersion < now.Roots.Version && bytes < FrameBytes; _rootVersion++)
        {
            var root = now.Roots.Later[(int)_rootVersion - 1].Bytes; // version 2 is the first of them
            frame.Roots.Add(UnsafeByteOperations.UnsafeWrap(root));
            bytes += root.Length;
        }
        for (; _rootVersion >= now.Roots.Version && _epoch < now.Epochs.Epoch && bytes < FrameBytes; _epoch++)
        {
            var transition = now.Epochs.Find(_epoch + 1)!.Bytes;
            frame.Transitions.Add(UnsafeByteOperations.UnsafeWrap(transition));
            bytes += transition.Length;
        }
        return Frame.Encode(FrameType.Trust, frame);
    }
}
