// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Sequencing;

/// <summary>What an author asks of the log. Closed: the kinds below.</summary>
/// <param name="Namespace">Where.</param>
/// <param name="Actor">The authenticated author, 1 to <see cref="Limits.ActorCharsMax"/> characters.</param>
/// <param name="RequestId">1 to <see cref="Limits.RequestIdCharsMax"/> printable ASCII characters. The same id has one effect at most.</param>
/// <param name="Message">Why, for people; may be empty.</param>
public abstract record Submission(NamespaceName Namespace, string Actor, string RequestId, string Message)
{
    /// <summary>Whether the origin itself asks: only then may reserved namespaces be created and credentials be written.</summary>
    public bool IsByOrigin { get; init; }

    /// <summary>Settings put and deleted together.</summary>
    public sealed record Change(Changeset Changeset, string Actor, string RequestId)
        : Submission(Changeset.Namespace, Actor, RequestId, Changeset.Message);

    /// <summary>A new revision with the content of an old one.</summary>
    /// <param name="Namespace">Where.</param>
    /// <param name="To">A revision of the log: the content as it stood then.</param>
    /// <param name="ExpectedRevision">As in a changeset.</param>
    /// <param name="Actor">Who.</param>
    /// <param name="RequestId">Its id.</param>
    /// <param name="Message">Why.</param>
    public sealed record Rollback(NamespaceName Namespace, Revision To, Revision? ExpectedRevision, string Actor, string RequestId, string Message = "")
        : Submission(Namespace, Actor, RequestId, Message);

    /// <summary>A new namespace, empty.</summary>
    public sealed record Create(NamespaceName Namespace, string Description, string Actor, string RequestId, string Message = "")
        : Submission(Namespace, Actor, RequestId, Message);

    /// <summary>Archives a namespace, takes it out of the archive, or describes it anew; what is <see langword="null"/> stays.</summary>
    public sealed record Alter(NamespaceName Namespace, bool? Archived, string? Description, string Actor, string RequestId, string Message = "")
        : Submission(Namespace, Actor, RequestId, Message);

    /// <summary>Removes an archived namespace.</summary>
    public sealed record Delete(NamespaceName Namespace, string Actor, string RequestId, string Message = "")
        : Submission(Namespace, Actor, RequestId, Message);
}
