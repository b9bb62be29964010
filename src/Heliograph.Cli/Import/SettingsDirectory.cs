// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Import;

/// <summary>One file of settings on disk.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Label">Its label: the environment in its name, or <see langword="null"/>.</param>
internal sealed record SettingsFile(string Path, string? Label);

/// <summary>A directory of services: every sub-directory that holds <c>appsettings*.json</c> is a namespace.</summary>
/// <remarks><c>appsettings.json</c> has no label, <c>appsettings.Development.json</c> the label <c>Development</c>.</remarks>
internal static class SettingsDirectory
{
    /// <summary>Finds the namespaces below a directory, ordered by name: the sub-directory's name in lower case after <paramref name="prefix"/>.</summary>
    /// <exception cref="ImportException">A name is outside the grammar, two are the same, or there is none.</exception>
    public static IReadOnlyList<(NamespaceName Name, IReadOnlyList<SettingsFile> Files)> Namespaces(string directory, string prefix)
    {
        var found = new SortedDictionary<NamespaceName, IReadOnlyList<SettingsFile>>();
        var faults = new List<string>();
        foreach (var below in Directory.EnumerateDirectories(directory).Order(StringComparer.Ordinal))
        {
            var files = Files(below);
            if (files.Count == 0) continue;
            var text = prefix + Path.GetFileName(below).ToLowerInvariant();
            if (!NamespaceName.TryParse(text, out var name, out var fault)) faults.Add($"'{text}': {fault}");
            else if (!found.TryAdd(name, files)) faults.Add($"Two directories mean the namespace '{name}'.");
        }
        if (found.Count == 0 && faults.Count == 0) faults.Add("No directory below it holds an appsettings*.json file.");
        return faults.Count == 0 ? [.. found.Select(pair => (pair.Key, pair.Value))] : throw new ImportException(directory, faults);
    }

    /// <summary>The settings files of one directory, the one without label first.</summary>
    public static IReadOnlyList<SettingsFile> Files(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, "appsettings*.json")
            .Select(path => (Path: path, Name: Path.GetFileNameWithoutExtension(path)))
            .Where(file => file.Name == "appsettings" || (file.Name.StartsWith("appsettings.", StringComparison.Ordinal) && file.Name.Length > "appsettings.".Length))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => new SettingsFile(file.Path, file.Name == "appsettings" ? null : file.Name["appsettings.".Length..])),
    ];
}
