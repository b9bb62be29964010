// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Heliograph.Cli.Api;

namespace Heliograph.Cli.Import;

/// <summary>Settings of one label as a nested document like <c>appsettings.json</c>: what .NET's provider reads from it is what clients see.</summary>
/// <remarks>Text values become strings, values of type <c>application/json</c> stand as they are. Tags, locks and other content types have no place in it.</remarks>
internal static class NestedJson
{
    private sealed class Node
    {
        public SettingView? Setting;
        public SortedDictionary<string, Node>? Children;
    }

    /// <summary>Writes the document.</summary>
    /// <param name="settings">Of one label.</param>
    /// <param name="name">Where they were read, for errors.</param>
    /// <exception cref="ImportException">Two keys differ only by case, or a value of type <c>application/json</c> is no JSON.</exception>
    public static byte[] Write(IReadOnlyList<SettingView> settings, string name)
    {
        var root = new Node();
        var faults = new List<string>();
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in settings)
        {
            if (!seen.TryAdd(setting.Key, setting.Key)) faults.Add($"'{seen[setting.Key]}' and '{setting.Key}' are one configuration key; the default format keeps both.");
            if (IsJson(setting) && !IsValid(setting.Value)) faults.Add($"'{setting.Key}' says that it is JSON and is not.");
            Place(root, setting);
        }
        if (faults.Count > 0) throw new ImportException(name, faults);

        using var output = new MemoryStream();
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            WriteObject(writer, root);
        output.WriteByte((byte)'\n');
        return output.ToArray();
    }

    /// <summary>Whether this document cannot hold all that the setting has.</summary>
    public static bool Loses(SettingView setting) => setting.Locked || setting.Tags is { Count: > 0 } || (setting.ContentType is not null && !IsJson(setting));

    private static bool IsJson(SettingView setting) => setting.ContentType == JsonSettings.JsonContentType;

    private static bool IsValid(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void Place(Node root, SettingView setting)
    {
        var node = root;
        foreach (var segment in setting.Key.Split(':'))
        {
            node.Children ??= new(StringComparer.Ordinal);
            if (!node.Children.TryGetValue(segment, out var child)) node.Children.Add(segment, child = new Node());
            node = child;
        }
        node.Setting = setting;
    }

    private static void WriteObject(Utf8JsonWriter writer, Node node)
    {
        writer.WriteStartObject();
        WriteMembers(writer, node, "");
        writer.WriteEndObject();
    }

    // A node that holds a value and children cannot be both in JSON: its children keep their path, "a:b" beside "a".
    private static void WriteMembers(Utf8JsonWriter writer, Node node, string prefix)
    {
        foreach (var (segment, child) in node.Children ?? [])
        {
            if (child.Setting is not null)
            {
                writer.WritePropertyName(prefix + segment);
                WriteValue(writer, child.Setting);
                if (child.Children is not null) WriteMembers(writer, child, $"{prefix}{segment}:");
                continue;
            }
            writer.WritePropertyName(prefix + segment);
            if (IsArray(child)) WriteArray(writer, child);
            else WriteObject(writer, child);
        }
    }

    private static bool IsArray(Node node) => Enumerable.Range(0, node.Children!.Count)
        .All(index => node.Children.TryGetValue(index.ToString(CultureInfo.InvariantCulture), out var child) && (child.Setting is null || child.Children is null));

    private static void WriteArray(Utf8JsonWriter writer, Node node)
    {
        writer.WriteStartArray();
        for (var index = 0; index < node.Children!.Count; index++)
        {
            var child = node.Children[index.ToString(CultureInfo.InvariantCulture)];
            if (child.Setting is not null) WriteValue(writer, child.Setting);
            else if (IsArray(child)) WriteArray(writer, child);
            else WriteObject(writer, child);
        }
        writer.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter writer, SettingView setting)
    {
        if (IsJson(setting)) writer.WriteRawValue(setting.Value);
        else writer.WriteStringValue(setting.Value);
    }
}
