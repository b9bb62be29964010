// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Sequencing;

/// <summary>One operation in the form in which it is compared and written.</summary>
/// <param name="Key">The setting.</param>
/// <param name="RecordKey">Its key in the state.</param>
/// <param name="Put">What is put; <see langword="null"/>: delete.</param>
/// <param name="Value">Bytes of <paramref name="Put"/>.</param>
/// <param name="Precondition">What must hold.</param>
/// <param name="MayUnlock">Whether it may unlock a locked setting.</param>
internal sealed record PreparedOperation(SettingKey Key, byte[] RecordKey, SettingValue? Put, byte[]? Value, Precondition? Precondition, bool MayUnlock);

/// <summary>A submission whose form was checked, with everything that can be computed without the state: done once, on the author's own time.</summary>
internal sealed class PreparedSubmission
{
    private PreparedSubmission(Submission submission, PreparedOperation[] operations) =>
        (Submission, Operations, Digest) = (submission, operations, RequestDigest.Of(submission, operations));

    /// <summary>What was asked.</summary>
    public Submission Submission { get; }

    /// <summary>A changeset's operations, ordered by setting; empty for other kinds.</summary>
    public PreparedOperation[] Operations { get; }

    /// <summary>What the request id stands for.</summary>
    public Hash256 Digest { get; }

    /// <summary>What a rollback or a pin goes back to, or a release to what was before the pin: the records as they stood then.</summary>
    public MerkleMap? Target { get; init; }

    /// <summary>The revision at which <see cref="Target"/> stood.</summary>
    public Revision TargetRevision { get; init; }

    /// <summary>Prepares a submission that has no faults.</summary>
    public static PreparedSubmission Of(Submission submission, MerkleMap? target = null, Revision targetRevision = default) =>
        new(submission, submission is Submission.Change change ? Sorted(change.Changeset) : []) { Target = target, TargetRevision = targetRevision };

    private static PreparedOperation[] Sorted(Changeset changeset)
    {
        var prepared = new PreparedOperation[changeset.Operations.Count];
        for (var i = 0; i < prepared.Length; i++)
        {
            var operation = changeset.Operations[i];
            var put = operation is SettingOperation.Put { Setting: var setting } ? SettingRecord.WireOf(setting) : null;
            prepared[i] = new(operation.Key, SettingRecord.KeyOf(operation.Key), put, put?.ToByteArray(), operation.Precondition, operation is not SettingOperation.Put { MayUnlock: false });
        }
        Array.Sort(prepared, static (left, right) => left.Key.CompareTo(right.Key));
        return prepared;
    }
}
