// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;

namespace Heliograph.Core.Access;

/// <summary>What changes to a namespace need: the consent of others. A setting <c>protect/SCOPE</c> of <c>heliograph.realm</c>, value <c>{"approvals","expiresInHours","by","at"}</c>; the scope is a name, a prefix ending in <c>.*</c>, or <c>*</c>.</summary>
/// <remarks>The setting decides, whatever its value is: one that does not parse protects as well, with one approval. Reserved namespaces are not protected: who may write them decides about protection itself.</remarks>
/// <param name="Approvals">How many people other than the author must consent; 1 to <see cref="ApprovalsMax"/>.</param>
/// <param name="ExpiresInHours">How long a request for consent is open; 1 to <see cref="HoursMax"/>.</param>
/// <param name="By">Who protected it.</param>
/// <param name="At">Since when, by the origin's clock.</param>
public sealed record Protection(int Approvals, int ExpiresInHours, string By, DateTimeOffset? At)
{
    /// <summary>What the keys of protections begin with.</summary>
    public const string KeyPrefix = "protect/";

    /// <summary>Most approvals that can be asked for.</summary>
    public const int ApprovalsMax = 5;

    /// <summary>Hours for which a request is open unless something else was said: three days.</summary>
    public const int HoursDefault = 72;

    /// <summary>Most hours for which a request can be open: 30 days.</summary>
    public const int HoursMax = 720;

    /// <summary>The setting that protects a scope.</summary>
    /// <param name="scope">A name, a prefix ending in <c>.*</c>, or <c>*</c>.</param>
    public static SettingKey KeyOf(string scope) => SettingKey.Create(KeyPrefix + scope);

    /// <summary>Whether a text is a scope.</summary>
    public static bool IsScope(string text) => text == "*" || NamespaceName.TryParse(text.EndsWith(".*", StringComparison.Ordinal) ? text[..^2] : text, out _, out _);

    /// <summary>What protects a namespace: the narrowest scope that holds it; <see langword="null"/> if none does.</summary>
    /// <param name="realmRecords">Records of <c>heliograph.realm</c>; <see langword="null"/> where there is none.</param>
    /// <param name="name">The namespace.</param>
    public static (string Scope, Protection Protection)? Find(MerkleMap? realmRecords, NamespaceName name)
    {
        if (realmRecords is null || name.IsReserved) return null;
        for (var scope = name.Value; ; scope = Wider(scope))
        {
            var key = SettingRecord.KeyOf(KeyOf(scope));
            if (realmRecords.TryGet(key, out var value)) return (scope, SettingRecord.TryParse(key, value.Span, out var setting) ? Parse(setting.Value) : Parse(""));
            if (scope == "*") return null;
        }
    }

    /// <summary>The value of the setting.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("approvals", Approvals);
            json.WriteNumber("expiresInHours", ExpiresInHours);
            json.WriteString("by", By);
            if (At is { } at) json.WriteString("at", at);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Reads a value leniently: what is missing or makes no sense is the default.</summary>
    public static Protection Parse(string json)
    {
        var none = new Protection(1, HoursDefault, "", null);
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement is not { ValueKind: JsonValueKind.Object } root) return none;
            return new(Number(root, "approvals", ApprovalsMax) ?? none.Approvals, Number(root, "expiresInHours", HoursMax) ?? none.ExpiresInHours,
                root.TryGetProperty("by", out var by) && by.ValueKind == JsonValueKind.String ? by.GetString()! : "",
                root.TryGetProperty("at", out var at) && at.ValueKind == JsonValueKind.String && at.TryGetDateTimeOffset(out var time) ? time : null);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // the latter: text that is no Unicode
        {
            return none; // it protects all the same
        }
    }

    // shop.web.prod, shop.web.*, shop.*, *: what covers shop.web.prod, from the narrowest on.
    private static string Wider(string scope)
    {
        var name = scope.EndsWith(".*", StringComparison.Ordinal) ? scope[..^2] : scope;
        return name.LastIndexOf('.') is > 0 and var dot ? $"{name[..dot]}.*" : "*";
    }

    private static int? Number(JsonElement root, string name, int max) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 1 && number <= max ? number : null;
}
