// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.State;

namespace Heliograph.Core.Sequencing;

/// <summary>What is durable, and the head that says so. Immutable; readers that hold one see one revision of everything.</summary>
/// <param name="State">The state.</param>
/// <param name="Head">The newest head over it, or <see langword="null"/> while nothing may be signed: an empty log, or recovery.</param>
public sealed record CommittedRealm(RealmState State, SignedHead? Head);

/// <summary>Hears what the sequencer publishes, in order, one call at a time, on the sequencer's own loop. Must be short and must not throw.</summary>
public interface IRealmObserver
{
    /// <summary>Entries became durable; <paramref name="now"/> holds them, under a new head.</summary>
    void OnCommitted(CommittedRealm before, CommittedRealm now, IReadOnlyList<LogEntry> entries);

    /// <summary>A head was signed over a state that has not changed.</summary>
    void OnHead(SignedHead head);

    /// <summary>Whether the sequencer takes changes has changed.</summary>
    /// <param name="readOnlyReason">Why it takes none; <see langword="null"/>: it does.</param>
    void OnMode(string? readOnlyReason);
}

/// <summary>The log cannot be read, is damaged, or has lost entries that were promised. The origin ends; nothing is retried.</summary>
public sealed class LogLostException(string message) : Exception(message);
