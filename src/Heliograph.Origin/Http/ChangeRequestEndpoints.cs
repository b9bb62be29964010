// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using Heliograph.Core.Access;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Access;
using Heliograph.Origin.Approvals;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Origin.Http;

/// <summary>Change requests: asked for by an author, approved or rejected by others, committed when enough have approved.</summary>
internal static class ChangeRequestEndpoints
{
    private const long BodyBytesMax = 8L << 20, SmallBodyBytesMax = 64 << 10;
    private const int ReasonCharsMax = 200, RoundsMax = 16; // each lost round is another's consent, or its end: of those there are few

    public static void Map(IEndpointRouteBuilder routes, OriginApi api, ChangeRequests requests)
    {
        routes.Post("/namespaces/{ns}/change-requests", api, (_, context) => OpenAsync(api, requests, context)).WithBody<ChangeRequestBody>(BodyBytesMax).Describe<ChangeRequestView>("requestChange", "Asks others to approve a change or a rollback.", status: StatusCodes.Status201Created);
        routes.Get("/change-requests", api, (_, context) => ListAsync(api, requests, context)).Describe<Page<ChangeRequestView>>("listChangeRequests", "Change requests, the newest first.", "namespace status");
        routes.Get("/change-requests/{id}", api, (_, context) => ShowAsync(api, requests, context)).Describe<ChangeRequestView>("getChangeRequest", "A change request, and what it would do now.");
        routes.Post("/change-requests/{id}/approve", api, (_, context) => ApproveAsync(api, requests, context)).Describe<ChangeRequestView>("approveChangeRequest", "Consents to a change that somebody else asked for; commits it if that is enough.");
        routes.Post("/change-requests/{id}/reject", api, (_, context) => RejectAsync(api, requests, context)).WithBody<RejectionBody>(SmallBodyBytesMax).Describe<ChangeRequestView>("rejectChangeRequest", "Closes a change request without a change; also its author's way to take it back.");
    }

    private static async Task<IResult> OpenAsync(OriginApi api, ChangeRequests requests, HttpContext context)
    {
        using var call = await Call.ReadAsync(api, context);
        var name = OriginApi.Namespace(context, call.Faults);
        if (call.Body is not { } body) return call.Faults.ToProblem();
        var (message, expected, to) = (body.Text("message") ?? "", body.Revision("expectedRevision"), body.Revision("to"));
        IReadOnlyList<SettingOperation> operations = body.Has("to") ? [] : ChangeEndpoints.Operations(body.Objects("operations"), call.Faults);
        if (body.Has("to") && body.Has("operations")) call.Faults.Add("to", "A request is a change (operations) or a rollback (to), not both.");
        body.End();
        if (message.Length > ChangeRequest.MessageCharsMax) call.Faults.Add("message", $"The message of a request has at most {ChangeRequest.MessageCharsMax} characters: who approves is added to it.");
        if (call.Faults.Any) return call.Faults.ToProblem();
        var caller = context.GetCaller();
        if (name.IsReserved) return Faults.Of([new("namespace", "Names beginning 'heliograph.' belong to the realm itself: they are not protected.")]);
        if (caller.Refusal(name, Role.Author) is { } refusal) return refusal;

        Submission asked = to is { } past ? new Submission.Rollback(name, past, expected, caller.Subject, call.Id, message) : new Submission.Change(new Changeset(name, operations, message, expected), caller.Subject, call.Id);
        if (asked is Submission.Change && SizeOf(operations) is var size && size > ChangeRequest.ContentBytesMax) return new SubmitResult.OverLimit("bytes in a change request", ChangeRequest.ContentBytesMax, size).ToProblem();
        if (api.Sequencer.Current.State.Find(name) is not { } standing) return OriginApi.NotFound();
        var preview = await api.SubmitAsync(context, asked, isDryRun: true);
        if (preview is SubmitResult.Unchanged) return Faults.Of([new("operations", "It would change nothing.")]);
        if (preview is not SubmitResult.WouldCommit would) return preview.ToProblem();
        var request = New(api, caller, name, message, call.Id) with
        {
            To = to?.ToString(),
            ExpectedRevision = to is null ? expected?.ToString() : (expected ?? standing.Revision).ToString(), // a rollback's effect depends on all that stands
            Settings = to is null ? [.. operations.Select(operation => Requested(operation, would.Before))] : null,
        };
        if (requests.Find(request.Id) is { } there) return Same(there.Request, request) ? await AnswerAsync(api, there.Request, StatusCodes.Status201Created, context) : new SubmitResult.RequestIdReused(api.Sequencer.Current.State.Revision).ToProblem();
        var result = await requests.OpenAsync(request, call.Id, context.RequestAborted);
        return result is SubmitResult.Committed or SubmitResult.Duplicate ? await AnswerAsync(api, request, StatusCodes.Status201Created, context) : result.ToProblem();
    }

