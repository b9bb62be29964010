// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;
using Heliograph.Core.Wire;

namespace Heliograph.Core.State;

/// <summary>A state in the making: entries are applied one after the other, and the directory is brought up to date once at the end.</summary>
/// <remarks>Not thread-safe. Rules that the sequencer enforces for authors (limits, preconditions, locks) are not repeated here; what every entry of every version obeys is.</remarks>
public sealed class RealmDraft(RealmState basis)
{
    private readonly Dictionary<NamespaceName, RealmNamespace?> _touched = []; // null: deleted

    /// <summary>The newest entry applied.</summary>
    public LogTip Tip { get; private set; } = basis.Tip;

    /// <summary>Identity of the log.</summary>
    public Hash256 LogId => basis.LogId;

    /// <summary>Namespaces that there are.</summary>
    public int NamespacesCount { get; private set; } = basis.Namespaces.Count;

    /// <summary>Names of the namespaces that were touched since the basis, in the order of the first touch.</summary>
    public IReadOnlyCollection<NamespaceName> Touched => _touched.Keys;

    /// <summary>The namespace as it stands now, or <see langword="null"/>.</summary>
    public RealmNamespace? Find(NamespaceName name) => _touched.TryGetValue(name, out var touched) ? touched : basis.Find(name);

    /// <summary>Applies the next entry, or throws and changes nothing.</summary>
    /// <exception cref="BrokenLogException">It does not follow, or breaks a rule.</exception>
    public void Apply(LogEntry entry)
    {
        if (ChainFault(entry) is { } fault) throw Broken(entry, fault);
        if (EpochStep.IsBeginning(entry))
        {
            Begin(entry);
            return;
        }
        if (!NamespaceName.TryParse(entry.Content.Namespace, out var name, out var error)) throw Broken(entry, error);
        var before = Find(name);
        var after = entry.Content.BodyCase switch
        {
            Entry.BodyOneofCase.CreateNamespace => Created(entry, name, before),
            Entry.BodyOneofCase.ChangeSettings => Changed(entry, name, before),
            Entry.BodyOneofCase.AlterNamespace => Altered(entry, name, before),
            Entry.BodyOneofCase.DeleteNamespace => Deleted(entry, name, before),
            Entry.BodyOneofCase.CreateNamedSnapshot or Entry.BodyOneofCase.AlterNamedSnapshot => Changed(entry, name, before),
            _ => throw Broken(entry, "its body is of a kind that this version does not know."),
        };
        NamespacesCount += (after is null ? 0 : 1) - (before is null ? 0 : 1);
        _touched[name] = after;
        Tip = new(entry.Revision, entry.Hash, entry.Content.CommittedAtMs);
    }

    /// <summary>The state as it stands now. The draft may go on.</summary>
    public RealmState ToState()
    {
        if (Tip == basis.Tip) return basis;
        var namespaces = basis.Namespaces.ToBuilder();
        var changes = new List<MerkleChange>(_touched.Count);
        foreach (var (name, touched) in _touched) // the order does not matter: both maps are the same whatever it is
        {
            var key = RealmNamespace.DirectoryKeyOf(name);
            changes.Add(touched is null ? MerkleChange.Remove(key) : MerkleChange.Set(key, touched.ToStateBytes()));
            if (touched is null) namespaces.Remove(name);
            else namespaces[name] = touched;
        }
        return new(basis.LogId, Tip, basis.Directory.Apply(changes), namespaces.ToImmutable());
    }

    /// <summary>An epoch begins: every namespace is touched, so that none of them has a revision that is before one that was discarded. What they hold stays.</summary>
    private void Begin(LogEntry entry)
    {
        foreach (var name in basis.Namespaces.Keys.Concat(_touched.Keys).ToList())
            if (Find(name) is { } standing) _touched[name] = standing with { Revision = entry.Revision };
        Tip = new(entry.Revision, entry.Hash, entry.Content.CommittedAtMs);
    }

    private string? ChainFault(LogEntry entry) =>
        new Hash256(entry.Content.LogId.Span) != LogId ? "it belongs to another log."
        : EpochStep.Fault(entry, Tip) is { } step ? step
        : entry.PreviousHash != Tip.Hash ? "it is not chained to the entry before it."
        : entry.Content.CommittedAtMs < Tip.CommittedAtMs ? "it was committed before the entry in front of it."
        : null;

    private static RealmNamespace Created(LogEntry entry, NamespaceName name, RealmNamespace? before) =>
        before is not null ? throw Broken(entry, $"namespace '{name}' exists already.") : new()
        {
            Name = name,
            Revision = entry.Revision,
            Records = MerkleMap.Empty,
            Description = entry.Content.CreateNamespace.Description,
            CreatedAt = entry.CommittedAt,
            CreatedBy = entry.Content.Actor,
            IsStamped = RecordChanges.IsStampedAfter(false, entry.Content),
            ChangedAt = entry.CommittedAt,
            ChangedBy = entry.Content.Actor,
        };

    private static RealmNamespace Changed(LogEntry entry, NamespaceName name, RealmNamespace? before)
    {
        var open = before is null ? throw Broken(entry, $"there is no namespace '{name}'.")
            : before.IsArchived ? throw Broken(entry, $"namespace '{name}' is archived.")
            : before;
        return open with { Revision = entry.Revision, ChangedAt = entry.CommittedAt, ChangedBy = entry.Content.Actor, Records = RecordsAfter(entry, open) };
    }

    private static RealmNamespace Altered(LogEntry entry, NamespaceName name, RealmNamespace? before) =>
        before is null
            ? throw Broken(entry, $"there is no namespace '{name}'.")
            : before with
            {
                Revision = entry.Revision,
                ChangedAt = entry.CommittedAt,
                ChangedBy = entry.Content.Actor,
                IsArchived = entry.Content.AlterNamespace.Archived,
                Description = entry.Content.AlterNamespace.Description,
                IsStamped = RecordChanges.IsStampedAfter(before.IsStamped, entry.Content),
                Records = RecordsAfter(entry, before),
            };

    private static MerkleMap RecordsAfter(LogEntry entry, RealmNamespace before) =>
        RecordChanges.TryApply(before.Records, before.IsStamped, entry, out var after, out var fault) ? after : throw Broken(entry, fault);

    private static RealmNamespace? Deleted(LogEntry entry, NamespaceName name, RealmNamespace? before) =>
        before is null ? throw Broken(entry, $"there is no namespace '{name}'.")
        : !before.IsArchived ? throw Broken(entry, $"namespace '{name}' is not archived.")
        : null;

    private static BrokenLogException Broken(LogEntry entry, string reason) => new(entry.Revision.Sequence, reason);
}
