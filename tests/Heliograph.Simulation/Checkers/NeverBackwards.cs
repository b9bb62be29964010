// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Simulation.Checkers;

/// <summary>I3: what a machine has accepted never goes backwards, over restarts and whoever it follows. It is judged by every value that was handed to an application.</summary>
/// <remarks>A declared fall-back to the last stable revision hands out older content while the accepted floor stays: that is told apart here.</remarks>
public sealed class NeverBackwards
{
    private readonly SortedDictionary<(string Node, string Name), Revision> _accepted = [];

    /// <summary>A machine handed a revision of a namespace to its application.</summary>
    public void Handed(string node, string name, Revision revision)
    {
        if (_accepted.TryGetValue((node, name), out var before) && revision.IsBefore(before))
            throw new ViolationException("I3", $"{node} handed out {name} at {revision} after it had handed out {before}.");
        _accepted[(node, name)] = revision;
    }

    /// <summary>A machine says what its floor is.</summary>
    public void Floor(string node, string name, Revision floor)
    {
        if (_accepted.TryGetValue((node, name), out var before) && floor.IsBefore(before))
            throw new ViolationException("I3", $"{node} has a floor of {floor} for {name} after it had handed out {before}.");
    }

    /// <summary>The highest revision that a machine has handed out; <see cref="Revision.None"/> for none.</summary>
    public Revision AcceptedBy(string node, string name) => _accepted.GetValueOrDefault((node, name));

    /// <summary>A machine's disk was damaged: of one namespace it may have lost what it knew.</summary>
    public void Forget(string node, string name) => _accepted.Remove((node, name));

    /// <summary>A machine came back with an older disk, or none: what it knew since then is gone with the disk.</summary>
    public void Forget(string node)
    {
        foreach (var key in _accepted.Keys.Where(key => key.Node == node).ToArray()) _accepted.Remove(key);
    }
}
