// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text.Json;
using Heliograph.AppConfiguration.Filters;
using Heliograph.AppConfiguration.Http;
using Heliograph.AppConfiguration.Stores;

namespace Heliograph.AppConfiguration.KeyValues;

/// <summary>Distinct keys, and distinct labels: pages of names, ordinally; "no label" comes first and is null.</summary>
internal static class NamePages
{
    private const string KeySetMediaType = "application/vnd.microsoft.appconfig.keyset+json; charset=utf-8";
    private const string LabelSetMediaType = "application/vnd.microsoft.appconfig.labelset+json; charset=utf-8";

    /// <summary>A page of keys.</summary>
    public static Answer Keys(KeyValueSet set, FaceRequest request, Revision revision)
    {
        var filter = TextFilter.Parse("key", request.Query.Single("name"), mayBeAbsent: false);
        var names = new List<string>();
        foreach (var item in set.All)
            if ((names.Count == 0 || names[^1] != item.Key.Key) && filter.Matches(item.Key.Key)) names.Add(item.Key.Key);
        return Page(names, KeySetMediaType, request, revision);
    }

    /// <summary>A page of labels.</summary>
    public static Answer Labels(KeyValueSet set, FaceRequest request, Revision revision)
    {
        var filter = TextFilter.Parse("label", request.Query.Single("name"), mayBeAbsent: true) /* a fault names what is filtered, as the service's does */;
        var (labels, hasNone) = (new SortedSet<string>(StringComparer.Ordinal), false);
        foreach (var item in set.All)
        {
            if (item.Key.Label is null) hasNone = true;
            else labels.Add(item.Key.Label);
        }
        IEnumerable<string?> all = hasNone ? labels.Prepend(null) : labels;
        return Page([.. all.Where(filter.Matches)], LabelSetMediaType, request, revision);
    }

    private static Answer Page(IReadOnlyList<string?> names, string mediaType, FaceRequest request, Revision revision)
    {
        var (isAfter, behind) = Position.TextAfter(request.Query.Single("after"));
        var rest = isAfter ? names.Where(name => string.CompareOrdinal(name, behind) > 0).ToList() : names;
        var page = rest.Take(KeyValuePages.PageSize).ToList();
        var link = rest.Count > page.Count ? request.Query.Continued(request.Target.Route, Position.OfText(page[^1])) : null;
        var original = request.Instant is null ? null : $"<{request.Query.Continued(request.Target.Route, request.Query.Single("after"))}>; rel=\"original\"";
        var withName = request.Fields.HasFlag(Fields.Name);
        var body = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(body, KeyValueJson.Options))
        {
            json.WriteStartObject();
            json.WriteStartArray("items"u8);
            foreach (var name in page)
            {
                json.WriteStartObject();
                if (withName) json.WriteString("name"u8, name);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (link is not null) json.WriteString("@nextLink"u8, link);
            json.WriteEndObject();
        }
        return new(200)
        {
            Body = body.WrittenMemory,
            ContentType = mediaType,
            Link = KeyValuePages.Links(link is null ? null : $"<{link}>; rel=\"next\"", original),
            Revision = revision,
            Headers = KeyValuePages.Memento(request),
        };
    }
}