    private static async Task<IResult> ListAsync(OriginApi api, ChangeRequests requests, HttpContext context)
    {
        var call = Call.Of(api, context, "namespace", "status");
        var (name, status) = (call.Query.Namespace("namespace"), call.Query.Text("status"));
        if (status is not (null or "open" or "approved" or "committed" or "rejected" or "failed" or "expired")) call.Faults.Add("status", "A status is open, approved, committed, rejected, failed or expired.");
        if (call.Faults.Any) return call.Faults.ToProblem();
        var (_, problem) = await api.StateForAsync(context);
        if (problem is not null) return problem;
        var caller = context.GetCaller();
        var views = requests.All().Where(one => NamespaceName.TryParse(one.Namespace, out var where, out _) && caller.MayRead(where) && (name is null || where == name)).Select(one => View(api, one, null, null));
        return TypedResults.Json(new Page<ChangeRequestView>([.. views.Where(view => status is null || view.Status == status)], null), ApiJson.Default.ChangeRequestPage);
    }

    private static async Task<IResult> ShowAsync(OriginApi api, ChangeRequests requests, HttpContext context)
    {
        var call = Call.Of(api, context);
        if (call.Faults.Any) return call.Faults.ToProblem();
        var (_, problem) = await api.StateForAsync(context);
        if (problem is not null) return problem;
        return Found(requests, context) is { } request ? await AnswerAsync(api, request, StatusCodes.Status200OK, context) : Missing();
    }

    private static async Task<IResult> ApproveAsync(OriginApi api, ChangeRequests requests, HttpContext context)
    {
        var call = Call.Of(api, context);
        if (call.Faults.Any) return call.Faults.ToProblem();
        var caller = context.GetCaller();
        for (var round = 1; ; round++)
        {
            if (Found(requests, context) is not { } request) return Missing();
            var name = NamespaceName.Parse(request.Namespace);
            if (caller.ApprovalRefusal(name) is { } refusal) return refusal;
            var hasConsented = request.Approvals.Any(consent => consent.By == caller.Subject);
            if (!hasConsented || request.Status == ChangeRequestStatus.Open)
            {
                if (Consent(api, request, caller, hasConsented) is { } problem) return problem;
                var next = hasConsented ? request : WithConsent(api, request, caller, name);
                if (next.Status == ChangeRequestStatus.Approved && await StandsInTheWayAsync(api, context, next) is { } standing) return standing;
                if (!hasConsented)
                {
                    var (result, _) = await requests.ChangeAsync(request.Id, one => one == request || SameState(one, request) ? next : null, $"Approve change request {request.Id} for {name}.", caller.Subject, $"{call.Id}{(round == 1 ? "" : $":{round}")}", context.RequestAborted);
                    if (result is SubmitResult.Unchanged && round < RoundsMax) continue; // somebody else was first: look again
                    if (result is SubmitResult.Unchanged) return new SubmitResult.Overloaded(TimeSpan.FromSeconds(1)).ToProblem();
                    if (result is not (SubmitResult.Committed or SubmitResult.Duplicate)) return result.ToProblem();
                    request = requests.Find(request.Id)?.Request ?? next;
                }
            }
            if (request.Status == ChangeRequestStatus.Approved && await requests.CompleteAsync(request, caller.Subject, context.RequestAborted) is var outcome and not (SubmitResult.Committed or SubmitResult.Duplicate or SubmitResult.Unchanged)) return outcome.ToProblem();
            return await AnswerAsync(api, requests.Find(request.Id)?.Request ?? request, StatusCodes.Status200OK, context);
        }
    }

