// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Origin.Access;
using Heliograph.Platform.Trust;

namespace Heliograph.Origin.Cluster;

/// <summary>Begins a realm of several origins: a data directory for each, with its own head key and what all of them share.</summary>
public static class ClusterFiles
{
    /// <summary>Most origins of a realm: half of the head keys that a root may hold, so that each can be replaced.</summary>
    public const int OriginsMax = TrustAnchor.HeadKeysMax / 2;

    /// <summary>Makes <c>origin-1</c> to <c>origin-n</c> in a directory: trust file and master key of access keys, the same in each, and a head key of its own. Nothing is overwritten.</summary>
    /// <returns>The directories, and what they trust.</returns>
    /// <exception cref="ArgumentException">The realm's name is outside the grammar, or the number is not 1 to <see cref="OriginsMax"/>.</exception>
    /// <exception cref="IOException">A file exists, or could not be written.</exception>
    public static (TrustAnchor Anchor, IReadOnlyList<string> Directories) Create(string realmName, string directory, int origins)
    {
        if (origins is < 1 or > OriginsMax) throw new ArgumentException($"A realm has 1 to {OriginsMax} origins, not {origins}.", nameof(origins));
        string[] directories = [.. Enumerable.Range(1, origins).Select(i => Path.Combine(directory, $"origin-{i}"))];
        foreach (var each in directories)
            if (Directory.Exists(each)) throw new IOException($"{each} exists already, and is not overwritten.");
        var anchor = RealmKeys.Create(realmName, directories);
        AccessKeyring.MakeMaster(directories);
        return (anchor, directories);
    }
}
