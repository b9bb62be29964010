// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Heliograph.Origin.Http;

/// <summary>Settings one by one, and lists of them.</summary>
internal static class SettingEndpoints
{
    private const long BodyBytesMax = 6L * Limits.ValueBytesMax + (1 << 20); // a value of nothing but escapes

    public static void Map(IEndpointRouteBuilder routes, OriginApi api)
    {
        routes.Get("/namespaces/{ns}/settings", api, ListAsync).Describe<SettingPage>("listSettings", "Settings, by key, then label; as they are or as they were.", "prefix label at after limit");
        routes.Get("/namespaces/{ns}/setting", api, GetAsync).Describe<SettingView>("getSetting", "One setting.", "key! label at", "If-None-Match");
        routes.Put("/namespaces/{ns}/setting", api, PutAsync).WithBody<SettingBody>(BodyBytesMax).Describe<ChangeView>("putSetting", "Creates a setting or replaces all of it.", "key! label", "If-Match If-None-Match");
        routes.Delete("/namespaces/{ns}/setting", api, DeleteAsync).Describe<ChangeView>("deleteSetting", "Removes a setting.", "key! label message", "If-Match");
    }

    private static async Task<IResult> ListAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        var name = OriginApi.Namespace(context, faults);
        var query = new QueryReader(context, faults, "prefix", "label", "at", "after", "limit");
        var (prefix, label, at, limit) = (query.Text("prefix") ?? "", query.Text("label"), query.Revision("at"), query.Number("limit", 1, 1_000, 100));
        var after = Cursors.Setting(query, faults, "after");
        if (faults.Any) return faults.ToProblem();
        var (state, found, problem) = await api.ReadAsync(context, name, isOfThePast: at is not null);
        if (problem is not null) return problem;
        var (records, revision, unread) = await api.ContentAtAsync(state, found, name, at, "at", context.RequestAborted);
        if (records is null) return unread!;
        var (items, last) = SortedSettings.Of(records).Page(after, limit, prefix, key => label is null || label == (key.Label ?? ""));
        return TypedResults.Json(new SettingPage(items, last is { } key ? Cursors.Of(key) : null, revision.ToString(), records.Root.ToString()), ApiJson.Default.SettingPage);
    }

    private static async Task<IResult> GetAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        var name = OriginApi.Namespace(context, faults);
        var query = new QueryReader(context, faults, "key", "label", "at");
        var (key, at) = (query.Setting(), query.Revision("at"));
        if (faults.Any) return faults.ToProblem();
        var (state, found, problem) = await api.ReadAsync(context, name, isOfThePast: at is not null);
        if (problem is not null) return problem;
        var (records, _, unread) = await api.ContentAtAsync(state, found, name, at, "at", context.RequestAborted);
        if (records is null) return unread!;
        if (Mapping.Find(records, key) is not { } setting) return ProblemKinds.NotFound.With("There is no such setting in the namespace.");
        var etag = new EntityTagHeaderValue($"\"{setting.Etag}\"");
        context.Response.Headers.ETag = etag.ToString();
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(held => held.Equals(EntityTagHeaderValue.Any) || held.Compare(etag, useStrongComparison: false)))
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        return TypedResults.Json(setting, ApiJson.Default.SettingView);
    }

    private static async Task<IResult> PutAsync(OriginApi api, HttpContext context)
    {
        if (api.Shed(context) is { } tooMuch) return tooMuch;
        using var call = await Call.ReadAsync(api, context, "key", "label");
        var name = OriginApi.Namespace(context, call.Faults);
        var key = call.Query.Setting();
        var condition = ConditionOf(context, call.Faults);
        if (call.Body is not { } body) return call.Faults.ToProblem();
        var setting = new Setting(key, body.RequiredText("value"), body.Text("contentType"), body.Tags("tags"), body.Flag("locked") ?? false);
        var message = body.Text("message") ?? "";
        body.End();
        if (call.Faults.Any) return call.Faults.ToProblem();
        return await ChangeEndpoints.SubmitOneAsync(api, context, new SettingOperation.Put(setting, condition), name, message, call.Id);
    }

    private static async Task<IResult> DeleteAsync(OriginApi api, HttpContext context)
    {
        var call = Call.Of(api, context, "key", "label", "message");
        var name = OriginApi.Namespace(context, call.Faults);
        var query = call.Query;
        var (key, message) = (query.Setting(), query.Text("message") ?? "");
        var condition = ConditionOf(context, call.Faults);
        if (call.Faults.Any) return call.Faults.ToProblem();
        return await ChangeEndpoints.SubmitOneAsync(api, context, new SettingOperation.Delete(key, condition), name, message, call.Id);
    }

    private static Precondition? ConditionOf(HttpContext context, Faults faults)
    {
        var (match, noneMatch) = (context.Request.Headers.IfMatch, context.Request.Headers.IfNoneMatch);
        if (!StringValues.IsNullOrEmpty(match) && !StringValues.IsNullOrEmpty(noneMatch)) faults.Add("If-Match", "Give If-Match or If-None-Match, not both.");
        if (!StringValues.IsNullOrEmpty(noneMatch))
        {
            if (noneMatch is ["*"]) return new Precondition.Absent();
            faults.Add("If-None-Match", "Only If-None-Match: * is understood here.");
            return null;
        }
        if (StringValues.IsNullOrEmpty(match)) return null;
        if (match is ["*"]) return new Precondition.Exists();
        if (match is [['"', .. var etag, '"']] && Hash256.TryParse(etag, out var hash)) return new Precondition.Matches(hash);
        faults.Add("If-Match", "Write If-Match: * or one etag as it was read, in quotes.");
        return null;
    }
}