    private static async Task<IResult> RejectAsync(OriginApi api, ChangeRequests requests, HttpContext context)
    {
        using var call = await Call.ReadAsync(api, context);
        if (call.Body is not { } body) return call.Faults.ToProblem();
        var reason = body.RequiredText("reason");
        body.End();
        if (reason.Trim().Length == 0 || reason.Length > ReasonCharsMax || reason.Any(char.IsControl)) call.Faults.Add("reason", $"A reason has 1 to {ReasonCharsMax} characters, none of them a control character.");
        if (call.Faults.Any) return call.Faults.ToProblem();
        var caller = context.GetCaller();
        if (Found(requests, context) is not { } request) return Missing();
        if (request.Author != caller.Subject && caller.ApprovalRefusal(NamespaceName.Parse(request.Namespace)) is { } refusal) return refusal;
        var (result, now) = await requests.ChangeAsync(request.Id, one => one.Status == ChangeRequestStatus.Open ? requests.Closed(one, ChangeRequestStatus.Rejected, caller.Subject, reason) : null,
            $"Reject change request {request.Id}: {reason}", caller.Subject, call.Id, context.RequestAborted);
        if (result is SubmitResult.Unchanged) return Closed(now!, api.Time.GetUtcNow());
        return result is SubmitResult.Committed or SubmitResult.Duplicate && now is not null ? await AnswerAsync(api, now, StatusCodes.Status200OK, context) : result.ToProblem();
    }

    private static ChangeRequest New(OriginApi api, Caller caller, NamespaceName name, string message, string requestId)
    {
        var now = api.Time.GetUtcNow();
        var hours = ProtectionOf(api, name)?.ExpiresInHours ?? Protection.HoursDefault;
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{caller.Subject}\0{requestId}")).AsSpan(0, 8)); // the same request has the same id
        return new() { Id = $"cr-{id}", Namespace = name.Value, Author = caller.Subject, Subjects = caller.Subjects, Message = message, CreatedAt = now, ExpiresAt = now.AddHours(hours), CommitId = api.Ids.NewRequestId() };
    }

    private static RequestedSetting Requested(SettingOperation operation, MerkleMap standing)
    {
        var was = standing.TryGet(SettingRecord.KeyOf(operation.Key), out var value) ? SettingRecord.ContentHash(value.Span).ToString() : null;
        return new(operation.Key.Key, operation.Key.Label, operation is SettingOperation.Put put ? SettingRecord.ValueOf(put.Setting) : null, was);
    }

    private static long SizeOf(IReadOnlyList<SettingOperation> operations) =>
        operations.Sum(operation => (long)SettingRecord.KeyOf(operation.Key).Length + 16 + (operation is SettingOperation.Put put ? SettingRecord.ValueOf(put.Setting).Length : 0));

    private static bool Same(ChangeRequest left, ChangeRequest right) => left.Namespace == right.Namespace && left.Message == right.Message && left.To == right.To
        && (left.Settings is null || right.Settings is null || left.Settings.Zip(right.Settings).All(pair => pair.First.Key == pair.Second.Key && pair.First.Label == pair.Second.Label && (pair.First.Put ?? []).SequenceEqual(pair.Second.Put ?? [])));

    private static bool SameState(ChangeRequest left, ChangeRequest right) => left.Status == right.Status && left.Approvals.SequenceEqual(right.Approvals);

    private static Protection? ProtectionOf(OriginApi api, NamespaceName name) => Protection.Find(api.Sequencer.Current.State.Find(NamespaceName.Realm)?.Records, name)?.Protection;

