// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Core.Log;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Origin.Http;

/// <summary>What changed, when, by whom and why; and what lies between two revisions. A deleted namespace keeps its history.</summary>
internal static class HistoryEndpoints
{
    private const int EntriesScannedMax = 2_000; // for a key that hardly changes, a page may be empty and still have a next one
    private const int SinceSecondsMax = 366 * 86_400;

    public static void Map(IEndpointRouteBuilder routes, OriginApi api)
    {
        routes.Get("/namespaces/{ns}/history", api, HistoryAsync).Describe<Page<HistoryItem>>("history", "Entries that touched the namespace, newest first.", "before limit key label sinceSeconds");
        routes.Get("/history", api, RealmHistoryAsync).Describe<Page<HistoryItem>>("realmHistory", "Entries of all namespaces that the caller may read, newest first.", "prefix before limit sinceSeconds");
        routes.Get("/namespaces/{ns}/diff", api, DiffAsync).Describe<DiffView>("diff", "What changed from one revision of the log to another.", "from! to");
    }

    private static async Task<IResult> HistoryAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        var name = OriginApi.Namespace(context, faults);
        var query = new QueryReader(context, faults, "before", "limit", "key", "label", "sinceSeconds");
        var (before, limit, key, label, notBefore) = (query.Revision("before"), query.Number("limit", 1, 1_000, 100), query.Text("key"), query.Text("label"), NotBefore(api, query));
        if (faults.Any) return faults.ToProblem();
        if (context.GetCaller().Refusal(name, Role.Reader) is { } refusal) return refusal;
        var (state, problem) = await api.StateForAsync(context);
        if (problem is not null) return problem;
        var sequences = api.Sequencer.History.SequencesBefore(name, before?.Sequence ?? long.MaxValue, key is null ? limit + 1 : EntriesScannedMax + 1);
        if (sequences.Count == 0 && api.Sequencer.History.SequencesBefore(name, long.MaxValue, 1).Count == 0) return OriginApi.NotFound();

        var items = new List<HistoryItem>();
        long? last = null;
        foreach (var sequence in sequences)
        {
            if (items.Count == limit || (key is not null && last is not null && sequence == sequences[^1] && sequences.Count > EntriesScannedMax))
                return Answer(items, new Revision(state.Revision.Epoch, last!.Value));
            var read = await api.Sequencer.History.ReadEntryAsync(sequence, context.RequestAborted);
            if (read is not StoreAnswer<LogEntry>.Done { Value: var entry }) return OriginApi.Unread(read);
            if (entry.Content.CommittedAtMs < notBefore) break; // times never fall along the log: all further ones are older
            if (key is null || Touches(entry, key, label)) items.Add(entry.ToHistory(api.Sequencer.History));
            last = sequence;
        }
        return Answer(items, null);
    }

    private static async Task<IResult> RealmHistoryAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryReader(context, faults, "prefix", "before", "limit", "sinceSeconds");
        var (prefix, before, limit, notBefore) = (query.Text("prefix") ?? "", query.Revision("before"), query.Number("limit", 1, 1_000, 100), NotBefore(api, query));
        if (faults.Any) return faults.ToProblem();
        var (state, problem) = await api.StateForAsync(context);
        if (problem is not null) return problem;
        var (caller, items) = (context.GetCaller(), new List<HistoryItem>());
        var newest = Math.Min((before?.Sequence ?? long.MaxValue) - 1, state.Revision.Sequence);
        for (var sequence = newest; sequence > 0; sequence--)
        {
            if (items.Count == limit || newest - sequence == EntriesScannedMax) return Answer(items, new Revision(state.Revision.Epoch, sequence + 1));
            var read = await api.Sequencer.History.ReadEntryAsync(sequence, context.RequestAborted);
            if (read is not StoreAnswer<LogEntry>.Done { Value: var entry }) return OriginApi.Unread(read);
            if (entry.Content.CommittedAtMs < notBefore) break;
            if (EpochStep.IsBeginning(entry) && prefix.Length == 0) items.Add(entry.ToHistory(api.Sequencer.History)); // of every namespace, and of none
            if (entry.Content.Namespace.StartsWith(prefix, StringComparison.Ordinal) && NamespaceName.TryParse(entry.Content.Namespace, out var name, out _) && caller.MayRead(name)) items.Add(entry.ToHistory(api.Sequencer.History));
        }
        return Answer(items, null);
    }

    private static long NotBefore(OriginApi api, QueryReader query) =>
        query.Number("sinceSeconds", 1, SinceSecondsMax, 0) is > 0 and var seconds ? api.Time.GetUtcNow().ToUnixTimeMilliseconds() - seconds * 1_000L : long.MinValue;

    private static async Task<IResult> DiffAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        var name = OriginApi.Namespace(context, faults);
        var query = new QueryReader(context, faults, "from", "to");
        var (_, from, to) = (query.Required("from"), query.Revision("from"), query.Revision("to"));
        if (faults.Any) return faults.ToProblem();
        if (context.GetCaller().Refusal(name, Role.Reader) is { } refusal) return refusal;
        var (state, problem) = await api.StateForAsync(context);
        if (problem is not null) return problem;
        var (before, _, unread) = await api.ContentAtAsync(state, null, name, from, "from", context.RequestAborted);
        if (before is null) return unread!;
        var (after, _, unreadToo) = await api.ContentAtAsync(state, state.Find(name), name, to, "to", context.RequestAborted);
        if (after is null) return unreadToo!;
        return TypedResults.Json(new DiffView(from!.Value.ToString(), (to ?? state.Revision).ToString(), Mapping.Diff(before, after)), ApiJson.Default.DiffView);
    }

    private static bool Touches(LogEntry entry, string key, string? label) =>
        entry.Content.ChangeSettings?.Changes.Any(change => change.Key == key && (label is null || change.Label == label)) ?? false;

    private static JsonHttpResult<Page<HistoryItem>> Answer(IReadOnlyList<HistoryItem> items, Revision? next) =>
        TypedResults.Json(new Page<HistoryItem>(items, next?.ToString()), ApiJson.Default.HistoryPage);
}
