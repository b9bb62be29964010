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

/// <summary>Freezes: changes to a namespace, or to all, stopped with a reason. The freeze is in the signed realm, and the sequencer obeys it.</summary>
internal static class FreezeEndpoints
{
    private const long BodyBytesMax = 64 << 10;

    public static void Map(IEndpointRouteBuilder routes, OriginApi api)
    {
        routes.Get("/freezes", api, ListAsync).Describe<Page<FreezeView>>("listFreezes", "What is frozen, by whom and why.");
        routes.Put("/freeze", api, FreezeAsync).WithBody<NewFreeze>(BodyBytesMax).Describe<FreezeView>("freeze", "Stops changes to a namespace, or to all that are not reserved.", "namespace");
        routes.Delete("/freeze", api, UnfreezeAsync).Describe<object>("unfreeze", "Lets changes pass again.", "namespace", status: StatusCodes.Status204NoContent);
    }

    private static async Task<IResult> ListAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        _ = new QueryReader(context, faults);
        if (faults.Any) return faults.ToProblem();
        var (state, problem) = await api.StateForAsync(context);
        if (problem is not null) return problem;
        var (views, caller) = (new List<FreezeView>(), context.GetCaller());
        foreach (var (key, value) in state.Find(NamespaceName.Realm)?.Records ?? Core.Merkle.MerkleMap.Empty)
        {
            if (!SettingRecord.TryParse(key.Span, value.Span, out var setting) || setting.Key.Label is not null || !setting.Key.Key.StartsWith(Freeze.KeyPrefix, StringComparison.Ordinal)) continue;
            var scope = setting.Key.Key[Freeze.KeyPrefix.Length..];
            if (scope != Freeze.Everything && !(NamespaceName.TryParse(scope, out var name, out _) && caller.MayRead(name))) continue;
            var freeze = Freeze.Parse(setting.Value);
            views.Add(new(scope, freeze.By, freeze.Reason, freeze.At));
        }
        return TypedResults.Json(new Page<FreezeView>([.. views.OrderBy(view => view.Scope, StringComparer.Ordinal)], null), ApiJson.Default.FreezePage);
    }

    private static async Task<IResult> FreezeAsync(OriginApi api, HttpContext context)
    {
        using var call = await Call.ReadAsync(api, context, "namespace");
        var name = call.Query.Namespace("namespace");
        if (call.Body is not { } body) return call.Faults.ToProblem();
        var reason = body.RequiredText("reason");
        body.End();
        if (reason.Trim().Length == 0 || reason.Length > Freeze.ReasonCharsMax || reason.Any(char.IsControl)) call.Faults.Add("reason", $"A reason has 1 to {Freeze.ReasonCharsMax} characters, none of them a control character.");
        if (name is { IsReserved: true }) call.Faults.Add("namespace", "A reserved namespace is not frozen: nobody could end it.");
        if (call.Faults.Any) return call.Faults.ToProblem();
        if (Refusal(context, name) is { } refusal) return refusal;
        if (name is { } one && api.Sequencer.Current.State.Find(one) is null) return OriginApi.NotFound();
        var freeze = new Freeze(context.GetCaller().Subject, reason, api.Time.GetUtcNow());
        var result = await SubmitAsync(api, context, new SettingOperation.Put(new Setting(Freeze.KeyOf(name), freeze.ToJson(), "application/json", []), null), $"freeze: {reason}", call.Id);
        return result is SubmitResult.Committed or SubmitResult.Duplicate or SubmitResult.Unchanged
            ? TypedResults.Json(new FreezeView(name?.Value ?? Freeze.Everything, freeze.By, freeze.Reason, freeze.At), ApiJson.Default.FreezeView)
            : result.ToProblem();
    }

    private static async Task<IResult> UnfreezeAsync(OriginApi api, HttpContext context)
    {
        var call = Call.Of(api, context, "namespace");
        var name = call.Query.Namespace("namespace");
        if (call.Faults.Any) return call.Faults.ToProblem();
        if (Refusal(context, name) is { } refusal) return refusal;
        var result = await SubmitAsync(api, context, new SettingOperation.Delete(Freeze.KeyOf(name), null), "unfreeze", call.Id);
        return result switch
        {
            SubmitResult.Committed or SubmitResult.Duplicate => TypedResults.NoContent(),
            SubmitResult.Unchanged => ProblemKinds.NotFound.With("It is not frozen."),
            _ => result.ToProblem(),
        };
    }

    // A namespace is its operators' to freeze; everything is that of the realm's admins.
    private static Problem? Refusal(HttpContext context, NamespaceName? name) =>
        name is { } one ? context.GetCaller().Refusal(one, Role.Operator) : context.GetCaller().Refusal(NamespaceName.Realm, Role.Admin);

    private static Task<SubmitResult> SubmitAsync(OriginApi api, HttpContext context, SettingOperation operation, string message, string requestId) =>
        api.SubmitAsync(context, new Submission.Change(new Changeset(NamespaceName.Realm, [operation], message), context.GetCaller().Subject, requestId) { IsByOrigin = true });
}
