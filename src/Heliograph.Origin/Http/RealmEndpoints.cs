// SPDX-License-Identifier: Apache-2.0
using System.Reflection;
using Heliograph.Core.Access;
using Heliograph.Origin.Access;
using Heliograph.Platform.Trust;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Origin.Http;

/// <summary>The realm itself.</summary>
internal static class RealmEndpoints
{
    private static readonly string Version = typeof(RealmEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    public static void Map(IEndpointRouteBuilder routes, OriginApi api)
    {
        routes.Get("", api, GetAsync)
            .Describe<RealmView>("realm", "What the realm is, how far it is, and what the caller is in it.");
        routes.Get("/trust", api, TrustAsync).AllowAnonymous()
            .Describe<object>("trust", "The trust file. It is public; pin it from a place that is trusted, not from here.");
    }

    private static async Task<IResult> GetAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        _ = new QueryReader(context, faults);
        if (faults.Any) return faults.ToProblem();
        var (state, problem) = await api.StateForAsync(context);
        if (problem is not null) return problem;
        var highest = context.GetCaller().Highest;
        var scrub = api.Scrubber.Last;
        return TypedResults.Json(new RealmView(api.Trust.Anchor.Root.Realm, api.Trust.Anchor.LogId.ToString(), state.Revision.ToString(), api.Sequencer.Current.Head?.IssuedAt, Version,
            highest == Role.None ? null : highest.ToString().ToLowerInvariant(), new(scrub.State, scrub.At, scrub.Entries, scrub.Bytes, scrub.Reason)), ApiJson.Default.RealmView);
    }

    private static Task<IResult> TrustAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        _ = new QueryReader(context, faults);
        return Task.FromResult<IResult>(faults.Any ? faults.ToProblem() : TypedResults.Text(TrustFile.ToJson(api.Trust.Current), "application/json"));
    }
}
