// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;

namespace Heliograph.Core.Sequencing;

/// <summary>What a submission came to. Closed: one case per next step of the author.</summary>
public abstract record SubmitResult
{
    private SubmitResult() { }

    /// <summary>Durable, signed and published.</summary>
    /// <param name="Entry">The entry of the log.</param>
    /// <param name="Before">The namespace's records before it (empty if there was none).</param>
    /// <param name="After">And after it.</param>
    public sealed record Committed(LogEntry Entry, MerkleMap Before, MerkleMap After) : SubmitResult;

    /// <summary>The same request was committed before; this is what it did. Nothing new was written.</summary>
    public sealed record Duplicate(LogEntry Entry, MerkleMap Before, MerkleMap After) : SubmitResult;

    /// <summary>It would change nothing, so nothing was written.</summary>
    /// <param name="Revision">The namespace's revision that stands.</param>
    /// <param name="Records">The namespace's records.</param>
    public sealed record Unchanged(Revision Revision, MerkleMap Records) : SubmitResult;

    /// <summary>Answer of a preview only: it would be committed, and do this.</summary>
    public sealed record WouldCommit(Revision Revision, MerkleMap Before, MerkleMap After) : SubmitResult;

    /// <summary>Nothing written: the namespace is not at the revision that the author saw.</summary>
    public sealed record Conflict(Revision Current) : SubmitResult;

    /// <summary>Nothing written: what the author required of these settings does not hold.</summary>
    public sealed record PreconditionFailed(IReadOnlyList<FailedPrecondition> Failed) : SubmitResult;

    /// <summary>Nothing written: these settings are locked.</summary>
    public sealed record Locked(IReadOnlyList<SettingKey> Keys) : SubmitResult;

    /// <summary>Nothing written: it breaks rules, all of which are named.</summary>
    public sealed record Invalid(IReadOnlyList<Fault> Faults) : SubmitResult;

    /// <summary>Nothing written: the result would be larger than allowed.</summary>
    public sealed record OverLimit(string What, long Max, long Asked) : SubmitResult;

    /// <summary>Nothing written: there is no such namespace.</summary>
    public sealed record NotFound : SubmitResult;

    /// <summary>Nothing written: the namespace exists.</summary>
    public sealed record AlreadyExists : SubmitResult;

    /// <summary>Nothing written: the namespace is archived.</summary>
    public sealed record Archived : SubmitResult;

    /// <summary>Nothing written: changes to the namespace, or to all, are stopped.</summary>
    /// <param name="Scope">The namespace, or <c>*</c>.</param>
    /// <param name="By">Who stopped them; may be empty.</param>
    /// <param name="Reason">Why; may be empty.</param>
    public sealed record Frozen(string Scope, string By, string Reason) : SubmitResult;

    /// <summary>Nothing written: the namespace is held at a revision.</summary>
    /// <param name="Pin">At which, by whom and why.</param>
    public sealed record Pinned(State.PinRecord Pin) : SubmitResult;

    /// <summary>Nothing written: the namespace is protected, and this has not the consent of others.</summary>
    /// <param name="Scope">What is protected: a name, a prefix ending in <c>.*</c>, or <c>*</c>.</param>
    /// <param name="Approvals">How many must consent.</param>
    public sealed record ApprovalRequired(string Scope, int Approvals) : SubmitResult;

    /// <summary>Nothing written: only an archived namespace is deleted.</summary>
    public sealed record NotArchived : SubmitResult;

    /// <summary>Nothing written: the request id stands for something else.</summary>
    public sealed record RequestIdReused(Revision Revision) : SubmitResult;

    /// <summary>Nothing written: more is asked than can be done now.</summary>
    public sealed record Overloaded(TimeSpan RetryAfter) : SubmitResult
    {
        /// <summary>Whether it is this author, or this namespace, of which too much waits: others are served.</summary>
        public bool IsOwnShare { get; init; }
    }

    /// <summary>Nothing written: the store or the leader is not there now.</summary>
    public sealed record Unavailable(string Reason, TimeSpan RetryAfter) : SubmitResult;

    /// <summary>Nothing written: the store has no space. Reads go on; an operator must act.</summary>
    public sealed record StoreFull(string Reason) : SubmitResult;

    /// <summary>Nothing written: this origin takes no changes, and says why.</summary>
    public sealed record ReadOnly(string Reason) : SubmitResult;

    /// <summary>Perhaps written. Ask again with the same request id.</summary>
    public sealed record OutcomeUnknown : SubmitResult;
}

/// <summary>One thing wrong with a request.</summary>
/// <param name="Path">Where, for example <c>operations[3].key</c>; empty for the whole.</param>
/// <param name="Message">What, without quoting values.</param>
public readonly record struct Fault(string Path, string Message);

/// <summary>A precondition that did not hold.</summary>
/// <param name="Key">The setting.</param>
/// <param name="Required">What was required.</param>
/// <param name="Actual">Content hash of the setting as it stands; <see langword="null"/> if it does not exist.</param>
public sealed record FailedPrecondition(SettingKey Key, Precondition Required, Hash256? Actual);
