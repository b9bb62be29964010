// SPDX-License-Identifier: Apache-2.0
namespace Heliograph;

/// <summary>The limits that hold in every realm. Checked where data enters, reported in the error, listed in docs/reference/limits.md.</summary>
public static class Limits
{
    /// <summary>Longest namespace name, in characters.</summary>
    public const int NamespaceNameCharsMax = 128;

    /// <summary>Longest key, in UTF-16 characters.</summary>
    public const int KeyCharsMax = 1_024;

    /// <summary>Longest label, in UTF-16 characters.</summary>
    public const int LabelCharsMax = 256;

    /// <summary>Longest tag name and longest tag value, in UTF-16 characters.</summary>
    public const int TagCharsMax = 256;

    /// <summary>Most tags on one setting.</summary>
    public const int TagsMax = 64;

    /// <summary>Longest content type, in UTF-16 characters.</summary>
    public const int ContentTypeCharsMax = 256;

    /// <summary>Longest description of a setting, in UTF-16 characters.</summary>
    public const int DescriptionCharsMax = 4_096;

    /// <summary>Longest name of a named snapshot, in UTF-16 characters.</summary>
    public const int SnapshotNameCharsMax = 256;

    /// <summary>Most named snapshots in one namespace.</summary>
    public const int SnapshotsMax = 1_000;

    /// <summary>Largest value, in bytes of UTF-8: 1 MiB.</summary>
    public const int ValueBytesMax = 1 << 20;

    /// <summary>Most operations in one changeset.</summary>
    public const int ChangesetOperationsMax = 10_000;

    /// <summary>Largest changeset, in bytes of its log entry: 8 MiB.</summary>
    public const int ChangesetBytesMax = 8 << 20;

    /// <summary>Longest message of a changeset, in UTF-16 characters.</summary>
    public const int MessageCharsMax = 4_096;

    /// <summary>Longest request id (idempotency key), in characters.</summary>
    public const int RequestIdCharsMax = 128;

    /// <summary>Longest actor name, in characters.</summary>
    public const int ActorCharsMax = 256;

    /// <summary>Most records in one namespace.</summary>
    public const int NamespaceRecordsMax = 100_000;

    /// <summary>Most bytes of record keys and values in one namespace: 64 MiB.</summary>
    public const long NamespaceBytesMax = 64L << 20;

    /// <summary>Most namespaces in one realm.</summary>
    public const int NamespacesMax = 100_000;

    /// <summary>Largest frame of the sync protocol, in bytes after its length field: 1 MiB.</summary>
    public const int FrameBytesMax = 1 << 20;

    /// <summary>Most namespaces that one client or agent subscribes to on one stream.</summary>
    public const int SubscriptionsMax = 1_000;

    /// <summary>Most namespaces that one relay subscribes to on one stream.</summary>
    public const int RelaySubscriptionsMax = 100_000;

    /// <summary>Most hashes a Merkle proof may hold; an honest one of 100,000 leaves averages 18.</summary>
    public const int ProofHashesMax = 256;
}
