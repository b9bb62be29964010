// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Replicas;

namespace Heliograph.Simulation.Checkers;

/// <summary>I2 and I5: there is one history. Nobody holds other content at a revision, and nobody activates what no origin published.</summary>
public sealed class OneHistory
{
    private readonly SortedDictionary<long, Hash256> _entries = [];
    private readonly SortedDictionary<(string Name, Revision Revision), Hash256> _roots = [];
    private readonly SortedDictionary<Revision, Hash256> _heads = [];

    /// <summary>Versions that origins published.</summary>
    public int Count => _roots.Count;

    /// <summary>Whether an origin ever published a version of a namespace.</summary>
    public bool WasPublished(string name) => _roots.Keys.Any(version => version.Name == name);

    /// <summary>An entry is durable.</summary>
    public void Entry(LogEntry entry, string node)
    {
        var sequence = entry.Revision.Sequence;
        if (!_entries.TryAdd(sequence, entry.Hash) && _entries[sequence] != entry.Hash) throw new ViolationException("I2", $"{node} has another entry at {sequence} than was seen before.");
        if (_entries.TryGetValue(sequence - 1, out var before) && before != entry.PreviousHash) throw new ViolationException("I2", $"the entry at {sequence} does not follow the one before it.");
    }

    /// <summary>An origin signed a head.</summary>
    public void Head(SignedHead head, string node)
    {
        if (!_heads.TryAdd(head.Revision, head.DirectoryRoot) && _heads[head.Revision] != head.DirectoryRoot)
            throw new ViolationException("I2", $"{node} signed two directories at {head.Revision}.");
    }

    /// <summary>An origin published a version of a namespace.</summary>
    public void Published(string name, Revision revision, Hash256 root, string node)
    {
        if (!_roots.TryAdd((name, revision), root) && _roots[(name, revision)] != root)
            throw new ViolationException("I2", $"{node} published {name} at {revision} with two contents.");
    }

    /// <summary>A follower activated a version.</summary>
    public void Activated(NamespaceVersion version, string node)
    {
        if (!_roots.TryGetValue((version.Name.Value, version.Revision), out var root)) throw new ViolationException("I5", $"{node} activated {version.Name} at {version.Revision}, which no origin published.");
        if (root != version.Records.Root) throw new ViolationException("I2", $"{node} holds {version.Name} at {version.Revision} with another content than was published.");
        if (root != version.StateRoot) throw new ViolationException("I5", $"{node} holds {version.Name} at {version.Revision} under a state that speaks of other content.");
        if (!_heads.TryGetValue(version.Head.Revision, out var directory) || directory != version.Head.DirectoryRoot)
            throw new ViolationException("I5", $"{node} activated {version.Name} under a head at {version.Head.Revision} that no origin signed.");
    }
}
