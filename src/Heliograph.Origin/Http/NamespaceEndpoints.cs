// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Origin.Http;

/// <summary>Namespaces: listed, made, archived, deleted.</summary>
internal static class NamespaceEndpoints
{
    private const long BodyBytesMax = 64 << 10;

    public static void Map(IEndpointRouteBuilder routes, OriginApi api)
    {
        routes.Get("/namespaces", api, ListAsync).Describe<Page<NamespaceView>>("listNamespaces", "Namespaces that the caller may read, by name.", "prefix archived after limit");
        routes.Post("/namespaces", api, CreateAsync).WithBody<NewNamespace>(BodyBytesMax)
            .Describe<NamespaceView>("createNamespace", "Makes a namespace.", status: StatusCodes.Status201Created);
        routes.Get("/namespaces/{ns}", api, GetAsync).Describe<NamespaceView>("getNamespace", "One namespace.");
        routes.Patch("/namespaces/{ns}", api, AlterAsync).WithBody<NamespacePatch>(BodyBytesMax)
            .Describe<NamespaceView>("alterNamespace", "Archives a namespace, takes it out of the archive, or describes it anew.");
        routes.Delete("/namespaces/{ns}", api, DeleteAsync)
            .Describe<object>("deleteNamespace", "Deletes an archived namespace.", status: StatusCodes.Status204NoContent);
    }

    private static async Task<IResult> ListAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryReader(context, faults, "prefix", "archived", "after", "limit");
        var (prefix, withArchived, limit) = (query.Text("prefix") ?? "", query.Flag("archived"), query.Number("limit", 1, 1_000, 100));
        var after = Cursors.Text(query, faults, "after");
        if (faults.Any) return faults.ToProblem();
        var (state, problem) = await api.StateForAsync(context);
        if (problem is not null) return problem;
        var caller = context.GetCaller();
        var page = state.Namespaces.Values // ordered by name; filtered before it is counted: what one may not read does not exist
            .Where(one => (after is null || string.CompareOrdinal(one.Name.Value, after) > 0) && one.Name.Value.StartsWith(prefix, StringComparison.Ordinal)
                && (withArchived || !one.IsArchived) && caller.MayRead(one.Name))
            .Take(limit + 1).ToList();
        var next = page.Count > limit ? Cursors.Of(page[limit - 1].Name.Value) : null;
        return TypedResults.Json(new Page<NamespaceView>([.. page.Take(limit).Select(one => one.ToView(state))], next), ApiJson.Default.NamespacePage);
    }

    private static async Task<IResult> GetAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        var name = OriginApi.Namespace(context, faults);
        _ = new QueryReader(context, faults);
        if (faults.Any) return faults.ToProblem();
        var (state, found, problem) = await api.ReadAsync(context, name);
        return problem is not null ? problem : TypedResults.Json(found!.ToView(state), ApiJson.Default.NamespaceView);
    }

    private static async Task<IResult> CreateAsync(OriginApi api, HttpContext context)
    {
        using var call = await Call.ReadAsync(api, context);
        if (call.Body is not { } body) return call.Faults.ToProblem();
        var (text, description) = (body.RequiredText("name"), body.Text("description") ?? "");
        body.End();
        if (!NamespaceName.TryParse(text, out var name, out var error)) call.Faults.Add("name", error);
        if (call.Faults.Any) return call.Faults.ToProblem();
        var caller = context.GetCaller();
        // The same answer whether or not it exists: an author's "already there" is for those who may author there.
        if (!name.IsReserved && caller.On(name) < Role.Author) return ProblemKinds.NotAuthorized.With($"'{caller.Subject}' is not an author of '{name}'.");
        return await AnswerAsync(api, context, new Submission.Create(name, description, caller.Subject, call.Id), StatusCodes.Status201Created);
    }

    private static async Task<IResult> AlterAsync(OriginApi api, HttpContext context)
    {
        using var call = await Call.ReadAsync(api, context);
        var name = OriginApi.Namespace(context, call.Faults);
        if (call.Body is not { } body) return call.Faults.ToProblem();
        var (archived, description) = (body.Flag("archived"), body.Text("description"));
        body.End();
        if (call.Faults.Any) return call.Faults.ToProblem();
        var caller = context.GetCaller();
        return caller.Refusal(name, archived is null ? Role.Author : Role.Operator)
            ?? await AnswerAsync(api, context, new Submission.Alter(name, archived, description, caller.Subject, call.Id), StatusCodes.Status200OK);
    }

    private static async Task<IResult> DeleteAsync(OriginApi api, HttpContext context)
    {
        var call = Call.Of(api, context);
        var name = OriginApi.Namespace(context, call.Faults);
        if (call.Faults.Any) return call.Faults.ToProblem();
        var caller = context.GetCaller();
        if (caller.Refusal(name, Role.Admin) is { } refusal) return refusal;
        var result = await api.SubmitAsync(context, new Submission.Delete(name, caller.Subject, call.Id));
        return result is SubmitResult.Committed or SubmitResult.Duplicate ? TypedResults.NoContent() : result.ToProblem();
    }

    private static async Task<IResult> AnswerAsync(OriginApi api, HttpContext context, Submission submission, int status)
    {
        var result = await api.SubmitAsync(context, submission);
        if (result is not (SubmitResult.Committed or SubmitResult.Duplicate or SubmitResult.Unchanged)) return result.ToProblem();
        var state = api.Sequencer.Current.State;
        if (state.Find(submission.Namespace) is not { } now) return OriginApi.NotFound(); // deleted since
        if (status == StatusCodes.Status201Created) context.Response.Headers.Location = $"/api/v1/namespaces/{now.Name}";
        return TypedResults.Json(now.ToView(state), ApiJson.Default.NamespaceView, statusCode: status);
    }
}
