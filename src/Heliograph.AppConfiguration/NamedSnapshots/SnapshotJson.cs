// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Heliograph.AppConfiguration.Filters;
using Heliograph.AppConfiguration.Http;
using Heliograph.AppConfiguration.KeyValues;
using Heliograph.Core.State;
using Heliograph.Core.Wire;

namespace Heliograph.AppConfiguration.NamedSnapshots;

/// <summary>A named snapshot as it is shown.</summary>
internal sealed record Snapshot(string Name, NamedSnapshotState State, SnapshotDefinition Definition)
{
    /// <summary>Media type of one.</summary>
    public const string MediaType = "application/vnd.microsoft.appconfig.snapshot+json; charset=utf-8";

    /// <summary>Media type of a page.</summary>
    public const string SetMediaType = "application/vnd.microsoft.appconfig.snapshotset+json; charset=utf-8";

    /// <summary>Whether it is archived.</summary>
    public bool IsArchived => State.ArchivedAtMs != 0;

    /// <summary><c>ready</c> or <c>archived</c>: it is made in one step, so it is never seen half made.</summary>
    public string Status => IsArchived ? "archived" : "ready";

    /// <summary>New at every change of the snapshot.</summary>
    public string ETag { get; } = ETagOf(Name, State.Epoch, State.ChangedAtSequence);

    /// <summary>The tag of a snapshot that an entry made or changed.</summary>
    public static string ETagOf(string name, uint epoch, ulong sequence) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"{name}\0{epoch}.{sequence}")).AsSpan(0, 18));

    /// <summary>Reads a record; <see langword="null"/> if it has expired, or is of another face.</summary>
    public static Snapshot? Of(string name, NamedSnapshotState state, long nowMs)
    {
        if (NamedSnapshotRecord.IsExpired(state, nowMs)) return null;
        try
        {
            return JsonSerializer.Deserialize(state.Definition.Span, SnapshotDefinitionJson.Default.SnapshotDefinition) is { } definition ? new(name, state, definition) : null;
        }
        catch (JsonException) { return null; } // made by a face with other words: it is not this contract's
    }

    /// <summary>As bytes.</summary>
    public ReadOnlyMemory<byte> ToBytes(Fields fields, ApiVersion version)
    {
        var body = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(body, KeyValueJson.Options)) Write(json, fields, version);
        return body.WrittenMemory;
    }

    /// <summary>Writes it.</summary>
    public void Write(Utf8JsonWriter json, Fields fields, ApiVersion version)
    {
        json.WriteStartObject();
        if (fields.HasFlag(Fields.ETag)) json.WriteString("etag"u8, ETag);
        if (fields.HasFlag(Fields.Name)) json.WriteString("name"u8, Name);
        if (fields.HasFlag(Fields.Status)) json.WriteString("status"u8, Status);
        if (fields.HasFlag(Fields.Filters)) WriteFilters(json);
        if (fields.HasFlag(Fields.CompositionType)) json.WriteString("composition_type"u8, Definition.CompositionType);
        if (fields.HasFlag(Fields.Created)) json.WriteString("created"u8, Time(State.CreatedAtMs));
        if (fields.HasFlag(Fields.Expires)) json.WriteString("expires"u8, NamedSnapshotRecord.ExpiresAtMs(State) is { } end ? Time(end) : null);
        if (fields.HasFlag(Fields.Size)) json.WriteNumber("size"u8, State.Bytes);
        if (fields.HasFlag(Fields.ItemsCount)) json.WriteNumber("items_count"u8, State.Settings);
        if (fields.HasFlag(Fields.Tags)) KeyValueJson.WriteTags(json, Definition.Tags);
        if (fields.HasFlag(Fields.RetentionPeriod)) json.WriteNumber("retention_period"u8, State.RetentionSeconds);
        if (fields.HasFlag(Fields.Description) && version >= ApiVersion.V2026_04_01) json.WriteString("description"u8, Definition.Description);
        json.WriteEndObject();
    }

    private void WriteFilters(Utf8JsonWriter json)
    {
        json.WriteStartArray("filters"u8);
        foreach (var filter in Definition.Filters)
        {
            json.WriteStartObject();
            json.WriteString("key"u8, filter.Key);
            json.WriteString("label"u8, filter.Label);
            if (filter.Tags is { } tags)
            {
                json.WriteStartArray("tags"u8);
                foreach (var tag in tags) json.WriteStringValue(tag);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static string Time(long unixMs) => KeyValueJson.Time(DateTimeOffset.FromUnixTimeMilliseconds(unixMs));
}
