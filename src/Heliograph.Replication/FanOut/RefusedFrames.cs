// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Replicas;

namespace Heliograph.Replication.FanOut;

/// <summary>Frames by which a subscriber is told that it does not get a namespace.</summary>
internal static class RefusedFrames
{
    /// <summary>Why there is nothing, with what proves it.</summary>
    public static byte[] Of(NamespaceGone gone) => Frame.Encode(FrameType.Refused, new Refused
    {
        Namespace = gone.Name.Value,
        Code = gone.Code,
        Detail = gone.Detail,
        SignedHead = gone.Head is null ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(gone.Head.Bytes),
        AbsenceProof = UnsafeByteOperations.UnsafeWrap(gone.AbsenceProof),
    });
}
