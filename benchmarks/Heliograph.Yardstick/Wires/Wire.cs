// SPDX-License-Identifier: Apache-2.0
using Heliograph.Yardstick.Load;

namespace Heliograph.Yardstick.Wires;

/// <summary>What subscribers say and how they read, on one protocol. One wire serves a whole fleet, on the fleet's thread.</summary>
internal abstract class Wire
{
    private const int IdleMs = 50;

    /// <summary>Whether the server sends a line before TLS begins.</summary>
    public virtual bool GreetsBeforeTls => false;

    /// <summary>The transport is up: says hello and subscribes, after a snapshot if that is wanted.</summary>
    public abstract void OnConnected(Subscriber subscriber);

    /// <summary>Bytes came: answers what must be answered, marks who is live, passes payload to <see cref="Subscriber.Scan"/>.</summary>
    public abstract void OnData(Subscriber subscriber, ReadOnlySpan<byte> data);

    /// <summary>Says what is due, such as reports.</summary>
    public virtual void Speak(long now)
    {
    }

    /// <summary>How long nothing is due.</summary>
    public virtual int MillisecondsToDue(long now) => IdleMs;

    /// <summary>A connection ended: how long the client waits before it connects again; <see langword="null"/>: it does not.</summary>
    public virtual TimeSpan? WaitBeforeReconnect(Subscriber subscriber, bool reconnects) => null;
}

/// <summary>Says nothing: for connections that end with their handshake.</summary>
/// <param name="greeting">Whose way to the handshake it takes.</param>
internal sealed class SilentWire(Wire greeting) : Wire
{
    public override bool GreetsBeforeTls => greeting.GreetsBeforeTls;

    public override void OnConnected(Subscriber subscriber)
    {
    }

    public override void OnData(Subscriber subscriber, ReadOnlySpan<byte> data)
    {
    }
}

/// <summary>Length-prefixed frames on plain TCP, for the bare epoll loop: one byte asks, for live values or for the stored ones first.</summary>
internal sealed class RawWire(int storedValues) : Wire
{
    public override void OnConnected(Subscriber subscriber) => subscriber.Send(subscriber.WantsSnapshot ? "F"u8 : "S"u8);

    public override void OnData(Subscriber subscriber, ReadOnlySpan<byte> data)
    {
        subscriber.Scan(data);
        if (!subscriber.WantsSnapshot || subscriber.StoredValues >= storedValues) subscriber.MarkReady();
    }
}

/// <summary>Redis: a hash holds the stored values, a channel carries the live ones.</summary>
internal sealed class RedisWire(int storedValues) : Wire
{
    private static ReadOnlySpan<byte> Subscribe => "*2\r\n$9\r\nSUBSCRIBE\r\n$3\r\nhot\r\n"u8;

    public override void OnConnected(Subscriber subscriber) =>
        subscriber.Send(subscriber.WantsSnapshot ? [.. "*2\r\n$7\r\nHGETALL\r\n$3\r\ncfg\r\n"u8, .. Subscribe] : Subscribe);

    public override void OnData(Subscriber subscriber, ReadOnlySpan<byte> data)
    {
        subscriber.Scan(data);
        if (subscriber.IsReady) return;
        if (data.IndexOf("\nsubscribe\r"u8) >= 0 || (subscriber.WantsSnapshot && subscriber.StoredValues >= storedValues)) subscriber.MarkReady();
    }
}
