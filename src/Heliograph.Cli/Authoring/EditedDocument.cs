// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using Heliograph.Cli.Api;
using Heliograph.Cli.Import;

namespace Heliograph.Cli.Authoring;

/// <summary>Settings of one label as a document for an editor, and what a changed document means. What it does not show (tags, locks, other content types) stays with its setting.</summary>
internal sealed class EditedDocument
{
    private readonly Dictionary<string, SettingView> _standing;
    private readonly Dictionary<string, ImportedSetting> _before;
    private readonly DocumentFormat _format;

    /// <summary>Writes the document.</summary>
    /// <param name="standing">What stands.</param>
    /// <param name="name">The namespace.</param>
    /// <param name="label">The label of all of them.</param>
    /// <param name="prefix">What their keys begin with.</param>
    /// <param name="format">YAML or JSON.</param>
    /// <exception cref="ImportException">Two keys are one to configuration, or a value says that it is JSON and is not.</exception>
    public EditedDocument(SettingsAtOnce standing, NamespaceName name, string? label, string prefix, DocumentFormat format)
    {
        _format = format;
        _standing = standing.Items.ToDictionary(item => item.Key, StringComparer.Ordinal);
        var json = NestedJson.Write([.. standing.Items.Select(item => IsTree(item) ? item with { ContentType = null } : item)], name.Value); // a tree of JSON is one setting: shown as its text
        Text = json;
        if (format == DocumentFormat.Yaml)
        {
            var head = $"# {name} at {standing.Revision}, {(label is null ? "settings without a label" : $"label {JsonSerializer.Serialize(label, ApiJson.Plain.String)}")}{(prefix.Length > 0 ? $", keys that begin with {JsonSerializer.Serialize(prefix, ApiJson.Plain.String)}" : "")}.\n# Save and leave the editor: a plan is shown before anything is changed. A line that is taken out deletes its setting.\n";
            Text = Encoding.UTF8.GetBytes(head + YamlText.Write(json, inBlocks: true));
            if (!SameAs(Read(Text, name.Value, label, ""), JsonSettings.Read(json, name.Value, label))) Text = Encoding.UTF8.GetBytes(head + YamlText.Write(json)); // a block that would not read back
        }
        _before = Read(Text, name.Value, label, "").ToDictionary(setting => setting.Key.Key, StringComparer.Ordinal);
    }

    /// <summary>What the author's editor opens.</summary>
    public byte[] Text { get; }

    /// <summary>The operations that bring the settings to what the document says now; none if it means the same.</summary>
    /// <exception cref="ImportException">The document is refused; every fault is named.</exception>
    public IReadOnlyList<OperationBody> Operations(ReadOnlyMemory<byte> edited, string source, string? label, string prefix)
    {
        var (operations, faults) = (new List<OperationBody>(), new List<string>());
        var after = Read(edited, source, label, "").ToDictionary(setting => setting.Key.Key, StringComparer.Ordinal);
        foreach (var (key, setting) in after)
        {
            if (_before.TryGetValue(key, out var before) && before.Value == setting.Value && before.ContentType == setting.ContentType) continue;
            if (!key.StartsWith(prefix, StringComparison.Ordinal)) faults.Add($"'{key}' does not begin with '{prefix}', and --prefix says that only such keys are edited.");
            _standing.TryGetValue(key, out var standing);
            var contentType = setting.ContentType;
            if (standing?.ContentType is { } kept && (kept != JsonSettings.JsonContentType || (IsTree(standing) && contentType is null))) contentType = kept;
            if (standing is not null && IsTree(standing) && contentType == JsonSettings.JsonContentType && !IsJson(setting.Value)) faults.Add($"The value of '{key}' is JSON, and what it is now is not.");
            operations.Add(new("put", key, label, setting.Value, contentType, standing?.Tags is { Count: > 0 } tags ? tags : null, standing?.Locked == true ? true : null));
        }
        operations.AddRange(_before.Keys.Where(key => !after.ContainsKey(key)).Select(key => new OperationBody("delete", key, label)));
        if (operations.Count > Limits.ChangesetOperationsMax) faults.Add($"It changes {operations.Count} settings; a changeset has at most {Limits.ChangesetOperationsMax} operations.");
        return faults.Count == 0 ? operations : throw new ImportException(source, faults);
    }

    private IReadOnlyList<ImportedSetting> Read(ReadOnlyMemory<byte> text, string source, string? label, string prefix) => DocumentFormats.Read(_format, text, source, label, prefix);

    private static bool SameAs(IReadOnlyList<ImportedSetting> some, IReadOnlyList<ImportedSetting> others) =>
        some.Count == others.Count && some.Zip(others).All(pair => pair.First.Key == pair.Second.Key && pair.First.Value == pair.Second.Value && pair.First.ContentType == pair.Second.ContentType);

    private static bool IsTree(SettingView item) => item.ContentType == JsonSettings.JsonContentType && item.Value.AsSpan().TrimStart() is ['{' or '[', ..] && item.Value is not ("{}" or "[]");

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false; // the caller says which setting
        }
    }
}
