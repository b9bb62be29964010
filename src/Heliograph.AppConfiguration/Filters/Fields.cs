// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.AppConfiguration.Filters;

/// <summary>Members of an answer that <c>$select</c> can name.</summary>
[Flags]
internal enum Fields
{
    None = 0,
    ETag = 1 << 0,
    Key = 1 << 1,
    Label = 1 << 2,
    ContentType = 1 << 3,
    Value = 1 << 4,
    Tags = 1 << 5,
    Locked = 1 << 6,
    LastModified = 1 << 7,
    Description = 1 << 8,
    Name = 1 << 9,
    Status = 1 << 10,
    Filters = 1 << 11,
    CompositionType = 1 << 12,
    Created = 1 << 13,
    Expires = 1 << 14,
    Size = 1 << 15,
    ItemsCount = 1 << 16,
    RetentionPeriod = 1 << 17,
    All = (1 << 18) - 1,
}

/// <summary>Reads <c>$select</c>.</summary>
internal static class FieldList
{
    /// <summary>The members that are named; all if nothing is said. Unknown names are ignored.</summary>
    public static Fields Parse(string? select)
    {
        if (string.IsNullOrWhiteSpace(select)) return Fields.All;
        var fields = Fields.None;
        foreach (var name in select.Split(','))
            fields |= name.Trim().ToLowerInvariant() switch
            {
                "etag" => Fields.ETag,
                "key" => Fields.Key,
                "label" => Fields.Label,
                "content_type" => Fields.ContentType,
                "value" => Fields.Value,
                "tags" => Fields.Tags,
                "locked" => Fields.Locked,
                "last_modified" => Fields.LastModified,
                "description" => Fields.Description,
                "name" => Fields.Name,
                "status" => Fields.Status,
                "filters" => Fields.Filters,
                "composition_type" => Fields.CompositionType,
                "created" => Fields.Created,
                "expires" => Fields.Expires,
                "size" => Fields.Size,
                "items_count" => Fields.ItemsCount,
                "retention_period" => Fields.RetentionPeriod,
                "*" => Fields.All,
                _ => Fields.None,
            };
        return fields;
    }
}
