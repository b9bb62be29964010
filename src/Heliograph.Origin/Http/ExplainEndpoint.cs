// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Access;
using Heliograph.Origin.Realm;
using Heliograph.Protocol.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Origin.Http;

/// <summary>The question of whoever is on call: which value does this instance run with, from which layer, since when, by whom, and why not a newer one?</summary>
internal static class ExplainEndpoint
{
    private const int EntriesScannedMax = 2_000;

    public static void Map(IEndpointRouteBuilder routes, OriginApi api) =>
        routes.Get("/explain", api, ExplainAsync).Describe<ExplainView>("explain", "Which value an instance runs with, and why not a newer one.", "instance! namespace! key! label");

    private static async Task<IResult> ExplainAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryReader(context, faults, "instance", "namespace", "key", "label");
        var (id, _, name, asked) = (query.Required("instance"), query.Required("namespace"), query.Namespace("namespace"), query.Setting());
        if (faults.Any) return faults.ToProblem();
        var (state, found, problem) = await api.ReadAsync(context, name!.Value);
        if (problem is not null) return problem;
        var lost = StatusOf(api, name.Value, id) is null ? api.Seen.Find(name.Value, id) : null;
        if ((StatusOf(api, name.Value, id) ?? lost?.Status) is not { } status)
            return ProblemKinds.NotFound.With("No instance of that id reports on the namespace or did so within a day, or so many do that it is not named.");

        var applied = FleetViews.RevisionOf(status.Revision);
        var records = await ContentAsync(api, found!, applied, context.RequestAborted);
        var (layer, key, above) = await LayerAsync(api, context, state, status, id, found!, records, asked);
        var running = await LastChangeAsync(api, name.Value, key, applied, context.RequestAborted);
        var newest = applied == found!.Revision ? running : await LastChangeAsync(api, name.Value, key, found.Revision, context.RequestAborted);
        var (reason, why) = Why(status, lost, applied, found, records, key);
        return TypedResults.Json(
            new ExplainView(FleetViews.ToView(status, name.Value.Value), lost is null, lost?.LostAt, name.Value.Value, key.Key, key.Label, layer, above,
                records is null ? null : Mapping.Find(records, key), applied.ToString(), running?.CommittedAt, running?.Content.Actor, running?.Content.Message,
                new(found.Revision.ToString(), Mapping.Find(found.Records, key), newest?.CommittedAt, newest?.Content.Actor, newest?.Content.Message), reason, why) { LocalOverrides = ExplainLayers.LocalOverrides(status.Instance, layer, key.Key), Pin = Mapping.ToPin(found) },
            ApiJson.Default.ExplainView);
    }

    private static InstanceStatus? StatusOf(OriginApi api, NamespaceName name, string id) =>
        FleetEndpoints.ReportOf(api, name)?.Instances.FirstOrDefault(instance => instance.Instance?.Id == id);

    /// <summary>From which layer the instance takes the key: in what it runs, or, if it is not there, in what is newest.</summary>
    private static async Task<(ExplainLayer? Layer, SettingKey Key, ExplainOverride? Above)> LayerAsync(
        OriginApi api, HttpContext context, RealmState state, InstanceStatus status, string id, RealmNamespace now, MerkleMap? records, SettingKey asked)
    {
        var (layers, caller) = ((IReadOnlyList<Layer>)(status.Instance?.Layers ?? []), context.GetCaller());
        var running = await new ExplainLayers(layers, caller, other => ContentOfAsync(other, records)).FindAsync(now.Name, asked);
        return running.Layer is not null ? running : await new ExplainLayers(layers, caller, other => ContentOfAsync(other, now.Records)).FindAsync(now.Name, asked);

        async Task<MerkleMap?> ContentOfAsync(NamespaceName other, MerkleMap? own)
        {
            if (other == now.Name) return own;
            if (state.Find(other) is not { } found || (StatusOf(api, other, id) ?? api.Seen.Find(other, id)?.Status) is not { } there) return null;
            return await ContentAsync(api, found, FleetViews.RevisionOf(there.Revision), context.RequestAborted);
        }
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

    /// <summary>The reason for programs, and in words.</summary>
    private static (string Reason, string Why) Why(InstanceStatus status, LostInstance? lost, Revision applied, RealmNamespace now, MerkleMap? records, SettingKey key)
    {
        var isNewest = applied == now.Revision;
        if (lost is not null) return ("disconnected", $"It is disconnected: nothing has been heard of it since {lost.LostAt:yyyy-MM-dd HH:mm:ss} UTC. It then ran {applied}{(isNewest ? ", which is still the newest" : $"; {now.Revision} has not reached it")}.");
        if (status.ServingStable)
        {
            var quarantined = status.Refusal is { } it ? FleetViews.RevisionOf(it.Revision).ToString() : "a newer one";
            return ("quarantined", $"It fell back to its last stable revision {applied}: {quarantined} is in quarantine there, for the service ended uncleanly on it more than once.");
        }
        if (status.Refusal is { } refusal) return ("refused", $"It refuses {FleetViews.RevisionOf(refusal.Revision)} ({refusal.Code}): {refusal.Detail}");
        if (isNewest && now.IsArchived && !status.Stale) return ("archived", "It runs the newest revision, and there will be none: the namespace is archived and refuses changes.");
        if (isNewest && !status.Stale && PinRecord.Find(now.Records) is { } pin) return ("pinned", $"It runs the newest revision, which holds what {pin.Revision} held: {pin.By} pinned the namespace there, and it takes no changes until it is released.");
        if (isNewest) return status.Stale ? ("stale", "It runs the newest revision, and has lost contact: it would not hear of a newer one.") : ("current", "It runs the newest revision.");
        if (records is not null && Mapping.Find(records, key)?.Etag == Mapping.Find(now.Records, key)?.Etag) return ("same", $"It is at {applied}, behind {now.Revision}, but this setting is the same in both.");
        return status.Stale
            ? ("stale", $"It is at {applied} and has lost contact with the tiers above it; {now.Revision} has not reached it.")
            : ("laggard", $"It is at {applied}; {now.Revision} is on its way or has not been confirmed yet.");
    }
}
