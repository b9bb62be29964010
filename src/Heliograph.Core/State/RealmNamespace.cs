// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Google.Protobuf;
using Heliograph.Core.Merkle;
using Heliograph.Core.Wire;

namespace Heliograph.Core.State;

/// <summary>A namespace as the log has made it: its records, which are signed, and what is said about it, which is not.</summary>
/// <remarks>Immutable. Times, authors, description and the archive mark are read from the log again by whoever replays it; no root covers them.</remarks>
public sealed record RealmNamespace
{
    /// <summary>Its name.</summary>
    public required NamespaceName Name { get; init; }

    /// <summary>Revision of the last entry that touched it.</summary>
    public required Revision Revision { get; init; }

    /// <summary>All its records; their root is the state root.</summary>
    public required MerkleMap Records { get; init; }

    /// <summary>Whether it is read-only until it is taken out of the archive.</summary>
    public bool IsArchived { get; init; }

    /// <summary>Whether each setting has a stamp: the entry that last wrote it, as a record beside its own.</summary>
    public bool IsStamped { get; init; }

    /// <summary>What it is for; may be empty.</summary>
    public required string Description { get; init; }

    /// <summary>When it was created (again, if the name was deleted before).</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>By whom.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When the last entry that touched it was committed.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>By whom.</summary>
    public required string ChangedBy { get; init; }

    /// <summary>Root over the records.</summary>
    public Hash256 StateRoot => Records.Root;

    /// <summary>The setting under <paramref name="key"/>, or <see langword="null"/>.</summary>
    public Setting? Find(SettingKey key)
    {
        var recordKey = SettingRecord.KeyOf(key);
        return Records.TryGet(recordKey, out var value) && SettingRecord.TryParse(recordKey, value.Span, out var setting) ? setting : null;
    }

    /// <summary>Canonical bytes of the <see cref="NamespaceState"/> that stands in the directory.</summary>
    public byte[] ToStateBytes() => new NamespaceState
    {
        Name = Name.Value,
        LastEpoch = (uint)Revision.Epoch,
        LastSequence = (ulong)Revision.Sequence,
        StateRoot = UnsafeByteOperations.UnsafeWrap(StateRoot.ToArray()),
        Records = (ulong)Records.Count,
        Bytes = (ulong)Records.Bytes,
    }.ToByteArray();

    /// <summary>The key under which a namespace stands in the directory: its name in UTF-8.</summary>
    public static byte[] DirectoryKeyOf(NamespaceName name) => Encoding.UTF8.GetBytes(name.Value);
}
