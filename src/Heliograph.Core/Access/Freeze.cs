// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;

namespace Heliograph.Core.Access;

/// <summary>A stop of all changes to a namespace, or to all that are not reserved: a setting <c>freeze/NAME</c> or <c>freeze/*</c> of <c>heliograph.realm</c>, value <c>{"by","reason","at"}</c>.</summary>
/// <remarks>The setting decides, whatever its value is: one that does not parse freezes as well, by nobody and without a reason. Reserved namespaces are never frozen, or nobody could end it.</remarks>
/// <param name="By">Who froze it.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">Since when, by the origin's clock.</param>
public sealed record Freeze(string By, string Reason, DateTimeOffset? At)
{
    /// <summary>What the keys of freezes begin with.</summary>
    public const string KeyPrefix = "freeze/";

    /// <summary>The scope that stands for all namespaces that are not reserved.</summary>
    public const string Everything = "*";

    /// <summary>Longest reason, in characters.</summary>
    public const int ReasonCharsMax = 200;

    private static readonly byte[] s_everythingKey = SettingRecord.KeyOf(KeyOf(null));

    /// <summary>The setting that freezes a namespace, or for <see langword="null"/> everything.</summary>
    public static SettingKey KeyOf(NamespaceName? name) => SettingKey.Create(KeyPrefix + (name is { } one ? one.Value : Everything));

    /// <summary>What stops changes to a namespace; <see langword="null"/> if nothing does. That of the namespace itself is named before that of everything.</summary>
    /// <param name="realmRecords">Records of <c>heliograph.realm</c>; <see langword="null"/> where there is none.</param>
    /// <param name="name">The namespace.</param>
    public static (string Scope, Freeze Freeze)? Find(MerkleMap? realmRecords, NamespaceName name)
    {
        if (realmRecords is null || name.IsReserved) return null;
        if (Find(realmRecords, SettingRecord.KeyOf(KeyOf(name))) is { } own) return (name.Value, own);
        return Find(realmRecords, s_everythingKey) is { } all ? (Everything, all) : null;
    }

    /// <summary>The value of the setting.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("by", By);
            json.WriteString("reason", Reason);
            if (At is { } at) json.WriteString("at", at);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Reads a value leniently: what is missing or no text is empty.</summary>
    public static Freeze Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return new("", "", null);
            return new(Text(document.RootElement, "by"), Text(document.RootElement, "reason"),
                document.RootElement.TryGetProperty("at", out var at) && at.ValueKind == JsonValueKind.String && at.TryGetDateTimeOffset(out var time) ? time : null);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // the latter: text that is no Unicode
        {
            return new("", "", null); // it freezes all the same
        }
    }

    private static Freeze? Find(MerkleMap records, byte[] key) =>
        !records.TryGet(key, out var value) ? null
        : SettingRecord.TryParse(key, value.Span, out var setting) ? Parse(setting.Value)
        : new("", "", null);

    private static string Text(JsonElement value, string name) => value.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
}
