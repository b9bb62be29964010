// SPDX-License-Identifier: Apache-2.0
using Heliograph.AppConfiguration.Access;
using Heliograph.AppConfiguration.Filters;
using Heliograph.AppConfiguration.History;
using Heliograph.AppConfiguration.KeyValues;
using Heliograph.AppConfiguration.NamedSnapshots;
using Heliograph.AppConfiguration.Stores;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Heliograph.AppConfiguration.Http;

/// <summary>What a tier can do beyond reading what it holds. What is <see langword="null"/> only the origin can.</summary>
internal sealed record FaceParts(StoreViews Views, SnapshotReads Snapshots, StoreHistory? History, RevisionPages? Revisions, KeyValueWrites? Writes, SnapshotWrites? SnapshotWrites, OriginHistory? Origin = null, Uri? OriginAddress = null)
{
    /// <summary>Where goes what only the origin can judge; <see langword="null"/>: it is refused here.</summary>
    public OriginHistory? Forwards { get; init; }

    /// <summary>Told of what was refused; <see langword="null"/>: nobody.</summary>
    public Action<Heliograph.Core.Audit.DeniedAttempt>? OnDenied { get; init; }
}

/// <summary>Every request of the face: proven, understood, answered. Routing is by the raw target, as keys may hold anything.</summary>
internal sealed class Face(FaceParts parts, CallerProof proof, AnswerWriter writer, ILogger logger, TimeProvider time, FaceMetrics? metrics)
{
    private const int BodyBytesMax = 128 << 10; // ten KiB of content, however it is escaped

