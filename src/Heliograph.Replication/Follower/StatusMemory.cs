// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol.Wire;

namespace Heliograph.Replication.Following;

/// <summary>What a parent was told already, so that only what changed travels.</summary>
internal sealed class StatusMemory
{
    /// <summary>A frame is closed when it reaches this: half of what a server takes from a client.</summary>
    private const int FrameBytes = 32 << 10;

    private static readonly NamespaceStatus Unknown = new(); // like nothing that is ever said

    private readonly SortedDictionary<string, NamespaceStatus> _said = new(StringComparer.Ordinal);

    /// <summary>The frames that bring a parent from what it was told to <paramref name="now"/>; none if nothing changed.</summary>
    public IEnumerable<Status> Changes(Status now)
    {
        var changed = new List<NamespaceStatus>();
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var status in now.Namespaces)
        {
            named.Add(status.Namespace);
            if (!_said.TryGetValue(status.Namespace, out var before) || !before.Equals(status)) changed.Add(status);
        }
        changed.AddRange(_said.Keys.Where(name => !named.Contains(name)).ToList().Select(name => new NamespaceStatus { Namespace = name }));
        foreach (var status in changed)
        {
            if (status.Cohorts.Count == 0 && status.Instances.Count == 0) _said.Remove(status.Namespace);
            else _said[status.Namespace] = status;
        }
        return Frames(changed);
    }

    /// <summary>The parent may or may not know what it was told of a namespace: whatever there is to say of it is said again, also that there is nothing.</summary>
    public void Doubt(NamespaceName name) => _said[name.Value] = Unknown;

    private static IEnumerable<Status> Frames(List<NamespaceStatus> changed)
    {
        var (frame, size) = (new Status(), 0);
        foreach (var status in changed)
        {
            var bytes = status.CalculateSize();
            if (size > 0 && size + bytes > FrameBytes)
            {
                yield return frame;
                (frame, size) = (new Status(), 0);
            }
            frame.Namespaces.Add(status);
            size += bytes;
        }
        if (size > 0) yield return frame;
    }
}
