// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Origin.Http;

/// <summary>Which namespaces need the consent of others. It is in the signed realm, and the sequencer obeys it.</summary>
internal static class ProtectionEndpoints
{
    private const long BodyBytesMax = 64 << 10;
    private const int ReasonCharsMax = 200;

    public static void Map(IEndpointRouteBuilder routes, OriginApi api)
    {
        routes.Get("/protections", api, ListAsync).Describe<Page<ProtectionView>>("listProtections", "Which namespaces need the approval of others.");
        routes.Put("/protection", api, ProtectAsync).WithBody<ProtectionBody>(BodyBytesMax).Describe<ProtectionView>("protect", "Lets changes to namespaces pass only with the approval of others.", "scope!");
        routes.Delete("/protection", api, UnprotectAsync).Describe<object>("unprotect", "Lifts a protection, with the reason.", "scope! message!", status: StatusCodes.Status204NoContent);
    }

    private static async Task<IResult> ListAsync(OriginApi api, HttpContext context)
    {
        var call = Call.Of(api, context);
        if (call.Faults.Any) return call.Faults.ToProblem();
        var (state, problem) = await api.StateForAsync(context);
        if (problem is not null) return problem;
        var (views, caller) = (new List<ProtectionView>(), context.GetCaller());
        if (caller.Highest < Role.Reader) return TypedResults.Json(new Page<ProtectionView>([], null), ApiJson.Default.ProtectionPage);
        foreach (var (key, value) in state.Find(NamespaceName.Realm)?.Records ?? MerkleMap.Empty)
        {
            if (!SettingRecord.TryParse(key.Span, value.Span, out var setting) || setting.Key.Label is not null || !setting.Key.Key.StartsWith(Protection.KeyPrefix, StringComparison.Ordinal)) continue;
            var scope = setting.Key.Key[Protection.KeyPrefix.Length..];
            if (!scope.EndsWith('*') && !(NamespaceName.TryParse(scope, out var name, out _) && caller.MayRead(name))) continue;
            views.Add(View(scope, Protection.Parse(setting.Value)));
        }
        return TypedResults.Json(new Page<ProtectionView>([.. views.OrderBy(view => view.Scope, StringComparer.Ordinal)], null), ApiJson.Default.ProtectionPage);
    }

    private static async Task<IResult> ProtectAsync(OriginApi api, HttpContext context)
    {
        using var call = await Call.ReadAsync(api, context, "scope");
        var scope = Scope(call);
        if (call.Body is not { } body) return call.Faults.ToProblem();
        var (approvals, hours) = (body.Number("approvals", 1, Protection.ApprovalsMax) ?? 1, body.Number("expiresInHours", 1, Protection.HoursMax) ?? Protection.HoursDefault);
        body.End();
        if (call.Faults.Any) return call.Faults.ToProblem();
        if (context.GetCaller().Refusal(NamespaceName.Realm, Role.Admin) is { } refusal) return refusal;
        var protection = new Protection(approvals, hours, context.GetCaller().Subject, api.Time.GetUtcNow());
        var result = await SubmitAsync(api, context, new SettingOperation.Put(new Setting(Protection.KeyOf(scope), protection.ToJson(), "application/json", []), null), $"protect {scope}: {approvals} approval(s)", call.Id);
        return result is SubmitResult.Committed or SubmitResult.Duplicate or SubmitResult.Unchanged ? TypedResults.Json(View(scope, protection), ApiJson.Default.ProtectionView) : result.ToProblem();
    }

    private static async Task<IResult> UnprotectAsync(OriginApi api, HttpContext context)
    {
        var call = Call.Of(api, context, "scope", "message");
        var (scope, message) = (Scope(call), call.Query.Required("message"));
        if (call.Query.Text("message") is not null && (message.Trim().Length == 0 || message.Length > ReasonCharsMax || message.Any(char.IsControl))) call.Faults.Add("message", $"Say why in 1 to {ReasonCharsMax} characters, none of them a control character.");
        if (call.Faults.Any) return call.Faults.ToProblem();
        if (context.GetCaller().Refusal(NamespaceName.Realm, Role.Admin) is { } refusal) return refusal;
        return await SubmitAsync(api, context, new SettingOperation.Delete(Protection.KeyOf(scope), null), $"lift protection of {scope}: {message}", call.Id) switch
        {
            SubmitResult.Committed or SubmitResult.Duplicate => TypedResults.NoContent(),
            SubmitResult.Unchanged => ProblemKinds.NotFound.With("It is not protected."),
            var result => result.ToProblem(),
        };
    }

    private static string Scope(Call call)
    {
        var scope = call.Query.Required("scope");
        if (scope.Length > 0 && !Protection.IsScope(scope)) call.Faults.Add("scope", "A scope is a namespace, a prefix ending in '.*', or '*'.");
        if (scope is "heliograph" || scope.StartsWith("heliograph.", StringComparison.Ordinal)) call.Faults.Add("scope", "Names beginning 'heliograph.' are not protected: who may write them decides about protection itself.");
        return scope;
    }

    private static ProtectionView View(string scope, Protection it) => new(scope, it.Approvals, it.ExpiresInHours, it.By, it.At);

    private static Task<SubmitResult> SubmitAsync(OriginApi api, HttpContext context, SettingOperation operation, string message, string requestId) =>
        api.SubmitAsync(context, new Submission.Change(new Changeset(NamespaceName.Realm, [operation], message), context.GetCaller().Subject, requestId) { IsByOrigin = true });
}
