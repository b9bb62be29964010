// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Heliograph.AppConfiguration.Filters;
using Heliograph.AppConfiguration.Http;
using Heliograph.AppConfiguration.Stores;

namespace Heliograph.AppConfiguration.KeyValues;

/// <summary>What a list of key-values asks for.</summary>
internal sealed record KeyValueQuery(TextFilter Key, TextFilter Label, TagFilter Tags)
{
    /// <summary>Reads <c>key</c>, <c>label</c> and <c>tags</c>.</summary>
    public static KeyValueQuery Of(QueryParameters query, ApiVersion version) => new(
        TextFilter.Parse("key", query.Single("key"), mayBeAbsent: false),
        TextFilter.Parse("label", query.Single("label"), mayBeAbsent: true),
        version >= ApiVersion.V2023_11_01 ? TagFilter.Parse(query.All("tags")) : TagFilter.Any);

    /// <summary>Whether a key-value passes.</summary>
    public bool Matches(KeyValue item) => Key.Matches(item.Key.Key) && Label.Matches(item.Key.Label) && (Tags.IsAny || Tags.Matches(item.Setting));
}

/// <summary>Pages of key-values: at most 100 at once, an entity tag over each, and the way to the next.</summary>
internal static class KeyValuePages
{
    /// <summary>Items of a page.</summary>
    public const int PageSize = 100;

    /// <summary>A page of a set.</summary>
    /// <param name="set">All there is.</param>
    /// <param name="query">What of it is asked for.</param>
    /// <param name="request">The request.</param>
    /// <param name="revision">Of what it tells.</param>
    /// <param name="isPinned">Whether the next page is to be of the same revision.</param>
    public static Answer Page(KeyValueSet set, KeyValueQuery query, FaceRequest request, Revision revision, bool isPinned = false)
    {
        var after = Position.Key(request.Query.Single("after"));
        var start = set.IndexOfPrefix(query.Key.CommonPrefix);
        if (after is { } behind) start = Math.Max(start, set.IndexAfter(behind));
        var items = new List<KeyValue>();
        var hasMore = false;
        for (var i = start; i < set.Count; i++)
        {
            var item = set[i];
            if (IsBeyond(item.Key.Key, query.Key.CommonPrefix)) break;
            if (!query.Matches(item)) continue;
            if (hasMore = items.Count == PageSize) break;
            items.Add(item);
        }
        // The entity tag is over the position alone: a page that is the same has the same tag at every revision.
        return Of(items, ETagOf(items, hasMore ? Position.Of(items[^1].Key, null) : null, request), hasMore ? Position.Of(items[^1].Key, isPinned ? revision : null) : null, request, revision);
    }

    /// <summary>The answer that holds a page.</summary>
    /// <param name="items">The page.</param>
    /// <param name="next">Where the next begins; <see langword="null"/> if this is the last.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="revision">Of what it tells.</param>
    public static Answer Of(IReadOnlyList<KeyValue> items, string? next, FaceRequest request, Revision revision) => Of(items, ETagOf(items, next, request), next, request, revision);

    private static Answer Of(IReadOnlyList<KeyValue> items, string? etag, string? next, FaceRequest request, Revision revision)
    {
        var link = next is null ? null : request.Query.Continued(request.Target.Route, next);
        var (fields, version) = (request.Fields, request.Version);
        var original = request.Instant is null ? null : $"<{request.Query.Continued(request.Target.Route, request.Query.Single("after"))}>; rel=\"original\"";
        return new(200, 200 + items.Sum(item => 300 + item.RecordValue.Length), () => Render(items, etag, link, fields, version))
        {
            ContentType = KeyValueJson.SetMediaType,
            ETag = etag is null ? null : $"\"{etag}\"",
            Link = Links(link is null ? null : $"<{link}>; rel=\"next\"", original),
            Revision = revision,
            Headers = Memento(request),
        };
    }

    /// <summary>Headers of an answer about the past.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Memento(FaceRequest request) =>
        request.Instant is { } instant ? [new("Memento-Datetime", instant.ToString("r", System.Globalization.CultureInfo.InvariantCulture))] : [];

    /// <summary>Joins links; the next page's comes first, for clients that read no further.</summary>
    public static string? Links(string? first, string? second) => first is null ? second : second is null ? first : $"{first}, {second}";

    private static bool IsBeyond(string key, string prefix) => prefix.Length > 0 && string.CompareOrdinal(key, prefix) > 0 && !key.StartsWith(prefix, StringComparison.Ordinal);

    private static string? ETagOf(IReadOnlyList<KeyValue> items, string? next, FaceRequest request)
    {
        if (request.Version < ApiVersion.V2023_10_01) return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var item in items) hash.AppendData(Encoding.ASCII.GetBytes(item.ETag));
        hash.AppendData(Encoding.ASCII.GetBytes("|" + next));
        return Base64Url.EncodeToString(hash.GetHashAndReset());
    }

    private static ReadOnlyMemory<byte> Render(IReadOnlyList<KeyValue> items, string? etag, string? link, Fields fields, ApiVersion version)
    {
        var body = new ArrayBufferWriter<byte>(4_096);
        using (var json = new Utf8JsonWriter(body, KeyValueJson.Options))
        {
            json.WriteStartObject();
            json.WriteStartArray("items"u8);
            foreach (var item in items) KeyValueJson.Write(json, item, fields, version);
            json.WriteEndArray();
            if (link is not null) json.WriteString("@nextLink"u8, link);
            if (etag is not null) json.WriteString("etag"u8, etag);
            json.WriteEndObject();
        }
        return body.WrittenMemory;
    }
}