    private static readonly TimeSpan s_notHere = TimeSpan.FromSeconds(1);

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        Answer answer;
        var began = metrics is null ? 0 : time.GetTimestamp();
        try
        {
            answer = HttpMethods.IsOptions(context.Request.Method) ? Cors.Preflight(context.Request) : await AnswerAsync(context);
        }
        catch (FilterException fault) { answer = Problems.InvalidParameter(fault.Parameter, fault.Message); }
        catch (HistoryUnavailableException) { answer = Problems.Unavailable("The history cannot be read now.", s_notHere); }
        catch (BadHttpRequestException fault) { answer = fault.StatusCode == StatusCodes.Status413PayloadTooLarge ? Problems.TooLarge("The body is too large.") : new(fault.StatusCode); }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested) { return; } // nobody waits for the answer
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            logger.RequestFailed(fault, context.Request.Method);
            answer = new(StatusCodes.Status500InternalServerError);
        }
        await writer.WriteAsync(context, answer);
        metrics?.Answered(context.Request, answer.Status, time.GetElapsedTime(began));
    }

    private async ValueTask<Answer> AnswerAsync(HttpContext context)
    {
        var raw = RequestTarget.PathAndQuery(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        var body = await ReadBodyAsync(context.Request);
        if (body is null) return Problems.TooLarge($"A body has at most {BodyBytesMax} bytes.");
        if (parts.Forwards is { } origin && RequestTarget.TryParse(raw, out var forwarded) && Routes.AreKnown(forwarded) && (IsWrite(context.Request.Method) || !proof.CanJudge(context.Request))) return await origin.AskAsync(context.Request, raw, body.Value);
        var (caller, refusal) = await proof.OfAsync(context, raw, body.Value);
        if (refusal is not null)
        {
            Denied(context, caller, RequestTarget.TryParse(raw, out var asked) && Routes.AreKnown(asked) ? asked.Route : "", refusal.Status);
            return refusal;
        }
        if (caller is null) throw new System.Diagnostics.UnreachableException("Nobody is proven, and nothing is refused.");
        if (parts.Views.Find(caller.Store) is null) await parts.Views.Replica.ReachAsync(caller.Store, Revision.None, context.RequestAborted); // a copy may be on its way
        if (parts.Views.Find(caller.Store) is not { } view) return Problems.Unavailable("The store is not here yet.", s_notHere);
        var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        if (isRead && !context.Request.Headers.ContainsKey("Accept-Datetime") && IsFreshEnough(context.Request, view) && view.Answers.Find(raw) is { } known) return Conditional(known, context.Request);
        return await AnswerAsync(context, raw, caller, view, body.Value);
    }

    private async ValueTask<Answer> AnswerAsync(HttpContext context, string raw, Caller caller, StoreView view, ReadOnlyMemory<byte> body)
    {
        if (!RequestTarget.TryParse(raw, out var target)) return Problems.InvalidParameter("path", "path: Invalid encoding");
        if (!Routes.AreKnown(target)) return Problems.NotFound;
        var query = new QueryParameters(target.RawQuery);
        if (ApiVersions.TryParse(query.All("api-version"), out var version) is { } title) return Problems.ApiVersion(title);
        if (!IsFreshEnough(context.Request, view))
        {
            if (!await parts.Views.Replica.ReachAsync(caller.Store, SyncToken.Parse(context.Request.Headers["Sync-Token"].ToString()), context.RequestAborted))
                return Problems.Unavailable("This endpoint has not seen yet what you have.", s_notHere);
            view = parts.Views.Find(caller.Store) ?? view;
        }
        var request = new FaceRequest(context, target, query, version, caller, view, body);
        return request.IsRead ? await ReadAsync(request) : await WriteAsync(request);
    }

    private async ValueTask<Answer> ReadAsync(FaceRequest request)
    {
        switch (request.Target.Route)
        {
            case "snapshots": return request.Target.Name is null ? parts.Snapshots.List(request) : parts.Snapshots.One(request);
            case "operations": return parts.Snapshots.Operation(request);
            case "locks": return Problems.MethodNotAllowed("PUT, DELETE");
            case "revisions": return parts.Revisions is null ? await FromOriginAsync(request) : await parts.Revisions.PageAsync(request);
            case "kv" when request.Target.Name is null && request.Query.Has("snapshot"): return Conditional(await parts.Snapshots.ContentAsync(request), request.Context.Request);
        }
        var view = request.View;
        if (request.Instant is { } instant)
        {
            if (parts.History is null) return await FromOriginAsync(request);
            var (past, refusal) = await parts.History.AtAsync(request.Caller.Store, instant, request.Aborted);
            if (past is null) return refusal!;
            view = past;
        }
        var revision = request.View.State.Revision;
        if (request.Target is { Route: "kv", Name: not null }) return KeyValueReads.One(view.Items, request, revision);
        if (request.Target.Route == "kv" && request.Instant is null && Position.RevisionOf(request.Query.Single("after")) is { } begunAt && parts.Views.FindAt(view, begunAt) is { } begun && IsFreshEnough(request.Context.Request, begun))
            (view, revision) = (begun, begunAt);
        var answer = request.Target.Route switch
        {
            "kv" => KeyValuePages.Page(view.Items, KeyValueQuery.Of(request.Query, request.Version), request, revision, isPinned: request.Instant is null),
            "keys" => NamePages.Keys(view.Items, request, revision),
            _ => NamePages.Labels(view.Items, request, revision),
        };
        if (request.Instant is null)
        {
            view.Answers.Add(request.Target.Raw, answer);
            if (answer.Link is not null) parts.Views.ListGoesOn(view); // its next page is to be of the same moment
        }
        return Conditional(answer, request.Context.Request);
    }

    private async ValueTask<Answer> WriteAsync(FaceRequest request)
    {
        var (route, isNamed, method) = (request.Target.Route, request.Target.Name is not null, request.Method);
        var allowed = Routes.Allowed(request.Target);
        if (!allowed.Split(", ").Contains(method)) return Problems.MethodNotAllowed(allowed);
        if (parts.Writes is not null && !request.Caller.MayWrite)
        {
            Denied(request.Context, request.Caller, route, StatusCodes.Status403Forbidden);
            return Problems.Forbidden("This access key may only read.");
        }
        if (parts.Writes is not { } writes || parts.SnapshotWrites is not { } snapshots) return Problems.Forbidden($"This endpoint holds a read-only copy. Write at the origin{(parts.OriginAddress is { } address ? $", {address}" : "")}.");
        return (route, method) switch
        {
            ("kv", "PUT") => await writes.PutAsync(request),
            ("kv", "DELETE") => await writes.DeleteAsync(request),
            ("locks", _) => await writes.LockAsync(request, isLocked: method == "PUT"),
            ("snapshots", "PUT") => await snapshots.CreateAsync(request),
            _ => await snapshots.AlterAsync(request),
        };
    }

    /// <summary>Tells whoever keeps the audit log; what the store, and not the caller's right, refuses is no attempt of theirs.</summary>
    private void Denied(HttpContext context, Caller? caller, string route, int status)
    {
        if (parts.OnDenied is not { } tell || status is not (StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden)) return;
        var colon = caller?.Actor.IndexOf(':', StringComparison.Ordinal) ?? -1;
        tell(new(caller?.Actor, colon < 0 ? "none" : caller!.Actor[..colon], colon < 0 ? null : caller!.Actor[(colon + 1)..], context.Connection.RemoteIpAddress?.ToString(),
            $"{context.Request.Method} App Configuration {route}".TrimEnd(), caller?.Store, status == StatusCodes.Status401Unauthorized ? "unauthenticated" : "not_authorized"));
    }

    private static Answer Conditional(Answer answer, HttpRequest request)
    {
        if (answer.ETag is null) return answer;
        if (request.Headers.IfNoneMatch is [var asked] && asked == answer.ETag && request.Headers.IfMatch.Count == 0) return answer.NotModified(); // what an idle client asks: nothing is taken apart
        var (conditions, etag) = (Conditions.Of(request), answer.ETag.Trim('"'));
        return conditions.AreNone ? answer : conditions.FailsPageMatch(etag) ? Problems.PreconditionFailed : conditions.HasAlready(etag) ? answer.NotModified() : answer;
    }

    private static bool IsWrite(string method) => HttpMethods.IsPut(method) || HttpMethods.IsDelete(method) || HttpMethods.IsPatch(method);

    private static bool IsFreshEnough(HttpRequest request, StoreView view)
    {
        var header = request.Headers["Sync-Token"];
        return header.Count == 0 || !SyncToken.Parse(header.ToString()).IsAfter(view.State.Revision);
    }

    private async ValueTask<Answer> FromOriginAsync(FaceRequest request) => parts.Origin is { } origin
        ? await origin.AskAsync(request.Context.Request, request.Target.Raw, default)
        : Problems.Unavailable("The history is at the origin.", TimeSpan.FromSeconds(5));

    private static async ValueTask<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpRequest request)
    {
        if (request.ContentLength is 0 || (request.ContentLength is null && !request.Headers.ContainsKey("Transfer-Encoding") && request.Protocol != "HTTP/2")) return ReadOnlyMemory<byte>.Empty;
        if (request.ContentLength > BodyBytesMax) return null;
        using var buffer = new MemoryStream();
        var chunk = new byte[16 << 10];
        while (await request.Body.ReadAsync(chunk, request.HttpContext.RequestAborted) is var read and > 0)
        {
            if (buffer.Length + read > BodyBytesMax) return null;
            buffer.Write(chunk, 0, read);
        }
        return buffer.ToArray();
    }
}
