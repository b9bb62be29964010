// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text.Json;
using Heliograph.AppConfiguration.Filters;
using Heliograph.AppConfiguration.History;
using Heliograph.AppConfiguration.Http;
using Heliograph.AppConfiguration.KeyValues;
using Heliograph.AppConfiguration.Stores;
using Heliograph.Core.State;

namespace Heliograph.AppConfiguration.NamedSnapshots;

/// <summary>Named snapshots, listed and read. Which there are is in the records that every tier has; their content is found in the history.</summary>
/// <param name="history">The log, at the origin.</param>
/// <param name="origin">Whom to ask elsewhere; <see langword="null"/>: nobody.</param>
/// <param name="time">The clock, for what has expired.</param>
internal sealed class SnapshotReads(StoreHistory? history, OriginHistory? origin, TimeProvider time)
{
    private AnswerCache _contents = new(); // of an edge: a snapshot never changes, so what the origin answered once is good as long as the snapshot is

    /// <summary>GET /snapshots.</summary>
    public Answer List(FaceRequest request)
    {
        var name = TextFilter.Parse("name", request.Query.Single("name"), mayBeAbsent: false);
        var statuses = request.Query.Single("status") is { Length: > 0 } text && text != "*" ? text.Split(',').Select(one => one.Trim().ToLowerInvariant()).ToHashSet(StringComparer.Ordinal) : null;
        var (isAfter, behind) = Position.TextAfter(request.Query.Single("after"));
        var found = All(request.View).Where(one => name.Matches(one.Name) && statuses?.Contains(one.Status) != false && (!isAfter || string.CompareOrdinal(one.Name, behind) > 0))
            .OrderBy(one => one.Name, StringComparer.Ordinal).Take(KeyValuePages.PageSize + 1).ToList();
        var page = found.Take(KeyValuePages.PageSize).ToList();
        var link = found.Count > page.Count ? request.Query.Continued(request.Target.Route, Position.OfText(page[^1].Name)) : null;
        var body = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(body, KeyValueJson.Options))
        {
            json.WriteStartObject();
            json.WriteStartArray("items"u8);
            foreach (var one in page) one.Write(json, request.Fields, request.Version);
            json.WriteEndArray();
            if (link is not null) json.WriteString("@nextLink"u8, link);
            json.WriteEndObject();
        }
        return new(200) { Body = body.WrittenMemory, ContentType = Snapshot.SetMediaType, Link = link is null ? null : $"<{link}>; rel=\"next\"", Revision = request.View.State.Revision };
    }

    /// <summary>GET /snapshots/{name}.</summary>
    public Answer One(FaceRequest request)
    {
        if (Find(request.View, request.Target.Name!) is not { } snapshot) return Problems.NotFound;
        if (request.Conditions.FailsMatch(snapshot.ETag)) return Problems.PreconditionFailed;
        var answer = Of(snapshot, request, 200, request.View.State.Revision, request.Fields);
        return request.Conditions.HasAlready(snapshot.ETag) ? answer.NotModified() : answer;
    }

    /// <summary>GET /operations?snapshot={name}: a snapshot is made in one step, so its making has always succeeded.</summary>
    public Answer Operation(FaceRequest request)
    {
        var name = request.Query.Single("snapshot");
        if (string.IsNullOrEmpty(name)) return Problems.InvalidParameter("snapshot", "snapshot: The name of a snapshot is expected");
        if (Find(request.View, name) is not { } snapshot) return Problems.NotFound;
        var body = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(body, KeyValueJson.Options))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, snapshot.ETag);
            json.WriteString("status"u8, "Succeeded"u8);
            json.WriteNull("error"u8);
            json.WriteEndObject();
        }
        return new(200) { Body = body.WrittenMemory, ContentType = "application/json; charset=utf-8", Revision = request.View.State.Revision };
    }

    /// <summary>GET /kv?snapshot={name}. An unknown one is an empty page.</summary>
    public async ValueTask<Answer> ContentAsync(FaceRequest request)
    {
        foreach (var other in (ReadOnlySpan<string>)["key", "label", "tags"])
            if (request.Query.Has(other)) return Problems.InvalidParameter(other, $"{other}: Not to be combined with snapshot");
        var everything = new KeyValueQuery(TextFilter.Any, TextFilter.Any, TagFilter.Any);
        var revision = request.View.State.Revision;
        if (Find(request.View, request.Query.Single("snapshot")!) is not { } snapshot) return KeyValuePages.Page(KeyValueSet.Empty, everything, request, revision);
        if (history is null) return await FromOriginAsync(request, snapshot);
        var created = DateTimeOffset.FromUnixTimeMilliseconds(snapshot.State.CreatedAtMs);
        var (view, refusal) = await history.AtSequenceAsync(request.Caller.Store, (long)snapshot.State.Sequence - 1, created, request.Aborted);
        if (view is null) return refusal!;
        return KeyValuePages.Page(view.SnapshotItems(snapshot), everything, request, revision);
    }

    private async ValueTask<Answer> FromOriginAsync(FaceRequest request, Snapshot snapshot)
    {
        if (origin is null) return Problems.Unavailable("The content of snapshots is at the origin.", TimeSpan.FromSeconds(5));
        var place = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{request.Caller.Store}|{snapshot.State.Sequence}|{request.Target.Raw}");
        if (_contents.Find(place) is { } known) return known;
        var answer = await origin.AskAsync(request.Context.Request, request.Target.Raw, default);
        if (answer.Status != 200 || !Microsoft.AspNetCore.Http.HttpMethods.IsGet(request.Method)) return answer;
        if (_contents.IsFull) _contents = new(); // snapshots come and go: begin anew rather than keep the oldest for ever
        _contents.Add(place, answer);
        return answer;
    }

    /// <summary>The snapshot of that name, or <see langword="null"/>.</summary>
    public Snapshot? Find(StoreView view, string name) => NamedSnapshotRecord.Find(view.State.Records, name) is { } state ? Snapshot.Of(name, state, time.GetUtcNow().ToUnixTimeMilliseconds()) : null;

    /// <summary>A snapshot as an answer.</summary>
    public static Answer Of(Snapshot snapshot, FaceRequest request, int status, Revision revision, Fields fields) => new(status)
    {
        Body = snapshot.ToBytes(fields, request.Version),
        ContentType = Snapshot.MediaType,
        ETag = $"\"{snapshot.ETag}\"",
        LastModified = DateTimeOffset.FromUnixTimeMilliseconds(snapshot.State.CreatedAtMs),
        Link = $"</kv?snapshot={Uri.EscapeDataString(snapshot.Name)}&api-version={request.Query.Single("api-version")}>; rel=\"items\"",
        Revision = revision,
    };

    private IEnumerable<Snapshot> All(StoreView view)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var (key, value) in view.State.Records)
            if (NamedSnapshotRecord.TryParseKey(key.Span, out var name) && NamedSnapshotRecord.TryParse(value.Span, out var state) && Snapshot.Of(name, state, now) is { } snapshot)
                yield return snapshot;
    }
}
