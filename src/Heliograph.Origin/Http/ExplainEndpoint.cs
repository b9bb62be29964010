// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;
using Heliograph.Hosting.Problems;
using Heliograph.Protocol.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Origin.Http;

/// <summary>The question of whoever is on call: which value does this instance run with, since when, by whom, and why not a newer one?</summary>
internal static class ExplainEndpoint
{
    private const int EntriesScannedMax = 2_000;

    public static void Map(IEndpointRouteBuilder routes, OriginApi api) =>
        routes.Get("/explain", api, ExplainAsync).Describe<ExplainView>("explain", "Which value an instance runs with, and why not a newer one.", "instance! namespace! key! label");

    private static async Task<IResult> ExplainAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryReader(context, faults, "instance", "namespace", "key", "label");
        var (id, _, name, key) = (query.Required("instance"), query.Required("namespace"), query.Namespace("namespace"), query.Setting());
        if (faults.Any) return faults.ToProblem();
        var (_, found, problem) = await api.ReadAsync(context, name!.Value);
        if (problem is not null) return problem;
        if (FleetEndpoints.ReportOf(api, name.Value)?.Instances.FirstOrDefault(instance => instance.Instance?.Id == id) is not { } status)
            return ProblemKinds.NotFound.With("No instance of that id reports on the namespace, or so many do that it is not named.");

        var applied = FleetViews.RevisionOf(status.Revision);
        var records = await ContentAsync(api, found!, applied, context.RequestAborted);
        var running = await LastChangeAsync(api, name.Value, key, applied, context.RequestAborted);
        var newest = applied == found!.Revision ? running : await LastChangeAsync(api, name.Value, key, found.Revision, context.RequestAborted);
        return TypedResults.Json(
            new ExplainView(FleetViews.ToView(status, name.Value.Value), name.Value.Value, key.Key, key.Label,
                records is null ? null : Mapping.Find(records, key), applied.ToString(), running?.CommittedAt, running?.Content.Actor, running?.Content.Message,
                new(found.Revision.ToString(), Mapping.Find(found.Records, key), newest?.CommittedAt, newest?.Content.Actor, newest?.Content.Message),
                Why(status, applied, found, records, key)),
            ApiJson.Default.ExplainView);
    }

    private static async Task<MerkleMap?> ContentAsync(OriginApi api, RealmNamespace now, Revision applied, CancellationToken cancellationToken)
    {
        if (applied == now.Revision) return now.Records;
        if (applied.Epoch != now.Revision.Epoch) return null;
        return await api.Sequencer.History.FindAsync(now.Name, applied.Sequence, cancellationToken) is StoreAnswer<Core.Sequencing.PastNamespace?>.Done { Value: { } past } ? past.Records : null;
    }

    private static async Task<LogEntry?> LastChangeAsync(OriginApi api, NamespaceName name, SettingKey key, Revision upTo, CancellationToken cancellationToken)
    {
        foreach (var sequence in api.Sequencer.History.SequencesBefore(name, upTo.Sequence + 1, EntriesScannedMax))
        {
            if (await api.Sequencer.History.ReadEntryAsync(sequence, cancellationToken) is not StoreAnswer<LogEntry>.Done { Value: var entry }) return null;
            if (entry.Content.ChangeSettings?.Changes.Any(change => change.Key == key.Key && change.Label == (key.Label ?? "")) ?? false) return entry;
        }
        return null;
    }

    private static string Why(InstanceStatus status, Revision applied, RealmNamespace now, MerkleMap? records, SettingKey key)
    {
        if (status.ServingStable) return $"It fell back to its last stable revision {applied}: {(status.Refusal is { } quarantined ? FleetViews.RevisionOf(quarantined.Revision).ToString() : "a newer one")} is in quarantine there, for the service ended uncleanly on it more than once.";
        if (status.Refusal is { } refusal) return $"It refuses {FleetViews.RevisionOf(refusal.Revision)} ({refusal.Code}): {refusal.Detail}";
        if (applied == now.Revision) return status.Stale ? "It runs the newest revision, and has lost contact: it would not hear of a newer one." : "It runs the newest revision.";
        if (records is not null && Mapping.Find(records, key)?.Etag == Mapping.Find(now.Records, key)?.Etag) return $"It is at {applied}, behind {now.Revision}, but this setting is the same in both.";
        return status.Stale
            ? $"It is at {applied} and has lost contact with the tiers above it; {now.Revision} has not reached it."
            : $"It is at {applied}; {now.Revision} is on its way or has not been confirmed yet.";
    }
}
