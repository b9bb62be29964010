// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace Heliograph.Yardstick.Load;

/// <summary>One subscriber's connection: its socket, how far its protocol is, and what it has received. Belongs to the fleet's thread.</summary>
internal sealed class Subscriber(int index, Recorder recorder)
{
    private readonly StampScanner _scanner = new();

    public int Index { get; } = index;

    public Recorder Recorder { get; } = recorder;

    public int Socket { get; set; } = -1;

    /// <summary>The TLS session, where there is TLS.</summary>
    public TlsSession? Tls { get; set; }

    /// <summary>The protocol's own state.</summary>
    public object? State { get; set; }

    public bool IsConnected { get; set; }

    /// <summary>Whether it counts towards the connections under way at once.</summary>
    public bool IsUnderWay { get; set; }

    /// <summary>Whether the transport is up and the protocol has begun.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Whether it was live once.</summary>
    public bool IsReady { get; private set; }

    public bool IsClosed { get; set; }

    /// <summary>Whether it is one of those that stop reading; its latencies do not count.</summary>
    public bool IsStalled { get; init; }

    /// <summary>Whether the stored values are wanted before the live ones.</summary>
    public bool WantsSnapshot { get; init; }

    /// <summary>Times it has connected again.</summary>
    public int Reconnects { get; set; }

    /// <summary>Failed or ended connections in a row.</summary>
    public int Failures { get; set; }

    /// <summary>When it first began to connect, in the stopwatch's ticks; 0: it has not.</summary>
    public long AskedAt { get; set; }

    /// <summary>When it was live for the first time, in the stopwatch's ticks; 0: it was not.</summary>
    public long LiveAt { get; set; }

    /// <summary>Before when the server asked it not to come back, in the stopwatch's ticks; 0: never asked.</summary>
    public long NotBefore { get; set; }

    /// <summary>Times the server asked it to come back later.</summary>
    public int SentAway { get; set; }

    public int StoredValues { get; private set; }

    public long Deliveries { get; private set; }

    /// <summary>Newest sequence number received.</summary>
    public long Newest { get; private set; } = -1;

    /// <summary>Values at or below it are not new: a snapshot repeats them. Set by wires that can tell.</summary>
    public long Floor { get; set; } = -1;

    /// <summary>Sends bytes that always fit into an empty socket buffer.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        var sent = Tls is null ? Libc.Send(Socket, bytes) : Tls.Write(bytes);
        if (sent != bytes.Length && !IsClosed) Recorder.Fault($"subscriber {Index}: {sent} of {bytes.Length} bytes could be sent (error {Marshal.GetLastPInvokeError()})");
    }

    /// <summary>It is subscribed, and what is published from now on reaches it.</summary>
    public void MarkReady()
    {
        if (IsReady) return;
        IsReady = true;
        Recorder.OnReady(this);
    }

    /// <summary>Looks for stamps in payload bytes.</summary>
    public void Scan(ReadOnlySpan<byte> payload) => _scanner.Scan(payload, this);

    /// <summary>The connection is another one now; who was not served yet begins anew.</summary>
    public void ResetStream()
    {
        _scanner.Reset();
        if (!IsReady) StoredValues = 0;
    }

    public void OnStamp(ReadOnlySpan<byte> stamp)
    {
        if (Stamp.KindOf(stamp) == Stamp.Stored)
        {
            StoredValues++;
            Recorder.OnStored(this);
            return;
        }
        var sequence = Stamp.SequenceOf(stamp);
        if (sequence <= Floor) return;
        Deliveries++;
        Newest = Math.Max(Newest, sequence);
        Recorder.OnLive(this, sequence, Stamp.TimeOf(stamp));
    }
}
