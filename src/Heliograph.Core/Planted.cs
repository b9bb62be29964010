// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core;

/// <summary>Bugs that can be planted to prove that the checkers see them. In a shipped build every switch answers <c>false</c>, which the compiler to machine code removes with all that is behind it.</summary>
/// <remarks>Build with <c>-p:PlantedBugs=true</c> to get a build, for tests only, in which one of them can be switched on. docs/reference/robustness.md lists the scores.</remarks>
public static class Planted
{
#if PLANTED_BUGS
    /// <summary>The bug that is on in this process, or <see langword="null"/>.</summary>
    public static string? Bug { get; set; }

    /// <summary>Whether this build can plant bugs.</summary>
    public static bool IsPlantable => true;

    /// <summary>The sequencer acknowledges before the store has made the entries durable.</summary>
    public static bool AcknowledgeBeforeDurable => Bug == nameof(AcknowledgeBeforeDurable);

    /// <summary>A snapshot file's directory is not flushed after the rename.</summary>
    public static bool NoDirectoryFlush => Bug == nameof(NoDirectoryFlush);

    /// <summary>The follower forgets its floor when it switches parents.</summary>
    public static bool SkipFloor => Bug == nameof(SkipFloor);

    /// <summary>A namespace is activated before its floor is durable.</summary>
    public static bool FloorAfterActivation => Bug == nameof(FloorAfterActivation);

    /// <summary>A head of another log is accepted if its signature is valid.</summary>
    public static bool AcceptOtherLog => Bug == nameof(AcceptOtherLog);

    /// <summary>A delta is applied whatever its base, and its root is not compared.</summary>
    public static bool ApplyOnWrongBase => Bug == nameof(ApplyOnWrongBase);

    /// <summary>The last entry of a full batch is acknowledged but not appended.</summary>
    public static bool DropLastOfBatch => Bug == nameof(DropLastOfBatch);

    /// <summary>A catch-up delta leaves out the first change after the cursor.</summary>
    public static bool ResumeWithGap => Bug == nameof(ResumeWithGap);

    /// <summary>An append whose outcome is unknown is retried under a new request id.</summary>
    public static bool RetryWithoutRequestId => Bug == nameof(RetryWithoutRequestId);

    /// <summary>A Merkle path is accepted for a namespace other than the one it proves.</summary>
    public static bool PathNotBoundToName => Bug == nameof(PathNotBoundToName);

    /// <summary>A changeset's records are handed to readers one by one.</summary>
    public static bool HalfAChangeset => Bug == nameof(HalfAChangeset);

    /// <summary>The hub queues a frame per change for a subscriber that does not read.</summary>
    public static bool UnboundedQueue => Bug == nameof(UnboundedQueue);

    /// <summary>A root is taken without the signatures of the root before it.</summary>
    public static bool OldRootNotAsked => Bug == nameof(OldRootNotAsked);

    /// <summary>A head is accepted by a key that only an earlier root named.</summary>
    public static bool RevokedKeyCounts => Bug == nameof(RevokedKeyCounts);

    /// <summary>A root is trusted before it is durable.</summary>
    public static bool RootBeforeDurable => Bug == nameof(RootBeforeDurable);

    /// <summary>A transition to another epoch is taken without the signatures of the recovery keys.</summary>
    public static bool RecoveryNotAsked => Bug == nameof(RecoveryNotAsked);

    /// <summary>The sequencer signs and publishes what it has planned, without reading it back.</summary>
    public static bool SignWithoutReadBack => Bug == nameof(SignWithoutReadBack);

    /// <summary>An append to etcd does not compare who holds the right to append.</summary>
    public static bool LeaderNotCompared => Bug == nameof(LeaderNotCompared);

    /// <summary>An append to etcd compares neither the tip nor who holds the right to append: a lease is all that keeps two from writing.</summary>
    public static bool AppendBlindly => Bug == nameof(AppendBlindly);

    /// <summary>An append to etcd does not compare request ids.</summary>
    public static bool RequestIdsNotCompared => Bug == nameof(RequestIdsNotCompared);

    /// <summary>The tip is read from whatever member is asked, as far as that has got.</summary>
    public static bool SerializableReads => Bug == nameof(SerializableReads);
#else
    /// <summary>Whether this build can plant bugs.</summary>
    public static bool IsPlantable => false;

    internal static bool AcknowledgeBeforeDurable => false;
    internal static bool NoDirectoryFlush => false;
    internal static bool SkipFloor => false;
    internal static bool FloorAfterActivation => false;
    internal static bool AcceptOtherLog => false;
    internal static bool ApplyOnWrongBase => false;
    internal static bool DropLastOfBatch => false;
    internal static bool ResumeWithGap => false;
    internal static bool RetryWithoutRequestId => false;
    internal static bool PathNotBoundToName => false;
    internal static bool HalfAChangeset => false;
    internal static bool UnboundedQueue => false;
    internal static bool OldRootNotAsked => false;
    internal static bool RevokedKeyCounts => false;
    internal static bool RootBeforeDurable => false;
    internal static bool RecoveryNotAsked => false;
    internal static bool SignWithoutReadBack => false;
    internal static bool LeaderNotCompared => false;
    internal static bool AppendBlindly => false;
    internal static bool RequestIdsNotCompared => false;
    internal static bool SerializableReads => false;
#endif
}
