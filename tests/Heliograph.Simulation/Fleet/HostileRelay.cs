// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Wire;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;
using Heliograph.Simulation.Network;

namespace Heliograph.Simulation.Fleet;

/// <summary>A relay in someone else's hands: it passes on what a real parent says, and lies wherever the menu lets it.</summary>
/// <remarks>It sits between a follower and a parent, frame by frame; it holds no key. Nothing that it does may ever be activated.</remarks>
public sealed class HostileRelay(FleetWorld world, string[] parents)
{
    /// <summary>Its name.</summary>
    public const string Name = "hostile";

    private readonly Random _random = world.Scheduler.NewRandom(Name);
    private readonly List<byte[]> _oldHeads = [], _oldSnapshots = [];
    private readonly ForeignRealm _foreign = new();
    private readonly Random _thief = world.Scheduler.NewRandom("thief");
    private ForeignRealm? _forged;
    private (string Key, uint Root) _forgedWith;

    /// <summary>Listens for as long as its process lives.</summary>
    public Task RunAsync(SimHost host, SimProcess process)
    {
        world.Network.Listen(process, (connection, _) => ServeAsync(connection, process));
        return new TaskCompletionSource().Task;
    }

    private async Task ServeAsync(IConnection follower, SimProcess process)
    {
        var address = new ParentAddress(new Uri($"tls://{_random.Pick(parents)}:1"));
        await using var parent = await world.Network.DialerFor(process).ConnectAsync(address, CancellationToken.None);
        var told = new Told();
        var ups = PassUpAsync(follower, parent, told);
        try
        {
            await PassDownAsync(parent, follower, told);
        }
        catch (Exception exception) when (exception is IOException or ProtocolException)
        {
            // One of both ends is gone; so is the other.
        }
        follower.Abort();
        parent.Abort();
        await ups;
    }

    private static async Task PassUpAsync(IConnection from, IConnection to, Told told)
    {
        var (buffer, hello) = (new byte[4_096], new FrameDecoder());
        try
        {
            while (await from.ReadAsync(buffer, CancellationToken.None) is > 0 and var count)
            {
                if (told.RootVersion is null) Overhear(hello, buffer.AsSpan(0, count), told);
                await to.WriteAsync(buffer.AsSpan(0, count).ToArray(), CancellationToken.None);
            }
        }
        catch (IOException)
        {
            // The other direction ends with it.
        }
        to.Abort();
    }

    private async Task PassDownAsync(IConnection from, IConnection to, Told told)
    {
        var decoder = new FrameDecoder();
        while (true)
        {
            while (decoder.TryRead(out var type, out var message))
            {
                foreach (var (sentType, sent) in Steal(told).Concat(IsWithheld(type) ? [] : Twist(type, message.ToArray()))) await SendAsync(to, sentType, sent);
                if (type != FrameType.Trust) continue;
                foreach (var bytes in Trust.Parser.ParseFrom(message.Span).Roots)
                    if (Core.Heads.SignedRoot.TryParse(bytes.Memory, out var root, out _)) told.Newest = Math.Max(told.Newest, root.Version);
            }
            var count = await from.ReadAsync(decoder.GetBuffer(), CancellationToken.None);
            if (count == 0) return;
            decoder.Advance(count);
        }
    }

    /// <summary>What a thief sends who has keys that a root has left out, and makes up roots, to a follower that holds such a root: to others nobody could tell.</summary>
    private IEnumerable<(FrameType Type, byte[] Message)> Steal(Told told)
    {
        if (world.IsHealed || told.RootVersion is not { } root || !_thief.Chance(0.05)) yield break;
        switch (_thief.Next(3)) // one at a time: what is refused ends the session, and nobody would read on
        {
            case 0:
                if (world.Ceremony.StolenFrom(root) is var (since, stolen)) yield return (FrameType.Update, Forged(stolen, since - 1).UpdateOf(_thief.Pick(Authors.Names)));
                break;
            case 1:
                var next = Math.Max(root, told.Newest) + 1; // behind what it was told since, or it would be no more than an old one
                yield return (FrameType.Trust, new Trust { Roots = { ByteString.CopyFrom(world.Ceremony.Forge(next).Bytes.Span) } }.ToByteArray());
                yield return (FrameType.Update, Forged(world.Ceremony.Thief, next).UpdateOf(_thief.Pick(Authors.Names)));
                break;
            default:
                yield return (FrameType.Trust, new Trust { Transitions = { ByteString.CopyFrom(world.Ceremony.ForgeTransition().Bytes.Span) } }.ToByteArray());
                break;
        }
    }

    /// <summary>A parent of an earlier version sends no roots.</summary>
    private bool IsWithheld(FrameType type) => type == FrameType.Trust && !world.IsHealed && _thief.Chance(0.3);

