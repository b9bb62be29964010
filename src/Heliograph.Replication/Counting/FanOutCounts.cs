// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace Heliograph.Replication.Counting;

/// <summary>Why a connection did not become a subscriber, or a subscriber did not get a namespace.</summary>
public enum PeerRefusal
{
    /// <summary>It broke the protocol, or speaks no version of it that this server does.</summary>
    Protocol,

    /// <summary>It is pinned to another realm's log.</summary>
    WrongLog,

    /// <summary>It proved no identity of this realm, or may not read the namespace.</summary>
    NotAuthorized,

    /// <summary>Its stream carries as many namespaces as it may.</summary>
    Limit,

    /// <summary>This server takes no more subscribers now, or is about to stop: it was asked to go elsewhere.</summary>
    Shed,
}

/// <summary>What a hub has done since it was made, in numbers. Hubs of one node share one, so that a hub which ends takes nothing with it.</summary>
/// <remarks>Thread-safe. What each delivery counts is spread over a cache line a shard: counting is no meeting point of the loops that write, and allocates nothing.</remarks>
public sealed class FanOutCounts
{
    private const int StripesMax = 64;

    private readonly Stripe[] _stripes = new Stripe[StripesMax];
    private readonly long[] _refusals = new long[Enum.GetValues<PeerRefusal>().Length];
    private long _connected, _stalled;

    /// <summary>Frames handed to the transport.</summary>
    public long Frames => Sum(static (ref Stripe stripe) => Volatile.Read(ref stripe.Frames));

    /// <summary>Bytes of those frames; what TLS and the kernel add is not in it.</summary>
    public long Bytes => Sum(static (ref Stripe stripe) => Volatile.Read(ref stripe.Bytes));

    /// <summary>Subscribers that were let in.</summary>
    public long Connected => Volatile.Read(ref _connected);

    /// <summary>Subscribers that were cut off because they took nothing for the write deadline.</summary>
    public long Stalled => Volatile.Read(ref _stalled);

    /// <summary>Refusals of one kind.</summary>
    public long Refusals(PeerRefusal reason) => Volatile.Read(ref _refusals[(int)reason]);

    internal void Sent(int shard, int bytes)
    {
        ref var stripe = ref _stripes[shard & (StripesMax - 1)];
        Interlocked.Increment(ref stripe.Frames);
        Interlocked.Add(ref stripe.Bytes, bytes);
    }

    internal void Entered() => Interlocked.Increment(ref _connected);

    internal void CutOff() => Interlocked.Increment(ref _stalled);

    internal void Refused(PeerRefusal reason) => Interlocked.Increment(ref _refusals[(int)reason]);

    internal void Refused(string code) => Refused(code switch
    {
        "protocol" => PeerRefusal.Protocol,
        "wrong_log" => PeerRefusal.WrongLog,
        "limit" => PeerRefusal.Limit,
        _ => PeerRefusal.NotAuthorized,
    });

    private long Sum(Reading reading)
    {
        var sum = 0L;
        foreach (ref var stripe in _stripes.AsSpan()) sum += reading(ref stripe);
        return sum;
    }

    private delegate long Reading(ref Stripe stripe);

    [StructLayout(LayoutKind.Sequential, Size = 128)] // two cache lines: the processor fetches them in pairs
    private struct Stripe
    {
        public long Frames;
        public long Bytes;
    }
}
