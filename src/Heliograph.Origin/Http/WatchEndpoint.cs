// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Origin.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Origin.Http;

/// <summary>A namespace's changes as server-sent events. A watcher holds one past content and no queue: whoever reads slowly gets changes joined.</summary>
internal static class WatchEndpoint
{
    private static readonly TimeSpan CommentInterval = TimeSpan.FromSeconds(10);

    public static void Map(IEndpointRouteBuilder routes, OriginApi api) =>
        routes.GetStream("/namespaces/{ns}/watch", api, WatchAsync).Describe<WatchChange>("watch", "Changes as they come: server-sent events, resumable by Last-Event-ID.", "after", "Last-Event-ID", mediaType: "text/event-stream");

    private static async Task<IResult> WatchAsync(OriginApi api, HttpContext context)
    {
        var faults = new Faults();
        var name = OriginApi.Namespace(context, faults);
        var after = new QueryReader(context, faults, "after").Revision("after");
        var header = context.Request.Headers["Last-Event-ID"].ToString();
        if (header.Length > 0)
        {
            if (Revision.TryParse(header, out var seen)) after = seen; // a reconnect goes on from there, whatever the address says
            else faults.Add("Last-Event-ID", "This is not the id of an event.");
        }
        if (faults.Any) return faults.ToProblem();
        var (_, found, problem) = await api.ReadAsync(context, name);
        if (problem is not null) return problem;
        var start = await StartAsync(api, name, after, found!.Revision, context.RequestAborted);
        return new EventStream(api, name, start);
    }

    /// <summary>What the watcher holds already; <see langword="null"/> if it needs a snapshot.</summary>
    private static async Task<(MerkleMap Records, Revision Revision)?> StartAsync(OriginApi api, NamespaceName name, Revision? after, Revision newest, CancellationToken cancellationToken)
    {
        if (after is not { } seen || seen.Epoch != newest.Epoch || seen.IsAfter(api.Sequencer.Current.State.Revision)) return null;
        return await api.Sequencer.History.FindAsync(name, seen.Sequence, cancellationToken) is StoreAnswer<PastNamespace?>.Done { Value: { } past } ? (past.Records, seen) : null;
    }

    private sealed class EventStream(OriginApi api, NamespaceName name, (MerkleMap Records, Revision Revision)? start) : IResult
    {
        public async Task ExecuteAsync(HttpContext context)
        {
            var response = context.Response;
            (response.ContentType, response.Headers.CacheControl) = ("text/event-stream", "no-store");
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, api.Stopping);
            try { await SendAsync(response, context.GetCaller(), ending.Token); }
            catch (OperationCanceledException) when (ending.IsCancellationRequested) { } // the watcher left, or the origin stops: either way the stream just ends
        }

        private async Task SendAsync(HttpResponse response, Caller caller, CancellationToken cancellationToken)
        {
            var held = start;
            await WriteAsync(response, ": watching\n\n"u8.ToArray(), cancellationToken);
            while (true)
            {
                var next = api.Signal.Next; // before looking, so that no change is missed
                var state = api.Sequencer.Current.State;
                if (!caller.Under(api.Credentials.Policy, api.Time.GetUtcNow()).MayRead(name)) return; // a role taken away ends the watch, and so does the end of a token of an issuer
                if (state.Find(name) is not { } now)
                {
                    await SendAsync(response, "deleted", state.Revision, new(state.Revision.ToString()), ApiJson.Default.WatchDeleted, cancellationToken);
                    return;
                }
                if (held is not { } seen)
                    await SendAsync(response, "snapshot", now.Revision, new(now.Revision.ToString(), now.StateRoot.ToString(), SortedSettings.Of(now.Records).Page(null, int.MaxValue, "", _ => true).Items), ApiJson.Default.WatchSnapshot, cancellationToken);
                else if (now.Revision.IsAfter(seen.Revision))
                    await SendAsync(response, "change", now.Revision, new(now.Revision.ToString(), now.StateRoot.ToString(), Mapping.Diff(seen.Records, now.Records)), ApiJson.Default.WatchChange, cancellationToken);
                held = (now.Records, held is { } before && before.Revision.IsAfter(now.Revision) ? before.Revision : now.Revision);
                try { await next.WaitAsync(PauseOf(caller), api.Time, cancellationToken); }
                catch (TimeoutException) { await WriteAsync(response, ": alive\n\n"u8.ToArray(), cancellationToken); }
            }
        }

        private TimeSpan PauseOf(Caller caller) =>
            caller.ExpiresAt is { } end && end - api.Time.GetUtcNow() is var left && left < CommentInterval ? left > TimeSpan.Zero ? left : TimeSpan.Zero : CommentInterval;

        private static async Task SendAsync<T>(HttpResponse response, string kind, Revision id, T data, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        {
            // JSON holds no line ends, so an event's data is one line.
            await response.WriteAsync($"event: {kind}\nid: {id}\ndata: {JsonSerializer.Serialize(data, type)}\n\n", cancellationToken);
            await response.Body.FlushAsync(cancellationToken);
        }

        private static async Task WriteAsync(HttpResponse response, byte[] bytes, CancellationToken cancellationToken)
        {
            await response.Body.WriteAsync(bytes, cancellationToken);
            await response.Body.FlushAsync(cancellationToken);
        }
    }
}
