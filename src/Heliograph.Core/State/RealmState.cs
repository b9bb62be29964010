// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;

namespace Heliograph.Core.State;

/// <summary>Everything that the log says, at one revision: a pure function of the entries up to there, the same on every machine.</summary>
/// <remarks>Immutable and thread-safe. States share what they have in common, so keeping an old one costs only what has changed since.</remarks>
public sealed class RealmState
{
    internal RealmState(Hash256 logId, LogTip tip, MerkleMap directory, ImmutableSortedDictionary<NamespaceName, RealmNamespace> namespaces) =>
        (LogId, Tip, Directory, Namespaces) = (logId, tip, directory, namespaces);

    /// <summary>Identity of the log.</summary>
    public Hash256 LogId { get; }

    /// <summary>The newest entry that this state holds.</summary>
    public LogTip Tip { get; }

    /// <summary>Namespace name (UTF-8) to canonical <c>NamespaceState</c> bytes: what heads sign the root of.</summary>
    public MerkleMap Directory { get; }

    /// <summary>All namespaces that are not deleted, ordered by name.</summary>
    public ImmutableSortedDictionary<NamespaceName, RealmNamespace> Namespaces { get; }

    /// <summary>The newest revision.</summary>
    public Revision Revision => Tip.Revision;

    /// <summary>The state of a log that holds nothing yet.</summary>
    public static RealmState Empty(Hash256 logId) => new(logId, LogTip.Empty, MerkleMap.Empty, ImmutableSortedDictionary<NamespaceName, RealmNamespace>.Empty);

    /// <summary>The namespace, or <see langword="null"/> if there is none of that name.</summary>
    public RealmNamespace? Find(NamespaceName name) => Namespaces.GetValueOrDefault(name);

    /// <summary>The state after one more entry.</summary>
    /// <exception cref="BrokenLogException">The entry does not follow this state, or breaks a rule.</exception>
    public RealmState Apply(LogEntry entry) => Apply([entry]);

    /// <summary>The state after more entries. The directory is hashed once, however many there are.</summary>
    /// <exception cref="BrokenLogException">An entry does not follow the one before it, or breaks a rule. This state stands as it was.</exception>
    public RealmState Apply(IReadOnlyList<LogEntry> entries)
    {
        var draft = new RealmDraft(this);
        foreach (var entry in entries) draft.Apply(entry);
        return draft.ToState();
    }
}
