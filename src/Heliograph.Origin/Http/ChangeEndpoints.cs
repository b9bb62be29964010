// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Core.Sequencing;
using Heliograph.Origin.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Origin.Http;

/// <summary>Changesets and rollbacks, done or only asked about.</summary>
internal static class ChangeEndpoints
{
    private const long BodyBytesMax = 32L << 20; // 8 MiB of content, and what JSON and its escapes add
    private const long SmallBodyBytesMax = 64 << 10;
    private const string Only = "operations[0]"; // where the one change of a request for one setting stands

    public static void Map(IEndpointRouteBuilder routes, OriginApi api)
    {
        routes.Post("/namespaces/{ns}/changes", api, ChangeAsync).WithBody<ChangeBody>(BodyBytesMax).Describe<ChangeView>("change", "Puts and deletes settings together, or says what that would do.", "dryRun");
        routes.Post("/namespaces/{ns}/rollback", api, RollBackAsync).WithBody<RollbackBody>(SmallBodyBytesMax).Describe<ChangeView>("rollback", "Makes the content of an old revision the newest, or says what that would do.", "dryRun");
    }

    /// <summary>Submits a change of one setting: as any change, but that its faults are named by where they stand in that request.</summary>
    public static async Task<IResult> SubmitOneAsync(OriginApi api, HttpContext context, SettingOperation operation, NamespaceName name, string message, string requestId)
    {
        var submission = new Submission.Change(new Changeset(name, [operation], message), context.GetCaller().Subject, requestId);
        return await SubmitAsync(api, context, submission, isDryRun: false, static fault => fault with { Path = fault.Path is Only ? "" : fault.Path.Replace($"{Only}.", "", StringComparison.Ordinal) });
    }

    /// <summary>Submits a change of settings for a caller who may, and answers with what it did.</summary>
    public static async Task<IResult> SubmitAsync(OriginApi api, HttpContext context, Submission submission, bool isDryRun, Func<Fault, Fault>? placing = null, Func<IResult>? unchanged = null)
    {
        // Who may write a reserved namespace may decide who may do what: that is an admin's.
        if (context.GetCaller().Refusal(submission.Namespace, submission.Namespace.IsReserved ? Role.Admin : Role.Author) is { } refusal) return refusal;
        var (overriding, problem) = FreezeOverride.Of(context, submission);
        if (problem is not null) return problem;
        submission = overriding;
        var result = await api.SubmitAsync(context, submission, isDryRun);
        if (result is SubmitResult.Unchanged && unchanged is not null) return unchanged();
        if (result is SubmitResult.Invalid invalid && placing is not null) return Faults.Of([.. invalid.Faults.Select(placing)]);
        var view = result switch
        {
            SubmitResult.Committed done => Mapping.ToChange(done.Entry, done.Before, done.After, isDuplicate: false),
            SubmitResult.Duplicate before => Mapping.ToChange(before.Entry, before.Before, before.After, isDuplicate: true),
            SubmitResult.Unchanged same => new(submission.Namespace.Value, same.Revision.ToString(), same.Records.Root.ToString(), null, null, null, 0, false, []),
            SubmitResult.WouldCommit would when Mapping.Diff(would.Before, would.After) is var diff =>
                new ChangeView(submission.Namespace.Value, would.Revision.ToString(), would.After.Root.ToString(), null, submission.Actor, submission.Message, diff.Count, false, diff),
            _ => null,
        };
        return view is null ? result.ToProblem() : TypedResults.Json(view, ApiJson.Default.ChangeView);
    }

    private static async Task<IResult> ChangeAsync(OriginApi api, HttpContext context)
    {
        if (api.Shed(context) is { } tooMuch) return tooMuch;
        using var call = await Call.ReadAsync(api, context, "dryRun");
        var name = OriginApi.Namespace(context, call.Faults);
        var isDryRun = call.Query.Flag("dryRun");
        if (call.Body is not { } body) return call.Faults.ToProblem();
        var (message, expected) = (body.Text("message") ?? "", body.Revision("expectedRevision"));
        var operations = Operations(body.Objects("operations"), call.Faults);
        body.End();
        if (call.Faults.Any) return call.Faults.ToProblem();
        return await SubmitAsync(api, context, new Submission.Change(new Changeset(name, operations, message, expected), context.GetCaller().Subject, call.Id), isDryRun);
    }

    private static async Task<IResult> RollBackAsync(OriginApi api, HttpContext context)
    {
        using var call = await Call.ReadAsync(api, context, "dryRun");
        var name = OriginApi.Namespace(context, call.Faults);
        var isDryRun = call.Query.Flag("dryRun");
        if (call.Body is not { } body) return call.Faults.ToProblem();
        var (_, to, message, expected) = (body.RequiredText("to"), body.Revision("to"), body.Text("message") ?? "", body.Revision("expectedRevision"));
        body.End();
        if (call.Faults.Any) return call.Faults.ToProblem();
        return await SubmitAsync(api, context, new Submission.Rollback(name, to!.Value, expected, context.GetCaller().Subject, call.Id, message), isDryRun);
    }

    /// <summary>The operations of a changeset, as a body lists them.</summary>
    public static List<SettingOperation> Operations(IReadOnlyList<ObjectReader> readers, Faults faults)
    {
        var operations = new List<SettingOperation>(readers.Count);
        if (readers.Count > Limits.ChangesetOperationsMax)
        {
            faults.Add("operations", $"A changeset has at most {Limits.ChangesetOperationsMax} operations; this one has {readers.Count}.");
            return operations;
        }
        foreach (var reader in readers)
            if (Operation(reader, faults) is { } operation) operations.Add(operation);
        return operations;
    }

    private static SettingOperation? Operation(ObjectReader reader, Faults faults)
    {
        var (op, condition) = (reader.RequiredText("op"), ConditionOf(reader.Object("if"), reader.At("if"), faults));
        if (!SettingKey.TryCreate(reader.RequiredText("key"), reader.Text("label"), out var key, out var error)) faults.Add(reader.At("key"), error);
        switch (op)
        {
            case "put":
                var setting = new Setting(key, reader.RequiredText("value"), reader.Text("contentType"), reader.Tags("tags"), reader.Flag("locked") ?? false);
                reader.End();
                return error is null ? new SettingOperation.Put(setting, condition) : null;
            case "delete":
                foreach (var absent in (ReadOnlySpan<string>)["value", "contentType"])
                    if (reader.Text(absent) is not null) faults.Add(reader.At(absent), "A deletion has no content.");
                if (reader.Tags("tags").Count > 0 || reader.Flag("locked") is not null) faults.Add(reader.At("tags"), "A deletion has no content.");
                reader.End();
                return error is null ? new SettingOperation.Delete(key, condition) : null;
            default:
                faults.Add(reader.At("op"), "An operation is put or delete.");
                return null;
        }
    }

    private static Precondition? ConditionOf(ObjectReader? reader, string path, Faults faults)
    {
        if (reader is not { } condition) return null;
        var (etag, exists) = (condition.Text("etag"), condition.Flag("exists"));
        condition.End();
        if (etag is null == exists is null)
        {
            faults.Add(path, "A condition is one of etag and exists.");
            return null;
        }
        if (exists is { } wanted) return wanted ? new Precondition.Exists() : new Precondition.Absent();
        if (Hash256.TryParse(etag, out var hash)) return new Precondition.Matches(hash);
        faults.Add($"{path}.etag", "An etag is written as it was read: 64 hexadecimal digits.");
        return null;
    }
}
