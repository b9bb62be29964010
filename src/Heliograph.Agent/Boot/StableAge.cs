// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;

namespace Heliograph.Agent.Boot;

/// <summary>For how long the revision that a crash loop would fall back to has not been the newest: of the namespace for which that is longest ago.</summary>
/// <remarks>Looked at when someone collects; a process that starts begins to count anew. Not thread-safe: one collects at a time.</remarks>
/// <param name="stable">The revision that <c>STABLE</c> means for a namespace; <see langword="null"/> if no service has earned one.</param>
/// <param name="time">The clock.</param>
internal sealed class StableAge(Func<NamespaceName, Revision?> stable, TimeProvider time)
{
    private readonly Dictionary<NamespaceName, long> _since = [];

    /// <summary>Looks at what is held.</summary>
    /// <returns>The longest such time; zero where all are the newest; <see langword="null"/> if no namespace has a <c>STABLE</c>.</returns>
    public TimeSpan? Look(IEnumerable<NamespaceVersion> held)
    {
        TimeSpan? longest = null;
        var seen = new HashSet<NamespaceName>();
        foreach (var version in held)
        {
            if (stable(version.Name) is not { } revision) continue;
            seen.Add(version.Name);
            var age = TimeSpan.Zero;
            if (revision == version.Revision) _since.Remove(version.Name);
            else if (_since.TryGetValue(version.Name, out var since)) age = time.GetElapsedTime(since);
            else _since[version.Name] = time.GetTimestamp();
            if (longest is null || age > longest) longest = age;
        }
        foreach (var gone in _since.Keys.Where(name => !seen.Contains(name)).ToList()) _since.Remove(gone);
        return longest;
    }
}
