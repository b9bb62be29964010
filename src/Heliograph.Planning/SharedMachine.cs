// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>One machine that a whole tree runs on, as a measured tree on loopback does.</summary>
/// <param name="Cores">Its cores.</param>
/// <param name="AgentsPerProcess">Agents that share a process.</param>
/// <param name="FlushMilliseconds">What its disk needs for one flush while many are asked for: time, divided by the flushes done.</param>
public sealed record SharedMachine(int Cores, int AgentsPerProcess, double FlushMilliseconds)
{
    /// <summary>Threads of a process that work at once, those that wait for a disk among them. A pool of the runtime begins with one for each core; what it tries beyond is left out.</summary>
    public int WorkersPerProcess { get; init; } = 2;

    /// <summary>What one flush takes when no other is asked for. Milliseconds; the disk does as many at once as this is longer than <see cref="FlushMilliseconds"/>.</summary>
    public double FlushAloneMilliseconds { get; init; }

    /// <summary>CPU of an agent for a flush and the operations on files before it: a part of <see cref="Costs.ApplyMicros"/>. Microseconds.</summary>
    public double FlushMicros { get; init; }

    /// <summary>CPU of a regional relay to take a change, before it passes it on. Milliseconds.</summary>
    public double RegionalMilliseconds { get; init; }

    /// <summary>The same of a zone relay.</summary>
    public double ZoneMilliseconds { get; init; }

    /// <summary>Further processes that follow a zone relay each and work whenever a change has come.</summary>
    public int Others { get; init; }

    /// <summary>CPU of each of them for a change, at once. Milliseconds.</summary>
    public double OtherMilliseconds { get; init; }

    /// <summary>CPU of each of them afterwards, when what can wait is done. Milliseconds.</summary>
    public double OtherAfterMilliseconds { get; init; }

    /// <summary>How long after a change processes do what can wait: an agent's report and what a relay does with it. The follower's default. Seconds.</summary>
    public double AfterSeconds { get; init; } = 0.25;
}