    private static ChangeRequest WithConsent(OriginApi api, ChangeRequest request, Caller caller, NamespaceName name)
    {
        IReadOnlyList<Consent> consents = [.. request.Approvals, new(caller.Subject, api.Time.GetUtcNow())];
        return request with { Approvals = consents, Status = consents.Count >= (ProtectionOf(api, name)?.Approvals ?? 1) ? ChangeRequestStatus.Approved : ChangeRequestStatus.Open };
    }

    private static Problem? Consent(OriginApi api, ChangeRequest request, Caller caller, bool hasConsented)
    {
        var now = api.Time.GetUtcNow();
        if (!request.IsOpenAt(now)) return Closed(request, now);
        if (hasConsented) return null;
        if (request.Subjects.Intersect(caller.Subjects, StringComparer.Ordinal).Any(subject => subject == request.Author || subject == caller.Subject)) return ProblemKinds.NotAuthorized.With($"'{caller.Subject}' asked for it: somebody else must approve.");
        return api.Credentials.Policy.For(request.Subjects).On(NamespaceName.Parse(request.Namespace)) < Role.Author
            ? ProblemKinds.RequestClosed.With($"Its author, '{request.Author}', may not change '{request.Namespace}' any more. Reject it.") : null;
    }

    private static async Task<Problem?> StandsInTheWayAsync(OriginApi api, HttpContext context, ChangeRequest approved)
    {
        if (!approved.TryToSubmission(out var submission)) return ProblemKinds.InternalError.With("The request is damaged: it holds no content. Reject it.");
        return await api.SubmitAsync(context, submission, isDryRun: true) is var result and not (SubmitResult.WouldCommit or SubmitResult.Unchanged) ? result.ToProblem() : null;
    }

    private static ChangeRequest? Found(ChangeRequests requests, HttpContext context) =>
        requests.Find(context.Request.RouteValues["id"] as string ?? "") is { Request: var request } && NamespaceName.TryParse(request.Namespace, out var name, out _) && context.GetCaller().MayRead(name) ? request : null;

    private static Problem Missing() => ProblemKinds.NotFound.With("There is no such change request, or its namespace may not be read.");

    private static Problem Closed(ChangeRequest request, DateTimeOffset now) => ProblemKinds.RequestClosed.With($"It is {StatusOf(request, now)}{(request.ClosedBy is { } by ? $", by {by}" : "")}.", new() { ["status"] = StatusOf(request, now) });

    private static async Task<IResult> AnswerAsync(OriginApi api, ChangeRequest request, int status, HttpContext context)
    {
        if (!request.IsOpenAt(api.Time.GetUtcNow()) || !request.TryToSubmission(out var submission)) return TypedResults.Json(View(api, request, null, null), ApiJson.Default.ChangeRequestView, statusCode: status);
        var result = await api.SubmitAsync(context, submission, isDryRun: true);
        var diff = result is SubmitResult.WouldCommit would ? Mapping.Diff(would.Before, would.After) : null;
        return TypedResults.Json(View(api, request, diff, diff is null && result is not SubmitResult.Unchanged ? result.ToProblem().Kind.Code : null), ApiJson.Default.ChangeRequestView, statusCode: status);
    }

    private static ChangeRequestView View(OriginApi api, ChangeRequest it, IReadOnlyList<DiffItem>? diff, string? obstacle) => new(
        it.Id, it.Namespace, it.To is null ? "change" : "rollback", StatusOf(it, api.Time.GetUtcNow()), it.Author, it.Message, it.CreatedAt, it.ExpiresAt,
        NamespaceName.TryParse(it.Namespace, out var name, out _) ? ProtectionOf(api, name)?.Approvals ?? 1 : 1, [.. it.Approvals.Select(consent => new ConsentView(consent.By, consent.At))],
        it.To, it.ExpectedRevision, it.ClosedBy, it.ClosedAt, it.Reason, it.Revision, diff, obstacle);

    private static string StatusOf(ChangeRequest request, DateTimeOffset now) => request.Status switch
    {
        ChangeRequestStatus.Open => now < request.ExpiresAt ? "open" : "expired",
        ChangeRequestStatus.Approved => "approved",
        ChangeRequestStatus.Committed => "committed",
        ChangeRequestStatus.Rejected => "rejected",
        _ => "failed",
    };
}
