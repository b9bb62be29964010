// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.AppConfiguration.Filters;
using Heliograph.AppConfiguration.Http;
using Heliograph.AppConfiguration.KeyValues;
using Heliograph.AppConfiguration.Stores;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Platform;

namespace Heliograph.AppConfiguration.NamedSnapshots;

/// <summary>Named snapshots made, archived, recovered: each an entry of the log.</summary>
internal sealed class SnapshotWrites(Sequencer sequencer, SnapshotReads reads, SystemIds ids, TimeProvider time)
{
    private const string OwnMediaType = "application/vnd.microsoft.appconfig.snapshot+json", MergePatch = "application/merge-patch+json";
    private const long SizeBytesMax = 1 << 20;
    private const int RoundsMax = 16; // of a selection that changes overtake

    /// <summary>PUT /snapshots/{name}.</summary>
    public async Task<Answer> CreateAsync(FaceRequest request)
    {
        var name = request.Target.Name!;
        if (name.Length == 0 || TextRules.Fault("name", name, Limits.SnapshotNameCharsMax) is not null) return Problems.InvalidParameter("name", $"name: 1 to {Limits.SnapshotNameCharsMax} characters, no control characters");
        if (!KeyValueBody.IsReadable(request.Context.Request.ContentType, OwnMediaType)) return Problems.UnsupportedMediaType;
        using var body = KeyValueBody.Parse(request.Body);
        var (definition, retention) = SnapshotDefinition.Read(body.RootElement, request.Version >= ApiVersion.V2026_04_01);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(definition, SnapshotDefinitionJson.Default.SnapshotDefinition);
        for (var round = 0; round < RoundsMax; round++)
        {
            if (View(request) is not { } view) return Problems.NotFound;
            if (reads.Find(view, name) is { } there) return request.Conditions.AllowChange(there.ETag) ? Problems.AlreadyExists : Problems.PreconditionFailed;
            if (!request.Conditions.AllowChange(null)) return Problems.PreconditionFailed;
            var content = SnapshotContent.Select(view.Items, definition);
            if (content.SizeBytes > SizeBytesMax) return Problems.TooLarge($"A snapshot has at most {SizeBytesMax} bytes; this one would have {content.SizeBytes}.");
            var submission = new Submission.CreateSnapshot(request.Caller.Store, name, view.State.Revision, request.Caller.Actor, ids.NewRequestId())
            {
                Definition = bytes, Settings = content.Items.Count, Bytes = content.SizeBytes, ContentHash = content.Hash(), RetentionSeconds = retention, AskedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
            };
            switch (await sequencer.SubmitAsync(submission, request.Aborted))
            {
                case SubmitResult.Committed done: return Created(request, done, name);
                case SubmitResult.Conflict: continue; // the store moved on between the selection and the entry: select again
                case var refused: return Refusals.Of(refused, name);
            }
        }
        return Problems.TooManyRequests(TimeSpan.FromSeconds(1));
    }

    /// <summary>PATCH /snapshots/{name}: archive or recover.</summary>
    public async Task<Answer> AlterAsync(FaceRequest request)
    {
        if (!KeyValueBody.IsReadable(request.Context.Request.ContentType, MergePatch)) return Problems.UnsupportedMediaType;
        using var body = KeyValueBody.Parse(request.Body);
        var archived = KeyValueBody.Text(body.RootElement, "status") switch
        {
            "archived" => true,
            "ready" => false,
            _ => throw new FilterException("status", "status: ready or archived is expected"),
        };
        var name = request.Target.Name!;
        for (var round = 0; round < RoundsMax; round++)
        {
            if (View(request) is not { } view || reads.Find(view, name) is not { } snapshot) return Problems.NotFound;
            if (!request.Conditions.AllowChange(snapshot.ETag)) return Problems.PreconditionFailed;
            var expected = request.Conditions.AreNone ? (long?)null : (long)snapshot.State.ChangedAtSequence;
            var submission = new Submission.AlterSnapshot(request.Caller.Store, name, archived, expected, time.GetUtcNow().ToUnixTimeMilliseconds(), request.Caller.Actor, ids.NewRequestId());
            var result = await sequencer.SubmitAsync(submission, request.Aborted);
            if (result is SubmitResult.Conflict) continue;
            var (records, revision) = result switch
            {
                SubmitResult.Committed done => (done.After, done.Entry.Revision),
                SubmitResult.Unchanged same => (same.Records, same.Revision),
                _ => (null, default),
            };
            if (records is null) return Refusals.Of(result, name);
            return Snapshot.Of(name, NamedSnapshotRecord.Find(records, name)!, 0) is { } altered ? SnapshotReads.Of(altered, request, 200, revision, Fields.All) : Problems.NotFound;
        }
        return Problems.TooManyRequests(TimeSpan.FromSeconds(1));
    }

    private StoreView? View(FaceRequest request)
    {
        if (sequencer.Current.State.Find(request.Caller.Store) is not { } found) return null;
        return ReferenceEquals(found.Records, request.View.State.Records) && found.Revision == request.View.State.Revision
            ? request.View
            : StoreView.Of(request.Caller.Store, new(found.Revision, found.Records, found.ChangedAt), request.View);
    }

    private static Answer Created(FaceRequest request, SubmitResult.Committed done, string name)
    {
        var snapshot = Snapshot.Of(name, NamedSnapshotRecord.Find(done.After, name)!, 0) ?? throw new System.Diagnostics.UnreachableException("What was just written is not there.");
        var answer = SnapshotReads.Of(snapshot, request, 201, done.Entry.Revision, Fields.All);
        var http = request.Context.Request;
        var operation = $"{http.Scheme}://{http.Host}/operations?snapshot={Uri.EscapeDataString(name)}&api-version={request.Query.Single("api-version")}";
        return new(201)
        {
            Body = answer.Body, ContentType = answer.ContentType, ETag = answer.ETag, LastModified = answer.LastModified, Link = answer.Link, Revision = answer.Revision,
            Headers = [new("Operation-Location", operation)],
        };
    }
}
