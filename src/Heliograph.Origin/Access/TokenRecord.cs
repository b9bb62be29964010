// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Heliograph.Origin.Access;

/// <summary>What the origin keeps of a token: setting <c>tokens/&lt;id&gt;</c> of <c>heliograph.credentials</c>.</summary>
internal sealed record TokenRecord(string Sha256, string Subject, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>The highest role that it gives, whatever its subject has; <see langword="null"/>: all of the subject's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }

    /// <summary>Names and prefixes that it opens, as in roles; <see langword="null"/>: all that the subject may.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Namespaces { get; init; }

    /// <summary>Networks from which it is taken, such as <c>10.0.0.0/8</c>; <see langword="null"/>: from anywhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Networks { get; init; }

    /// <summary>Whether it gives less than its subject has. Such a token is for the REST API alone: the sync protocol knows subjects, not tokens.</summary>
    [JsonIgnore]
    public bool IsBound => Role is not null || Namespaces is not null || Networks is not null;

    /// <summary>What the keys of tokens begin with.</summary>
    public const string KeyPrefix = "tokens/";

    /// <summary>The setting that keeps a token.</summary>
    public Setting ToSetting(string id) => Setting.Of(KeyPrefix + id, JsonSerializer.Serialize(this, TokenJson.Default.TokenRecord), contentType: "application/json");

    /// <summary>Reads a record; what does not parse proves nobody.</summary>
    public static bool TryParse(string json, [NotNullWhen(true)] out TokenRecord? record, out Hash256 secretHash)
    {
        secretHash = default;
        try { record = JsonSerializer.Deserialize(json, TokenJson.Default.TokenRecord); }
        catch (JsonException) { record = null; }
        return record is not null && TokenScope.IsSound(record) && Hash256.TryParse(record.Sha256, out secretHash);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(TokenRecord))]
internal sealed partial class TokenJson : JsonSerializerContext;
