// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Heliograph.Origin.Enrolment;

/// <summary>What the origin keeps of an enrolment token until it is used or has expired: setting <c>enrolments/&lt;id&gt;</c> of <c>heliograph.credentials</c>.</summary>
/// <param name="Sha256">SHA-256 of the secret, in hexadecimal.</param>
/// <param name="Identity">Whom it enrols.</param>
/// <param name="Dns">Host names that the certificate will hold.</param>
/// <param name="Addresses">IP addresses that it will hold.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends by itself.</param>
internal sealed record EnrolmentRecord(string Sha256, string Identity, IReadOnlyList<string> Dns, IReadOnlyList<string> Addresses, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>What the keys of these settings begin with.</summary>
    public const string KeyPrefix = "enrolments/";

    /// <summary>The setting that keeps it.</summary>
    public Setting ToSetting(string id) => Setting.Of(KeyPrefix + id, JsonSerializer.Serialize(this, EnrolmentRecordJson.Default.EnrolmentRecord), contentType: "application/json");

    /// <summary>Reads a record; what does not parse enrols nobody.</summary>
    public static bool TryParse(string json, [NotNullWhen(true)] out EnrolmentRecord? record, out Hash256 secretHash)
    {
        secretHash = default;
        try { record = JsonSerializer.Deserialize(json, EnrolmentRecordJson.Default.EnrolmentRecord); }
        catch (JsonException) { record = null; }
        return record is { Dns: not null, Addresses: not null } && Hash256.TryParse(record.Sha256, out secretHash);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(EnrolmentRecord))]
internal sealed partial class EnrolmentRecordJson : JsonSerializerContext;
