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

/// <summary>Pins: the whole fleet held at a revision of a namespace's history, by an entry that restores it and stands until it is released.</summary>
internal static class PinEndpoints
{
    private const long BodyBytesMax = 64 << 10;

    public static void Map(IEndpointRouteBuilder routes, OriginApi api)
    {
        routes.Get("/pins", api, ListAsync).Describe<Page<PinView>>("listPins", "Which namespaces are pinned, at what, by whom and why.");
        routes.Put("/namespaces/{ns}/pin", api, PinAsync).WithBody<NewPin>(BodyBytesMax).Describe<ChangeView>("pin", "Holds everybody at the content of an old revision until the release, or says what that would change.", "dryRun");
        routes.Delete("/namespaces/{ns}/pin", api, UnpinAsync).Describe<ChangeView>("unpin", "Releases a pin, or says what that would change.", "restore message expectedRevision dryRun");
    }

    private static async Task<IResult> ListAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        _ = new QueryReader(context, faults);
        if (faults.Any) return faults.ToProblem();
        var (state, problem) = await api.StateForAsync(context);
        if (problem is not null) return problem;
        var caller = context.GetCaller();
        return TypedResults.Json(new Page<PinView>([.. state.Namespaces.Values.Where(one => caller.MayRead(one.Name)).Select(Mapping.ToPin).OfType<PinView>()], null), ApiJson.Default.PinPage);
    }

    private static async Task<IResult> PinAsync(OriginApi api, HttpContext context)
    {
        using var call = await Call.ReadAsync(api, context, "dryRun");
        var name = OriginApi.Namespace(context, call.Faults);
        var isDryRun = call.Query.Flag("dryRun");
        if (call.Body is not { } body) return call.Faults.ToProblem();
        var (_, to, message, expected) = (body.RequiredText("revision"), body.Revision("revision"), body.RequiredText("message"), body.Revision("expectedRevision"));
        body.End();
        if (message.Trim().Length == 0 || message.Length > PinRecord.ReasonCharsMax) call.Faults.Add("message", $"Say why in 1 to {PinRecord.ReasonCharsMax} characters: whoever is refused is told.");
        if (call.Faults.Any) return call.Faults.ToProblem();
        if (context.GetCaller().Refusal(name, Role.Operator) is { } refusal) return refusal;
        return await ChangeEndpoints.SubmitAsync(api, context, new Submission.Pin(name, to!.Value, expected, context.GetCaller().Subject, call.Id, message), isDryRun);
    }

    private static async Task<IResult> UnpinAsync(OriginApi api, HttpContext context)
    {
        using var call = Call.Of(api, context, "restore", "message", "expectedRevision", "dryRun");
        var name = OriginApi.Namespace(context, call.Faults);
        var (restores, message, expected, isDryRun) = (call.Query.Flag("restore"), call.Query.Text("message") ?? "", call.Query.Revision("expectedRevision"), call.Query.Flag("dryRun"));
        if (call.Faults.Any) return call.Faults.ToProblem();
        if (context.GetCaller().Refusal(name, Role.Operator) is { } refusal) return refusal;
        return await ChangeEndpoints.SubmitAsync(api, context, new Submission.Unpin(name, restores, expected, context.GetCaller().Subject, call.Id, message), isDryRun,
            unchanged: static () => ProblemKinds.NotFound.With("It is not pinned."));
    }
}
