// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Origin.Http;

/// <summary>Access keys: made, listed, ended. For admins of the namespace that a key opens.</summary>
internal static class AccessKeyEndpoints
{
    private const long BodyBytesMax = 64 << 10;

    public static void Map(IEndpointRouteBuilder routes, OriginApi api, AccessKeys keys)
    {
        routes.Post("/access-keys", api, (_, context) => CreateAsync(api, keys, context)).WithBody<NewAccessKey>(BodyBytesMax)
            .Describe<NewAccessKeyView>("createAccessKey", "Makes a key that signs requests to one namespace. Its secrets are shown once.", status: StatusCodes.Status201Created);
        routes.Get("/access-keys", api, (_, context) => ListAsync(keys, context)).Describe<Page<AccessKeyView>>("listAccessKeys", "Access keys without their secrets.");
        routes.Post("/access-keys/{id}/rotate", api, (_, context) => RotateAsync(api, keys, context)).WithBody<AccessKeyRotation>(BodyBytesMax)
            .Describe<NewAccessKeyView>("rotateAccessKey", "Gives a key a new secret. The one before goes on working until the next rotation, or ends now. Shown once.");
        routes.Delete("/access-keys/{id}", api, (_, context) => DeleteAsync(api, keys, context)).Describe<object>("deleteAccessKey", "Ends an access key.", status: StatusCodes.Status204NoContent);
    }

    private static async Task<IResult> CreateAsync(OriginApi api, AccessKeys keys, HttpContext context)
    {
        using var call = await Call.ReadAsync(api, context);
        if (call.Body is not { } body) return call.Faults.ToProblem();
        var (text, access) = (body.RequiredText("namespace"), body.Text("access") ?? "read");
        body.End();
        if (!NamespaceName.TryParse(text, out var name, out var error)) call.Faults.Add("namespace", error);
        if (access is not ("read" or "write")) call.Faults.Add("access", "Access is read or write.");
        if (call.Faults.Any) return call.Faults.ToProblem();
        var caller = context.GetCaller();
        if (caller.Refusal(name, Role.Admin) is { } refusal) return refusal;
        var (key, result) = await keys.CreateAsync(name, access == "write", caller.Subject, call.Id, context.RequestAborted);
        return key is null ? result.ToProblem() : Shown(key, StatusCodes.Status201Created);
    }

    private static async Task<IResult> RotateAsync(OriginApi api, AccessKeys keys, HttpContext context)
    {
        using var call = await Call.ReadAsync(api, context);
        if (call.Body is not { } body) return call.Faults.ToProblem();
        var endBoth = body.Flag("endBoth") ?? false;
        body.End();
        if (call.Faults.Any) return call.Faults.ToProblem();
        var id = context.Request.RouteValues["id"] as string ?? "";
        var caller = context.GetCaller();
        if (keys.Source.Find(id) is not { } known || !caller.MayRead(known.Namespace)) return NoSuchKey();
        if (caller.Refusal(known.Namespace, Role.Admin) is { } refusal) return refusal;
        var (key, result) = await keys.RotateAsync(id, endBoth, caller.Subject, call.Id, context.RequestAborted);
        return key is not null ? Shown(key, StatusCodes.Status200OK) : result is SubmitResult.NotFound ? NoSuchKey() : result.ToProblem();
    }

    private static Microsoft.AspNetCore.Http.HttpResults.JsonHttpResult<NewAccessKeyView> Shown(AccessKey key, int status) => TypedResults.Json(
        new NewAccessKeyView(key.Id, key.Namespace.Value, key.MayWrite ? "write" : "read", Convert.ToBase64String(key.Secrets[0].Span), Convert.ToBase64String(key.Secrets[^1].Span)),
        ApiJson.Default.NewAccessKeyView, statusCode: status);

    private static Task<IResult> ListAsync(AccessKeys keys, HttpContext context)
    {
        var faults = new Faults();
        _ = new QueryReader(context, faults);
        if (faults.Any) return Task.FromResult<IResult>(faults.ToProblem());
        var caller = context.GetCaller();
        var views = keys.List().Where(key => caller.On(key.Namespace) >= Role.Admin).Select(key => new AccessKeyView(key.Id, key.Namespace.Value, key.MayWrite ? "write" : "read"));
        return Task.FromResult<IResult>(TypedResults.Json(new Page<AccessKeyView>([.. views], null), ApiJson.Default.AccessKeyPage));
    }

    private static async Task<IResult> DeleteAsync(OriginApi api, AccessKeys keys, HttpContext context)
    {
        var call = Call.Of(api, context);
        if (call.Faults.Any) return call.Faults.ToProblem();
        var id = context.Request.RouteValues["id"] as string ?? "";
        var caller = context.GetCaller();
        if (keys.Source.Find(id) is not { } key || !caller.MayRead(key.Namespace)) return NoSuchKey();
        if (caller.Refusal(key.Namespace, Role.Admin) is { } refusal) return refusal;
        var result = await keys.RevokeAsync(id, caller.Subject, call.Id, context.RequestAborted);
        return result is SubmitResult.Committed or SubmitResult.Duplicate ? TypedResults.NoContent()
            : result is SubmitResult.PreconditionFailed or SubmitResult.NotFound ? NoSuchKey()
            : result.ToProblem();
    }

    private static Problem NoSuchKey() => ProblemKinds.NotFound.With("There is no access key of that id.");
}
