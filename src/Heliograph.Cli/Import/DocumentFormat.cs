// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Import;

/// <summary>What a document of settings is written in.</summary>
internal enum DocumentFormat
{
    /// <summary>As .NET's JSON configuration provider reads it.</summary>
    Json,

    /// <summary>YAML 1.2 without anchors, aliases and tags.</summary>
    Yaml,

    /// <summary>Lines <c>NAME=value</c>, two underscores for each colon.</summary>
    Env,

    /// <summary>Java properties, in UTF-8.</summary>
    Properties,
}

/// <summary>Formats by name: of a file, or of an option.</summary>
internal static class DocumentFormats
{
    /// <summary>What the option <c>--format</c> calls them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["json", "yaml", "env", "properties"];

    /// <summary>The format of an option's text.</summary>
    public static DocumentFormat Parse(string name) => (DocumentFormat)Names.Index().Single(pair => pair.Item == name).Index;

    /// <summary>The format that a file's name says; JSON where it says none.</summary>
    public static DocumentFormat OfFile(string path) => TryOfFile(path) ?? DocumentFormat.Json;

    /// <summary>The format that a file's name says, or <see langword="null"/>.</summary>
    public static DocumentFormat? TryOfFile(string path)
    {
        var name = Path.GetFileName(path);
        if (name == ".env" || name.StartsWith(".env.", StringComparison.Ordinal)) return DocumentFormat.Env;
        return Path.GetExtension(name).ToLowerInvariant() switch
        {
            ".json" => DocumentFormat.Json,
            ".yaml" or ".yml" => DocumentFormat.Yaml,
            ".env" => DocumentFormat.Env,
            ".properties" => DocumentFormat.Properties,
            _ => null,
        };
    }

    /// <summary>Reads a document of settings.</summary>
    /// <param name="format">What it is written in.</param>
    /// <param name="content">The file's bytes.</param>
    /// <param name="source">Its name, for errors.</param>
    /// <param name="label">Label of every setting, or <see langword="null"/>.</param>
    /// <param name="prefix">Put before every key.</param>
    /// <exception cref="ImportException">The document is refused; every fault is named.</exception>
    public static IReadOnlyList<ImportedSetting> Read(DocumentFormat format, ReadOnlyMemory<byte> content, string source, string? label = null, string prefix = "")
    {
        if (format == DocumentFormat.Json) return JsonSettings.Read(content, source, label, prefix);
        var utf8 = DocumentText.ToUtf8(content, source);
        var text = System.Text.Encoding.UTF8.GetString(utf8.Span);
        var faults = new List<string>();
        var leaves = format switch
        {
            DocumentFormat.Yaml => new YamlWalk(text, source).Leaves(faults),
            DocumentFormat.Env => EnvText.Read(text, faults),
            _ => PropertiesText.Read(text, faults),
        };
        if (faults.Count == 0) JsonWalk.FindCollisions(leaves, faults);
        return JsonSettings.ToSettings(leaves, faults, source, label, prefix);
    }
}