    private ForeignRealm Forged(Core.Heads.IHeadSigner signer, uint root)
    {
        if (_forged is null || _forgedWith != (signer.KeyId, root)) (_forged, _forgedWith) = (new ForeignRealm(world.Realm.Anchor.LogId, root, signer), (signer.KeyId, root));
        return _forged;
    }

    /// <summary>What the follower says that it holds.</summary>
    private static void Overhear(FrameDecoder decoder, ReadOnlySpan<byte> bytes, Told told)
    {
        for (var rest = bytes; rest.Length > 0;)
        {
            var buffer = decoder.GetBuffer();
            var count = Math.Min(rest.Length, buffer.Length);
            rest[..count].CopyTo(buffer.Span);
            decoder.Advance(count);
            rest = rest[count..];
            if (!decoder.TryRead(out _, out var message)) continue;
            told.RootVersion = Hello.Parser.ParseFrom(message.Span).RootVersion;
            return;
        }
    }

    private sealed class Told
    {
        public uint? RootVersion { get; set; }

        /// <summary>The newest root that was passed down to it since.</summary>
        public uint Newest { get; set; }
    }

    /// <summary>What is sent in the place of a frame.</summary>
    private IEnumerable<(FrameType Type, byte[] Message)> Twist(FrameType type, byte[] message)
    {
        Remember(type, message);
        if (type is FrameType.Update or FrameType.UpdateChunk or FrameType.Freshness && world.Faults.Strikes(Fault.WithheldFrames, 0.1)) yield break;
        if (type == FrameType.Update && _oldSnapshots.Count > 0 && world.Faults.Strikes(Fault.OldHead, 0.1)) yield return (FrameType.Update, _random.Pick(_oldSnapshots));
        if (type == FrameType.Freshness && _oldHeads.Count > 0 && world.Faults.Strikes(Fault.OldHead, 0.2)) message = WithHead(message, _random.Pick(_oldHeads));
        if (type == FrameType.Freshness && world.Faults.Strikes(Fault.ForgedHead, 0.1)) message = WithForgedHead(message);
        if (type == FrameType.Update && world.Faults.Strikes(Fault.SplicedNamespaces, 0.15)) yield return (FrameType.Update, Spliced());
        if (type == FrameType.Update && world.Faults.Strikes(Fault.OtherLog, 0.2)) yield return (FrameType.Update, _foreign.UpdateOf(_random.Pick(Authors.Names)));
        if (world.Faults.Strikes(Fault.EndlessData, 0.05))
            for (var i = 0; i < 300; i++) yield return (FrameType.UpdateChunk, new UpdateChunk { Namespace = _random.Pick(Authors.Names).Value, Offset = (ulong)(i * 8_192), Records = ByteString.CopyFrom(new byte[8_192]) }.ToByteArray());
        if (message.Length > 0 && world.Faults.Strikes(Fault.MutatedFrame, 0.05))
        {
            message = (byte[])message.Clone();
            message[_random.Next(message.Length)] ^= (byte)(1 << _random.Next(8));
        }
        yield return (type, message);
    }

    /// <summary>Keeps heads and whole snapshots, to send them again when they are old.</summary>
    private void Remember(FrameType type, byte[] message)
    {
        if (type == FrameType.Freshness && _oldHeads.Count < 50) _oldHeads.Add(Freshness.Parser.ParseFrom(message).SignedHead.ToByteArray());
        if (type != FrameType.Update || _oldSnapshots.Count >= 50) return;
        var update = Update.Parser.ParseFrom(message);
        if (update.Base is null && update.StreamBytes == (ulong)update.Records.Length) _oldSnapshots.Add(message);
    }

    /// <summary>A true snapshot of one namespace under another's name.</summary>
    private byte[] Spliced()
    {
        if (_oldSnapshots.Count == 0) return [];
        var update = Update.Parser.ParseFrom(_oldSnapshots[^1]);
        update.Namespace = _random.Pick(Authors.Names).Value;
        return update.ToByteArray();
    }

    private static byte[] WithHead(byte[] message, byte[] head)
    {
        var freshness = Freshness.Parser.ParseFrom(message);
        freshness.SignedHead = ByteString.CopyFrom(head);
        return freshness.ToByteArray();
    }

    /// <summary>The head as it is, but of a later sequence; the signature stays what it was.</summary>
    private static byte[] WithForgedHead(byte[] message)
    {
        var freshness = Freshness.Parser.ParseFrom(message);
        var signed = SignedHead.Parser.ParseFrom(freshness.SignedHead);
        var head = Head.Parser.ParseFrom(signed.Head);
        head.Sequence += 1_000;
        signed.Head = head.ToByteString();
        freshness.SignedHead = signed.ToByteString();
        return freshness.ToByteArray();
    }

    private static ValueTask SendAsync(IConnection connection, FrameType type, byte[] message) => connection.WriteAsync(RawFrame.Of(type, message), CancellationToken.None);
}
