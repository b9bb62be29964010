// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text;
using System.Text.Json;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Core.State;
using Heliograph.Replication.Following;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Heliograph.Agent.ReadApi;

/// <summary>A namespace's changes as server-sent events. A watcher holds one past content and no queue: whoever reads slowly gets changes joined.</summary>
internal sealed class WatchStream(NamespaceInterest.Lease lease, ReadQuery query, Follower follower, TimeProvider time)
{
    /// <summary>Longest silence; half of what proxies commonly allow, and it is when a watcher hears that the namespace is stale.</summary>
    public static readonly TimeSpan CommentInterval = TimeSpan.FromSeconds(10);

    /// <summary>Sends until the watcher leaves, the namespace is gone, or the agent stops.</summary>
    public async Task SendAsync(HttpContext context, CancellationToken stopping)
    {
        (context.Response.ContentType, context.Response.Headers.CacheControl) = ("text/event-stream", "no-store");
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await SendAsync(context.Response, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The watcher left, or the agent stops: either way the stream just ends.
        }
    }

    private async Task SendAsync(HttpResponse response, CancellationToken cancellationToken)
    {
        await WriteAsync(response, "retry: 1000\n\n"u8.ToArray(), cancellationToken);
        MerkleMap? sent = null;
        bool? wasStale = null;
        while (true)
        {
            var changed = lease.NextChange; // before looking: what changes in between is not missed
            if (lease.Current is not { } version)
            {
                await WriteAsync(response, Event("gone", null, json => json.WriteString("reason"u8, lease.Gone?.Code)), cancellationToken);
                return;
            }
            if (sent is null)
            {
                if (query.After != version.Revision) await WriteAsync(response, Snapshot(version), cancellationToken); // an agent keeps no history: the whole of it brings whoever has another revision up to date
            }
            else if (!ReferenceEquals(sent, version.Records) && SettingJson.Difference(sent, version.Records, query.Filter) is { Count: > 0 } difference)
                await WriteAsync(response, Change(version, sent, difference), cancellationToken);
            sent = version.Records;
            var isStale = follower.Freshness.IsStaleFor(lease.Name);
            if (wasStale != isStale) await WriteAsync(response, Event("freshness", null, json => json.WriteBoolean("stale"u8, isStale)), cancellationToken);
            wasStale = isStale;
            try
            {
                await changed.WaitAsync(CommentInterval, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                await WriteAsync(response, ": alive\n\n"u8.ToArray(), cancellationToken);
            }
        }
    }

    private ReadOnlyMemory<byte> Snapshot(NamespaceVersion version) => Event("snapshot", version, json =>
    {
        json.WriteStartArray("settings"u8);
        foreach (var (_, recordKey, record) in SettingJson.Sorted(version, query.Filter))
            if (SettingRecord.TryParse(recordKey.Span, record.Span, out var setting)) SettingJson.Write(json, setting, record.Span);
        json.WriteEndArray();
    });

    private static ReadOnlyMemory<byte> Change(NamespaceVersion version, MerkleMap before, IReadOnlyList<(SettingKey Key, MerkleChange Change)> difference) => Event("change", version, json =>
    {
        json.WriteStartArray("changes"u8);
        foreach (var (key, change) in difference) SettingJson.WriteDifference(json, key, change, before);
        json.WriteEndArray();
    });

    /// <summary>One event; JSON holds no line ends, so its data is one line.</summary>
    private static ReadOnlyMemory<byte> Event(string kind, NamespaceVersion? version, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(1_024);
        body.Write(Encoding.UTF8.GetBytes(version is null ? $"event: {kind}\ndata: " : $"event: {kind}\nid: {version.Revision}\ndata: "));
        using (var json = new Utf8JsonWriter(body, SettingJson.Plain))
        {
            json.WriteStartObject();
            if (version is not null)
            {
                json.WriteString("revision"u8, version.Revision.ToString());
                json.WriteString("stateRoot"u8, version.StateRoot.ToString());
            }
            write(json);
            json.WriteEndObject();
        }
        body.Write("\n\n"u8);
        return body.WrittenMemory;
    }

    private static async Task WriteAsync(HttpResponse response, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await response.Body.WriteAsync(bytes, cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}
