// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Replication.FanOut;

/// <summary>Members that are walked far more often than they change: a walk takes no lock and allocates nothing while nobody comes or goes.</summary>
/// <remarks>Thread-safe. The order is that of joining, but for places that were given up and taken again: the same each time for the same calls.</remarks>
internal sealed class Roster<T> where T : class
{
    private readonly Lock _sync = new();
    private readonly HashSet<T> _members = [];
    private T[]? _walk = [];

    /// <summary>Members now.</summary>
    public int Count
    {
        get
        {
            lock (_sync) return _members.Count;
        }
    }

    /// <summary>Adds a member; nothing if it is one.</summary>
    public void Add(T member)
    {
        lock (_sync)
            if (_members.Add(member)) _walk = null;
    }

    /// <summary>Removes a member.</summary>
    /// <returns>Whether it was one.</returns>
    public bool Remove(T member)
    {
        lock (_sync)
        {
            if (!_members.Remove(member)) return false;
            _walk = null;
            return true;
        }
    }

    /// <summary>The members as they are now; later ones are not among them. Not to be changed.</summary>
    public T[] Walk()
    {
        lock (_sync) return _walk ??= [.. _members];
    }
}
