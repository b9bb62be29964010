// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Client.Configuration.Json;

namespace Heliograph.Testing.Files;

/// <summary>The files of one namespace as they lie there: equal if nothing was written.</summary>
internal sealed class NamespaceFiles : IEquatable<NamespaceFiles>
{
    private readonly List<(string Path, string? Label, DateTime WrittenAt, long Length)> _files = [];

    /// <summary>The namespaces of a directory.</summary>
    public static IReadOnlyDictionary<NamespaceName, NamespaceFiles> In(string directory)
    {
        var found = new Dictionary<NamespaceName, NamespaceFiles>();
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles("*.json").OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            var (text, label) = Path.GetFileNameWithoutExtension(file.Name).Split('@', 2) is [var first, var rest] ? (first, rest) : (Path.GetFileNameWithoutExtension(file.Name), null);
            if (!NamespaceName.TryParse(text, out var name, out _)) continue;
            if (!found.TryGetValue(name, out var files)) found[name] = files = new();
            files._files.Add((file.FullName, label, file.LastWriteTimeUtc, file.Length));
        }
        return found;
    }

    /// <summary>The settings in them.</summary>
    /// <exception cref="InvalidDataException">One of them is no JSON, or too large.</exception>
    /// <exception cref="FormatException">A key or label is outside the grammar.</exception>
    public IEnumerable<Setting> Read()
    {
        foreach (var (path, label, _, length) in _files)
        {
            if (length > Limits.ChangesetBytesMax) throw new InvalidDataException($"{path} has {length} bytes; the limit is {Limits.ChangesetBytesMax}.");
            if (!JsonFlattening.TryFlatten(null, File.ReadAllText(path, Encoding.UTF8), out var entries)) throw new InvalidDataException($"{path} is no JSON.");
            foreach (var (key, value) in entries)
                if (key.Length > 0 && value is not null) yield return Setting.Of(key, value, label); // null and {} are nothing that a setting could hold
        }
    }

    /// <inheritdoc/>
    public bool Equals(NamespaceFiles? other) => other is not null && _files.SequenceEqual(other._files);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NamespaceFiles);

    /// <inheritdoc/>
    public override int GetHashCode() => _files.Count;
}
