// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using Heliograph.Core.Hashing;

namespace Heliograph.Core.Sequencing;

/// <summary>What a request id stands for, as a digest that is kept in the entry: the same id with another digest is refused.</summary>
/// <remarks>SHA-256 over length-prefixed fields: kind, namespace, actor, message, then what the kind adds; the operations of a changeset in the order of their settings. Must stay as it is: retries outlive upgrades.</remarks>
internal ref struct RequestDigest
{
    private Sha256 _hash = Sha256.Begin();

    public RequestDigest() { }

    /// <summary>The digest of a submission.</summary>
    /// <param name="submission">What is asked.</param>
    /// <param name="operations">A changeset's operations, sorted; empty for other kinds.</param>
    public static Hash256 Of(Submission submission, IReadOnlyList<PreparedOperation> operations)
    {
        var digest = new RequestDigest();
        digest.Add(submission switch
        {
            Submission.Change => "change",
            Submission.Rollback => "rollback",
            Submission.Pin => "pin",
            Submission.Unpin => "unpin",
            Submission.Create => "create",
            Submission.Alter => "alter",
            Submission.Delete => "delete",
            Submission.CreateSnapshot => "create-snapshot",
            Submission.AlterSnapshot => "alter-snapshot",
            _ => throw new System.Diagnostics.UnreachableException(),
        });
        digest.Add(submission.Namespace.Value);
        digest.Add(submission.Actor);
        digest.Add(submission.Message);
        digest.AddKind(submission, operations);
        return digest._hash.End();
    }

    private void AddKind(Submission submission, IReadOnlyList<PreparedOperation> operations)
    {
        switch (submission)
        {
            case Submission.Change change:
                Add(change.Changeset.ExpectedRevision?.ToString());
                foreach (var operation in operations)
                {
                    Add(operation.RecordKey);
                    Add(operation.Value);
                    Add(operation.Precondition switch
                    {
                        null => null,
                        Precondition.Exists => "exists",
                        Precondition.Absent => "absent",
                        Precondition.Matches matches => matches.ContentHash.ToString(),
                        Precondition.StampedAt stamped => stamped.Revision.ToString(),
                        _ => throw new System.Diagnostics.UnreachableException(),
                    });
                    if (!operation.MayUnlock) Add("respects-lock"); // only where it is not the default: digests of old requests stay what they were
                }
                break;
            case Submission.Rollback rollback:
                Add(rollback.To.ToString());
                Add(rollback.ExpectedRevision?.ToString());
                break;
            case Submission.Pin pin:
                Add(pin.To.ToString());
                Add(pin.ExpectedRevision?.ToString());
                break;
            case Submission.Unpin unpin:
                Add(unpin.Restores.ToString());
                Add(unpin.ExpectedRevision?.ToString());
                break;
            case Submission.Create create:
                Add(create.Description);
                if (create.IsStamped) Add("stamped");
                break;
            case Submission.Alter alter:
                Add(alter.Archived?.ToString());
                Add(alter.Description);
                if (alter.IsStamped) Add("stamped");
                break;
            case Submission.CreateSnapshot snapshot:
                Add(snapshot.Name);
                Add(snapshot.Definition.ToArray());
                Add(snapshot.ContentHash.ToString());
                break;
            case Submission.AlterSnapshot snapshot:
                Add(snapshot.Name);
                Add(snapshot.Archived.ToString());
                Add(snapshot.ExpectedSequence?.ToString(System.Globalization.CultureInfo.InvariantCulture));
                break;
        }
    }

    private void Add(string? text) => Add(text is null ? null : Encoding.UTF8.GetBytes(text));

    private void Add(byte[]? bytes)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes?.Length ?? -1); // absent differs from empty
        _hash.Append(length);
        if (bytes is not null) _hash.Append(bytes);
    }
}
