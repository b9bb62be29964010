// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Testing;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Replication.Tests.Support;

/// <summary>Frames as a parent would send them, for parents that are scripted.</summary>
internal static class Frames
{
    public static Update Update(NamespaceVersion to, NamespaceVersion? from = null)
    {
        var (offer, stream) = TestAuthority.Update(to, from);
        return new Update
        {
            Namespace = to.Name.Value,
            Base = from?.Revision.ToWire(),
            SignedHead = ByteString.CopyFrom(offer.SignedHead.Span),
            NamespaceState = ByteString.CopyFrom(offer.StateBytes.Span),
            Proof = ByteString.CopyFrom(offer.Proof.Span),
            StreamBytes = (ulong)stream.Length,
            Records = ByteString.CopyFrom(stream),
        };
    }

    public static Freshness Freshness(SignedHead head, params NamespaceVersion[] proven)
    {
        var frame = new Freshness { SignedHead = ByteString.CopyFrom(head.Bytes.Span) };
        foreach (var version in proven)
            frame.Proofs.Add(new NamespaceProof { NamespaceState = ByteString.CopyFrom(version.StateBytes.Span), Proof = ByteString.CopyFrom(version.Proof.Span) });
        return frame;
    }
}
