// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.AppConfiguration.Http;
using Heliograph.AppConfiguration.KeyValues;
using Heliograph.AppConfiguration.Stores;

namespace Heliograph.AppConfiguration.History;

/// <summary>What was ever written, newest first: pages, or with <c>Range: items=a-b</c> a stretch of it.</summary>
internal sealed class RevisionPages(StoreHistory history)
{
    private const int ScannedMax = 20_000; // a page of a filter that hardly anything passes may be empty and still have a next one
    private const int RangeMax = 1_000;

    /// <summary>GET /revisions.</summary>
    public async Task<Answer> PageAsync(FaceRequest request)
    {
        var query = KeyValueQuery.Of(request.Query, request.Version);
        var from = Position.Entry(request.Query.Single("after")) ?? (request.Instant is { } instant ? (history.SequenceAt(request.Caller.Store, instant), -1) : (long.MaxValue, -1));
        if (from.Sequence == 0) return Answered([], null, request);
        if (ReadRange(request) is { } range) return await RangeAsync(request, query, from, range);
        var (items, scanned, last) = (new List<KeyValue>(), 0, ((long, int)?)null);
        await foreach (var (item, sequence, index) in history.RevisionsAsync(request.Caller.Store, from, request.Aborted))
        {
            var passes = query.Matches(item);
            if ((passes && items.Count == KeyValuePages.PageSize) || scanned == ScannedMax) return Answered(items, Position.Of(last!.Value.Item1, last.Value.Item2), request);
            if (passes) items.Add(item);
            scanned++;
            last = (sequence, index);
        }
        return Answered(items, null, request);
    }

    private async Task<Answer> RangeAsync(FaceRequest request, KeyValueQuery query, (long, int) from, (int First, int Last) range)
    {
        var (items, total) = (new List<KeyValue>(), 0);
        await foreach (var (item, _, _) in history.RevisionsAsync(request.Caller.Store, from, request.Aborted))
        {
            if (!query.Matches(item)) continue;
            if (total >= range.First && total <= range.Last && items.Count < RangeMax) items.Add(item);
            total++;
        }
        if (items.Count == 0) return Problems.RangeNotSatisfiable(total);
        var page = KeyValuePages.Of(items, null, request, request.View.State.Revision);
        var stretch = string.Create(CultureInfo.InvariantCulture, $"items {range.First}-{range.First + items.Count - 1}/{total}");
        return new(206) { Body = page.Body, ContentType = page.ContentType, Link = page.Link, Revision = page.Revision, Headers = [.. page.Headers, new("Accept-Ranges", "items"), new("Content-Range", stretch)] };
    }

    private static Answer Answered(IReadOnlyList<KeyValue> items, string? next, FaceRequest request)
    {
        var page = KeyValuePages.Of(items, next, request, request.View.State.Revision);
        return new(200) { Body = page.Body, ContentType = page.ContentType, ETag = page.ETag, Link = page.Link, Revision = page.Revision, Headers = [.. page.Headers, new("Accept-Ranges", "items")] };
    }

    private static (int First, int Last)? ReadRange(FaceRequest request)
    {
        var header = request.Context.Request.Headers.Range.ToString();
        if (!header.StartsWith("items=", StringComparison.OrdinalIgnoreCase)) return null;
        var parts = header[6..].Split('-');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            ? parts[1].Length == 0 ? (first, int.MaxValue) : int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last) && last >= first ? (first, last) : null
            : null; // a range that is none is ignored (RFC 9110)
    }
}
