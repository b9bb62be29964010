// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Import;

/// <summary>One file of settings on disk.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Label">Its label: the environment in its name, or <see langword="null"/>.</param>
/// <param name="Format">What it is written in.</param>
internal sealed record SettingsFile(string Path, string? Label, DocumentFormat Format);

/// <summary>The files of one directory.</summary>
/// <param name="Files">Those of settings, the ones without label first.</param>
/// <param name="LeftOut">Names of files that have a format of settings and another name, such as <c>package.json</c>.</param>
internal sealed record SettingsFiles(IReadOnlyList<SettingsFile> Files, IReadOnlyList<string> LeftOut);

/// <summary>A directory of services: every sub-directory that holds files of settings is a namespace.</summary>
/// <remarks>
/// Files of settings are <c>appsettings</c>, <c>settings</c> and <c>application</c> with <c>.json</c>, <c>.yaml</c>, <c>.yml</c>, <c>.env</c> or <c>.properties</c>, and <c>.env</c> itself. A name
/// between has no more than a label: <c>appsettings.json</c> has none, <c>appsettings.Development.json</c> and <c>.env.Development</c> have <c>Development</c>.
/// </remarks>
internal static class SettingsDirectory
{
    /// <summary>What files of settings are called, for errors.</summary>
    public const string Expected = "appsettings, settings or application, then .LABEL if any, then .json, .yaml, .yml, .env or .properties; or .env and .env.LABEL";

    private static readonly string[] s_stems = ["appsettings", "settings", "application"];

    /// <summary>Finds the namespaces below a directory, ordered by name: the sub-directory's name in lower case after <paramref name="prefix"/>.</summary>
    /// <exception cref="ImportException">A name is outside the grammar, two are the same, or there is none.</exception>
    public static IReadOnlyList<(NamespaceName Name, SettingsFiles Files)> Namespaces(string directory, string prefix)
    {
        var found = new SortedDictionary<NamespaceName, SettingsFiles>();
        var faults = new List<string>();
        foreach (var below in Directory.EnumerateDirectories(directory).Order(StringComparer.Ordinal))
        {
            var files = Files(below);
            if (files.Files.Count == 0) continue;
            var text = prefix + Path.GetFileName(below).ToLowerInvariant();
            if (!NamespaceName.TryParse(text, out var name, out var fault)) faults.Add($"'{text}': {fault}");
            else if (!found.TryAdd(name, files)) faults.Add($"Two directories mean the namespace '{name}'.");
        }
        if (found.Count == 0 && faults.Count == 0) faults.Add($"No directory below it holds a file of settings: {Expected}.");
        return faults.Count == 0 ? [.. found.Select(pair => (pair.Key, pair.Value))] : throw new ImportException(directory, faults);
    }

    /// <summary>The files of settings of one directory.</summary>
    public static SettingsFiles Files(string directory)
    {
        var (files, leftOut) = (new List<SettingsFile>(), new List<string>());
        foreach (var path in Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal))
        {
            if (DocumentFormats.TryOfFile(path) is not { } format) continue;
            if (TryLabel(Path.GetFileName(path), out var label)) files.Add(new(path, label, format));
            else leftOut.Add(Path.GetFileName(path));
        }
        return new([.. files.OrderBy(file => file.Label, StringComparer.Ordinal)], leftOut);
    }

    private static bool TryLabel(string name, out string? label)
    {
        label = null;
        if (name == ".env") return true;
        if (name.StartsWith(".env.", StringComparison.Ordinal))
        {
            label = name[".env.".Length..];
            return label.Length > 0;
        }
        var bare = Path.GetFileNameWithoutExtension(name);
        if (s_stems.Contains(bare)) return true;
        if (s_stems.FirstOrDefault(stem => bare.StartsWith(stem + ".", StringComparison.Ordinal)) is not { } begins) return false;
        label = bare[(begins.Length + 1)..];
        return label.Length > 0;
    }
}
