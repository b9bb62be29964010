// SPDX-License-Identifier: Apache-2.0
using Heliograph.AppConfiguration.Filters;
using Heliograph.AppConfiguration.Http;
using Heliograph.AppConfiguration.Stores;

namespace Heliograph.AppConfiguration.KeyValues;

/// <summary>One key-value, read.</summary>
internal static class KeyValueReads
{
    /// <summary>Answers a GET or HEAD from a set.</summary>
    public static Answer One(KeyValueSet set, FaceRequest request, Revision revision)
    {
        var tags = request.Version >= ApiVersion.V2024_09_01 ? TagFilter.Parse(request.Query.All("tags")) : TagFilter.Any;
        var item = set.Find(request.Key());
        if (item is null || (!tags.IsAny && !tags.Matches(item.Setting))) return Problems.NotFound;
        var conditions = request.Conditions;
        if (conditions.FailsMatch(item.ETag)) return Problems.PreconditionFailed;
        var answer = Of(item, request, revision);
        return conditions.HasAlready(item.ETag) ? answer.NotModified() : answer;
    }

    /// <summary>A key-value as an answer.</summary>
    public static Answer Of(KeyValue item, FaceRequest request, Revision revision)
    {
        var (fields, version) = (request.IsRead ? request.Fields : Fields.All, request.Version);
        return new(200, 300 + item.RecordValue.Length, () => KeyValueJson.One(item, fields, version))
        {
            ContentType = KeyValueJson.MediaType,
            ETag = $"\"{item.ETag}\"",
            LastModified = item.LastModified,
            Link = request.Instant is null ? null : $"<{request.Query.Continued($"{request.Target.Route}/{Uri.EscapeDataString(item.Key.Key)}", null)}>; rel=\"original\"",
            Revision = revision,
            Headers = KeyValuePages.Memento(request),
        };
    }
}
