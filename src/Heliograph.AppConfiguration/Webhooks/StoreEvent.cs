// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.AppConfiguration.Webhooks;

/// <summary>Something that happened in a store. It names things and holds no value.</summary>
/// <param name="Type">One of <see cref="Types"/>.</param>
/// <param name="Name">Key, or name of a snapshot.</param>
/// <param name="Label">Label of a key-value; <see langword="null"/> for none.</param>
/// <param name="ETag">Of what was written; of a deletion, of what was deleted.</param>
/// <param name="Index">Its place among the changes of its entry.</param>
internal sealed record StoreEvent(string Type, string Name, string? Label, string ETag, int Index)
{
    public const string KeyValueModified = nameof(KeyValueModified), KeyValueDeleted = nameof(KeyValueDeleted), SnapshotCreated = nameof(SnapshotCreated), SnapshotModified = nameof(SnapshotModified);

    /// <summary>All types.</summary>
    public static readonly IReadOnlyList<string> Types = [KeyValueModified, KeyValueDeleted, SnapshotCreated, SnapshotModified];

    /// <summary>Whether it tells of a snapshot.</summary>
    public bool IsOfSnapshot => Type is SnapshotCreated or SnapshotModified;
}

/// <summary>Events of one entry that are sent together.</summary>
/// <param name="Revision">The entry.</param>
/// <param name="At">When it was committed.</param>
/// <param name="Events">The events, in the entry's order; none if nothing of it is asked for.</param>
/// <param name="After">Where the next batch begins.</param>
internal sealed record EventBatch(Revision Revision, DateTimeOffset At, IReadOnlyList<StoreEvent> Events, WebhookCursor After);

/// <summary>How far a webhook has come: everything up to a change of an entry was delivered, or given up.</summary>
/// <param name="Revision">The entry.</param>
/// <param name="Index">The last of its changes that was dealt with; <see cref="Whole"/>: all.</param>
internal readonly record struct WebhookCursor(Revision Revision, int Index)
{
    public const int Whole = int.MaxValue;
}
