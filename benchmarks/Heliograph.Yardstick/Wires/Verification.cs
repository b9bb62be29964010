// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Yardstick.Load;

namespace Heliograph.Yardstick.Wires;

/// <summary>Judges what the sampled subscribers received, with the product's own code: signature of every head, every proof, the root of every state.</summary>
internal static class Verification
{
    /// <summary>Replays the journals of a fleet. What is refused is a fault of the run.</summary>
    /// <returns>Updates and proofs that were verified.</returns>
    public static (long Updates, long Proofs) Run(Fleet fleet, string name, TrustAnchor anchor)
    {
        var (updates, proofs) = (0L, 0L);
        foreach (var subscriber in fleet.Subscribers)
        {
            if (subscriber.State is not SyncState { Journal: { } journal }) continue;
            using var verifier = new HeadVerifier(anchor);
            var clock = new ArrivalClock();
            var judge = new Judge(subscriber, new HeadGate(verifier, new TrustedClock(clock)), new NamespaceReplica(NamespaceName.Parse(name)));
            foreach (var connection in journal.Connections) judge.Replay(connection, clock);
            (updates, proofs) = (updates + judge.Updates, proofs + judge.Proofs);
        }
        return (updates, proofs);
    }

    /// <summary>The time at which what is judged arrived: a head that has expired since was good then.</summary>
    private sealed class ArrivalClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class Judge(Subscriber subscriber, HeadGate gate, NamespaceReplica replica)
    {
        private AdmittedUpdate? _admitted;
        private byte[] _stream = [];
        private int _filled;

        public long Updates { get; private set; }

        public long Proofs { get; private set; }

        public void Replay(IEnumerable<(DateTimeOffset At, ReadOnlyMemory<byte> Bytes)> pieces, ArrivalClock clock)
        {
            var decoder = new FrameDecoder();
            _admitted = null;
            foreach (var (at, piece) in pieces)
            {
                clock.Now = at;
                for (var bytes = piece; !bytes.IsEmpty;)
                {
                    var room = decoder.GetBuffer();
                    var count = Math.Min(room.Length, bytes.Length);
                    bytes[..count].CopyTo(room);
                    decoder.Advance(count);
                    bytes = bytes[count..];
                    while (decoder.TryRead(out var type, out var message)) Take(type, message);
                }
            }
        }

        private void Take(FrameType type, ReadOnlyMemory<byte> message)
        {
            if (type == FrameType.Update) Begin(Update.Parser.ParseFrom(message.Span));
            else if (type == FrameType.UpdateChunk) Continue(UpdateChunk.Parser.ParseFrom(message.Span));
            else if (type == FrameType.Freshness) Refresh(Freshness.Parser.ParseFrom(message.Span));
        }

        private void Begin(Update update)
        {
            var offer = new UpdateOffer(update.Base?.ToRevision(), update.SignedHead.Memory, update.NamespaceState.Memory, update.Proof.Memory, (long)update.StreamBytes);
            var admitted = replica.Admit(offer, gate, isSameHost: false);
            if (admitted.Refusal is { } refusal) Refuse(refusal);
            (_admitted, _stream, _filled) = (admitted.Value, new byte[update.StreamBytes], 0);
            Fill(update.Records);
        }

        private void Continue(UpdateChunk chunk) => Fill(chunk.Records);

        private void Fill(ByteString records)
        {
            if (_admitted is null) return;
            records.Span.CopyTo(_stream.AsSpan(_filled));
            _filled += records.Length;
            if (_filled < _stream.Length) return;
            var complete = replica.Complete(_admitted, _stream);
            _admitted = null;
            if (complete.Value is not { } version)
            {
                Refuse(complete.Refusal!);
                return;
            }
            replica.Activate(version);
            Updates++;
        }

        private void Refresh(Freshness frame)
        {
            var head = gate.Admit(frame.SignedHead.Memory);
            if (head.Refusal is { } refusal) Refuse(refusal);
            foreach (var proof in frame.Proofs)
            {
                if (head.Value is null) continue;
                var fresh = replica.Refresh(head.Value, proof.NamespaceState.Memory, proof.Proof.Memory, gate);
                if (fresh.Refusal is { } wrong) Refuse(wrong);
                if (fresh.Value is { } version) replica.Activate(version);
                Proofs++;
            }
        }

        private void Refuse(Core.Replicas.Refusal refusal) =>
            subscriber.Recorder.Fault($"subscriber {subscriber.Index}: verification refused what came: {refusal.Code}. {refusal.Detail}");
    }
}
