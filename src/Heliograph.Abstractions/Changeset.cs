// SPDX-License-Identifier: Apache-2.0
namespace Heliograph;

/// <summary>Settings put and deleted together in one namespace: seen whole or not at all, everywhere.</summary>
/// <param name="Namespace">Where.</param>
/// <param name="Operations">1 to <see cref="Limits.ChangesetOperationsMax"/>, each key at most once.</param>
/// <param name="Message">Why, for people; may be empty.</param>
/// <param name="ExpectedRevision">The namespace's revision that the author saw; refused if it has moved. <see langword="null"/>: whatever it is.</param>
public sealed record Changeset(
    NamespaceName Namespace,
    IReadOnlyList<SettingOperation> Operations,
    string Message = "",
    Revision? ExpectedRevision = null);

/// <summary>One operation of a changeset. Closed: <see cref="Put"/> or <see cref="Delete"/>.</summary>
public abstract record SettingOperation
{
    private SettingOperation(SettingKey key, Precondition? precondition) => (Key, Precondition) = (key, precondition);

    /// <summary>The setting it is about.</summary>
    public SettingKey Key { get; }

    /// <summary>What must hold for the whole changeset to be accepted, or <see langword="null"/>.</summary>
    public Precondition? Precondition { get; }

    /// <summary>Creates the setting or replaces all of it.</summary>
    public sealed record Put(Setting Setting, Precondition? Precondition = null) : SettingOperation(Setting.Key, Precondition)
    {
        /// <summary>Whether a locked setting may be put unlocked with the content that it has. If not, a locked setting is refused whatever is put.</summary>
        public bool MayUnlock { get; init; } = true;
    }

    /// <summary>Removes the setting. Removing what is not there is no error unless the precondition says so.</summary>
    public sealed record Delete(SettingKey Key, Precondition? Precondition = null) : SettingOperation(Key, Precondition);
}

/// <summary>What an author requires of one setting before the change. Closed: the cases below.</summary>
public abstract record Precondition
{
    private Precondition() { }

    /// <summary>It must exist.</summary>
    public sealed record Exists : Precondition;

    /// <summary>It must not exist.</summary>
    public sealed record Absent : Precondition;

    /// <summary>Its content must be exactly what the author saw: the digest that reads return as <c>etag</c>.</summary>
    public sealed record Matches(Hash256 ContentHash) : Precondition;

    /// <summary>It must have been written last by the entry at this revision. Holds only in stamped namespaces.</summary>
    public sealed record StampedAt(Revision Revision) : Precondition;
}
