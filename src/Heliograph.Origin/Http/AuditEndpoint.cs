// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using Heliograph.Core.Access;
using Heliograph.Core.Audit;
using Heliograph.Origin.Access;
using Heliograph.Origin.Audit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Origin.Http;

/// <summary>The origin's audit log, line by line as it is on disk. For admins of <c>heliograph.realm</c>.</summary>
internal static class AuditEndpoint
{
    public static void Map(IEndpointRouteBuilder routes, OriginApi api, AuditTrail audit) =>
        routes.Get("/audit", api, (_, context) => ListAsync(audit, context)).Describe<AuditPage>("audit", "Records of an audit chain, oldest first, each as it stands in the file.", "chain after limit");

    private static async Task<IResult> ListAsync(AuditTrail audit, HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryReader(context, faults, "chain", "after", "limit");
        var (chain, after, limit) = (query.Text("chain") ?? AuditChains.Changes, query.Number("after", 0, int.MaxValue, 0), query.Number("limit", 1, 1_000, 100));
        if (chain is not (AuditChains.Changes or AuditChains.Accepted or AuditChains.Denied)) faults.Add("chain", "The chain is changes, accepted or denied.");
        if (faults.Any) return faults.ToProblem();
        if (context.GetCaller().Refusal(NamespaceName.Realm, Role.Admin) is { } refusal) return refusal;
        var (lines, last, lastHash) = await audit.ReadAsync(chain, after, limit, context.RequestAborted);
        var items = lines.Select(line => new AuditItem(line.Hash.ToString(), Encoding.ASCII.GetString(line.Json.Span))).ToList();
        var reached = lines.Count == 0 ? last : AuditRecords.NumberOf(lines[^1]);
        return TypedResults.Json(new AuditPage(chain, items, reached < last ? reached.ToString(CultureInfo.InvariantCulture) : null, last, lastHash.ToString()), ApiJson.Default.AuditPage);
    }
}
