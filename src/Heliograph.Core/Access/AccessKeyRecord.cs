// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;

namespace Heliograph.Core.Access;

/// <summary>What the log says of an access key: setting <c>access-keys/&lt;id&gt;</c>. It holds no secret: secrets are derived from a key that is in no log.</summary>
/// <remarks>
/// Keys that may write are settings of <c>heliograph.credentials</c>, which no subscriber gets. Keys that may only read are settings of
/// <c>heliograph.realm</c>, which every replica has, verified: so a replica knows which keys there are, and that one was revoked.
/// </remarks>
/// <param name="Namespace">The namespace that it opens.</param>
/// <param name="Access"><c>read</c> or <c>write</c>.</param>
/// <param name="Primary">Number of its first secret; grows when the secret is replaced.</param>
/// <param name="Secondary">Number of its second secret.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record AccessKeyRecord(string Namespace, string Access, int Primary, int Secondary, DateTimeOffset CreatedAt)
{
    /// <summary>Of a key that may only read: hash of the reader key that its secrets come from (<see cref="AccessKeyDerivation.Commitment"/>), 64 hexadecimal digits. Relays and agents use no other. <see langword="null"/>: none is named.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ReaderKeyHash { get; init; }

    /// <summary>What the keys of these settings begin with.</summary>
    public const string KeyPrefix = "access-keys/";

    /// <summary>Whether it may change settings.</summary>
    [JsonIgnore]
    public bool MayWrite => Access == "write";

    /// <summary>The namespace that keeps records like this.</summary>
    [JsonIgnore]
    public NamespaceName KeptIn => MayWrite ? NamespaceName.Credentials : NamespaceName.Realm;

    /// <summary>The setting that keeps it.</summary>
    public Setting ToSetting(string id) => Setting.Of(KeyPrefix + id, JsonSerializer.Serialize(this, AccessKeyJson.Default.AccessKeyRecord), contentType: "application/json");

    /// <summary>Reads a record; what does not parse, or is not in the namespace that keeps its kind, opens nothing.</summary>
    public static bool TryParse(string json, NamespaceName keptIn, [NotNullWhen(true)] out AccessKeyRecord? record, out NamespaceName opens)
    {
        opens = default;
        try { record = JsonSerializer.Deserialize(json, AccessKeyJson.Default.AccessKeyRecord); }
        catch (JsonException) { record = null; }
        if (record is { Access: "read" or "write", Primary: > 0, Secondary: > 0 } && (record.ReaderKeyHash is null || Hash256.TryParse(record.ReaderKeyHash, out _)) && record.KeptIn == keptIn && NamespaceName.TryParse(record.Namespace, out opens, out _) && !opens.IsReserved) return true;
        record = null;
        return false;
    }

    /// <summary>All records that a namespace keeps, by id.</summary>
    public static IEnumerable<(string Id, AccessKeyRecord Record, NamespaceName Opens)> ReadAll(NamespaceName keptIn, MerkleMap records)
    {
        foreach (var (key, value) in records)
            if (SettingRecord.TryParse(key.Span, value.Span, out var setting) && setting.Key is { Label: null, Key: var name }
                && name.StartsWith(KeyPrefix, StringComparison.Ordinal) && TryParse(setting.Value, keptIn, out var record, out var opens))
                yield return (name[KeyPrefix.Length..], record, opens);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(AccessKeyRecord))]
internal sealed partial class AccessKeyJson : JsonSerializerContext;
