// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>What things cost on one core of a machine, as they were measured. docs/scale.md says how each figure was taken.</summary>
public sealed record Costs
{
    /// <summary>CPU of a relay for one delivery of a small update over TLS, system calls included, reports not. Microseconds.</summary>
    public double SendMicros { get; init; } = 16;

    /// <summary>CPU of a relay for each further KiB of a delivery: encryption and copying. Microseconds.</summary>
    public double SendMicrosPerKib { get; init; } = 0.6;

    /// <summary>CPU of a relay, or of an agent, between reading an update and showing it: parsing, signature, proof, root, system calls of the disk. Microseconds.</summary>
    public double ApplyMicros { get; init; } = 400;

    /// <summary>The same for each further KiB. Microseconds.</summary>
    public double ApplyMicrosPerKib { get; init; } = 4;

    /// <summary>CPU of an agent after it has shown an update: clean-up, its report. It delays nobody on a machine of its own. Microseconds.</summary>
    public double AfterApplyMicros { get; init; } = 200;

    /// <summary>CPU of a relay for one report of a subscriber. Microseconds.</summary>
    public double ReportMicros { get; init; } = 12;

    /// <summary>What the origin needs from a change's <c>committed_at</c> until its hub is told: append, flush, read back, signature. Milliseconds.</summary>
    public double CommitMilliseconds { get; init; } = 5;

    /// <summary>Flushes between an update's arrival and its activation: the delta, the floor, the directory.</summary>
    public int FlushesPerApply { get; init; } = 3;

    /// <summary>A typical flush to a disk. Milliseconds. One in a hundred takes ten times as long, one in ten thousand a hundred times.</summary>
    public double FlushMilliseconds { get; init; } = 1;

    /// <summary>Other operations on files between an update's arrival and its activation: append, write, rename.</summary>
    public int FileOperationsPerApply { get; init; } = 4;

    /// <summary>A typical one of them. Milliseconds, with the same tail.</summary>
    public double FileOperationMilliseconds { get; init; } = 0.1;

    /// <summary>Share of hosts whose disk is slow, by <see cref="SlowDiskFactor"/>.</summary>
    public double SlowDiskShare { get; init; } = 0.01;

    /// <summary>How much slower a slow disk is.</summary>
    public double SlowDiskFactor { get; init; } = 20;

    /// <summary>From the agent to the process that uses the value, on the same host. Milliseconds.</summary>
    public double HostHopMilliseconds { get; init; } = 1;

    /// <summary>CPU of a relay for a full handshake, client authenticated. Microseconds.</summary>
    public double HandshakeMicros { get; init; } = 700;

    /// <summary>CPU of a relay to welcome a subscriber that resumes a few changes behind. Microseconds.</summary>
    public double ResumeMicros { get; init; } = 100;

    /// <summary>CPU of a relay to serve a cold subscriber its namespaces. Microseconds.</summary>
    public double ColdMicros { get; init; } = 350;

    /// <summary>CPU of a relay for each subscriber and heartbeat. Microseconds.</summary>
    public double HeartbeatMicros { get; init; } = 16;

    /// <summary>Bytes of a heartbeat on the wire.</summary>
    public int HeartbeatBytes { get; init; } = 260;

    /// <summary>Bytes of an update besides its values: frame, head, proof, TLS.</summary>
    public int UpdateOverheadBytes { get; init; } = 1_100;

    /// <summary>Memory of a relay for each idle subscriber over TLS, the kernel's part included. KiB.</summary>
    public double SubscriberKib { get; init; } = 47;

    /// <summary>Memory of a relay without subscribers and namespaces. MiB.</summary>
    public double RelayMib { get; init; } = 90;

    /// <summary>How many times its settings' own size a namespace takes in a relay's memory: records, tree, what is remembered of changes.</summary>
    public double MemoryFactor { get; init; } = 4;

    /// <summary>Bytes that may be under way to one subscriber before the sender waits: socket buffer and pipe.</summary>
    public int WindowBytes { get; init; } = 64 << 10;

    /// <summary>Bytes that TCP sends after a pause before the first acknowledgement.</summary>
    public int InitialWindowBytes { get; init; } = 14_600;

    /// <summary>How long a transfer takes beyond one way: the rounds in which the window opens and is refilled. Seconds.</summary>
    /// <param name="bytes">How much is sent.</param>
    /// <param name="roundTrip">Round trip of the way, in seconds.</param>
    public double WindowSeconds(double bytes, double roundTrip)
    {
        var rounds = 0;
        for (double window = Math.Min(InitialWindowBytes, WindowBytes), sent = window; sent < bytes; sent += window)
        {
            rounds++;
            window = Math.Min(2 * window, WindowBytes);
        }
        return rounds * roundTrip;
    }
}
