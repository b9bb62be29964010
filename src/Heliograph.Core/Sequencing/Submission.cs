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

    /// <summary>Whether a freeze does not stop it. The origin checks who may ask for that, and puts the reason into the message.</summary>
    public bool OverridesFreeze { get; init; }

    /// <summary>Id of the change request that this carries out; <see langword="null"/>: none. What the log holds under that id decides whether it is approved, and whether it is this.</summary>
    public string? ApprovedRequest { get; init; }

    /// <summary>Whether it only asks what it would do, for a plan or a request: protection does not stop that. Never to be submitted.</summary>
    public bool IsProposal { get; init; }

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

    /// <summary>The content of an old revision, held: until the release nothing else changes the namespace.</summary>
    /// <param name="Namespace">Where.</param>
    /// <param name="To">A revision of the log: the content as it stood then.</param>
    /// <param name="ExpectedRevision">As in a changeset.</param>
    /// <param name="Actor">Who.</param>
    /// <param name="RequestId">Its id.</param>
    /// <param name="Message">Why: whoever is refused is told.</param>
    public sealed record Pin(NamespaceName Namespace, Revision To, Revision? ExpectedRevision, string Actor, string RequestId, string Message)
        : Submission(Namespace, Actor, RequestId, Message);

    /// <summary>The end of a pin.</summary>
    /// <param name="Namespace">Where.</param>
    /// <param name="Restores">Whether the content from before the pin comes back in the same entry; otherwise what was held stays.</param>
    /// <param name="ExpectedRevision">As in a changeset.</param>
    /// <param name="Actor">Who.</param>
    /// <param name="RequestId">Its id.</param>
    /// <param name="Message">Why; may be empty.</param>
    public sealed record Unpin(NamespaceName Namespace, bool Restores, Revision? ExpectedRevision, string Actor, string RequestId, string Message = "")
        : Submission(Namespace, Actor, RequestId, Message);

    /// <summary>A new namespace, empty.</summary>
    public sealed record Create(NamespaceName Namespace, string Description, string Actor, string RequestId, string Message = "")
        : Submission(Namespace, Actor, RequestId, Message)
    {
        /// <summary>Whether each setting is to have a stamp.</summary>
        public bool IsStamped { get; init; }
    }

    /// <summary>Archives a namespace, takes it out of the archive, or describes it anew; what is <see langword="null"/> stays.</summary>
    public sealed record Alter(NamespaceName Namespace, bool? Archived, string? Description, string Actor, string RequestId, string Message = "")
        : Submission(Namespace, Actor, RequestId, Message)
    {
        /// <summary>Whether each setting is to have a stamp from here on. <see langword="false"/> leaves it as it is.</summary>
        public bool IsStamped { get; init; }
    }

    /// <summary>Removes an archived namespace.</summary>
    public sealed record Delete(NamespaceName Namespace, string Actor, string RequestId, string Message = "")
        : Submission(Namespace, Actor, RequestId, Message);

    /// <summary>Names a selection of the settings as they stand at the expected revision. The face that asks has selected them; the definition says how, in its words.</summary>
    public sealed record CreateSnapshot(NamespaceName Namespace, string Name, Revision ExpectedRevision, string Actor, string RequestId, string Message = "")
        : Submission(Namespace, Actor, RequestId, Message)
    {
        /// <summary>How the settings are selected; kept verbatim. At most 64 KiB.</summary>
        public required ReadOnlyMemory<byte> Definition { get; init; }

        /// <summary>How many settings were selected.</summary>
        public required int Settings { get; init; }

        /// <summary>Their size as the face counts it.</summary>
        public required long Bytes { get; init; }

        /// <summary>Root over the selected records.</summary>
        public required Hash256 ContentHash { get; init; }

        /// <summary>How long it outlives being archived, in seconds.</summary>
        public required int RetentionSeconds { get; init; }

        /// <summary>The time by which an archived snapshot of that name may have expired, Unix milliseconds.</summary>
        public required long AskedAtMs { get; init; }
    }

    /// <summary>Archives a named snapshot, or takes it out of the archive.</summary>
    /// <param name="Namespace">Where.</param>
    /// <param name="Name">Which.</param>
    /// <param name="Archived">Whether it is archived after this.</param>
    /// <param name="ExpectedSequence">The entry that changed it last, as the author saw it; <see langword="null"/>: whatever it is.</param>
    /// <param name="AskedAtMs">The time by which it may have expired, Unix milliseconds.</param>
    /// <param name="Actor">Who.</param>
    /// <param name="RequestId">Its id.</param>
    /// <param name="Message">Why.</param>
    public sealed record AlterSnapshot(NamespaceName Namespace, string Name, bool Archived, long? ExpectedSequence, long AskedAtMs, string Actor, string RequestId, string Message = "")
        : Submission(Namespace, Actor, RequestId, Message);
}
