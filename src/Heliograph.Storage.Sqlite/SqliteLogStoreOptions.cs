// SPDX-License-Identifier: Apache-2.0
using Heliograph.Storage.Sqlite.Engine;

namespace Heliograph.Storage.Sqlite;

/// <summary>Which log, and in which file.</summary>
public sealed class SqliteLogStoreOptions
{
    /// <summary>The database file. Its directory must exist, on a local disk; next to it appear <c>-wal</c>, <c>-shm</c> and <c>.lock</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The log that the file holds, or will hold. A file of another log is refused.</summary>
    public required Hash256 LogId { get; init; }

    /// <summary>Whether a log that was moved away, or is being moved in (<see cref="MoveMark"/>), is opened all the same: by the move itself, never by an origin.</summary>
    public bool OpensMoved { get; init; }

    /// <summary>When a commit counts as durable. Anything but <see cref="Synchronous.Full"/> loses acknowledged entries in a power cut: it exists so that the fault suite can show that it would notice.</summary>
    internal Synchronous Synchronous { get; init; } = Synchronous.Full;

    /// <summary>Size of the write-ahead log from which it is copied into the database, under load too. 16 MiB; small in tests, so that a short script meets many checkpoints.</summary>
    internal long CheckpointBytes { get; init; } = 16L << 20;

    /// <summary>Whether a second process is kept away. Off only in the test that shows that tokens fence without the lock.</summary>
    internal bool IsLockExclusive { get; init; } = true;

    /// <summary>Called at each step of the work. What it throws happens to that step, so the suite can lose an answer or fail a disk at will.</summary>
    internal Action<StoreStep>? Probe { get; init; }
}
