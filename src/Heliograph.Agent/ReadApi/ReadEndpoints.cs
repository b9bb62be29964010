// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text;
using System.Text.Json;
using Heliograph.Agent.Projection;
using Heliograph.Core.Replicas;
using Heliograph.Core.State;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Problems;
using Heliograph.Hosting.Replicas;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Agent.ReadApi;

/// <summary>Reading over HTTP, for processes of this host in any language: one setting, its value, all settings, and changes as they come. docs/reference/agent-api.md.</summary>
internal sealed class ReadEndpoints : IDisposable
{
    /// <summary>Longest wait of a long poll.</summary>
    public const int WaitSecondsMax = 300;

    /// <summary>Most callers that wait or watch at once.</summary>
    public const int WaitersMax = 1_000;

    /// <summary>How long a request waits for a namespace that is not held yet, if it does not say so itself.</summary>
    public static readonly TimeSpan ArrivalWait = TimeSpan.FromSeconds(2);

    private const int FlushBytes = 64 << 10;

    private readonly Follower _follower;
    private readonly ISyncAuthorizer _authorizer;
    private readonly NamespaceInterest _interest;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stopping;
    private ProjectionSet? _projections;
    private int _waiters;

    private ReadEndpoints(EndpointParts parts)
    {
        (_follower, _authorizer, _time, _stopping) = (parts.Follower, parts.Authorizer, parts.Time, parts.Application.Lifetime.ApplicationStopping);
        _interest = new NamespaceInterest(parts.Follower, parts.Time);
    }

    /// <summary>Adds them to an agent.</summary>
    /// <returns>Dispose it with the agent.</returns>
    public static IDisposable Map(EndpointParts parts, IReadOnlyList<ProjectionOptions> projections)
    {
        var reading = new ReadEndpoints(parts);
        Get(parts.Application, "/api/v1/namespaces/{ns}/setting", reading.SettingAsync);
        Get(parts.Application, "/api/v1/namespaces/{ns}/value", reading.ValueAsync);
        Get(parts.Application, "/api/v1/namespaces/{ns}/settings", reading.SettingsAsync);
        Get(parts.Application, "/api/v1/namespaces/{ns}/watch", reading.WatchAsync);
        if (!OperatingSystem.IsWindows()) reading._projections = ProjectionSet.Start(projections, reading._interest, parts);
        else if (projections.Count > 0) throw new PlatformNotSupportedException("Settings are kept as files on Unix only: a generation is swapped by a link.");
        return reading;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!OperatingSystem.IsWindows()) _projections?.Dispose();
        _interest.Dispose();
    }

    private static void Get(IEndpointRouteBuilder routes, string pattern, Func<HttpContext, Task<IResult?>> answer) =>
        routes.MapMethods(pattern, [HttpMethods.Get, HttpMethods.Head], (RequestDelegate)(async context =>
        {
            if (await answer(context) is { } result) await result.ExecuteAsync(context);
        }));

    private Task<IResult?> SettingAsync(HttpContext context) => OneAsync(context, (setting, record) =>
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        var body = new ArrayBufferWriter<byte>(512 + setting.Value.Length);
        using (var json = new Utf8JsonWriter(body, SettingJson.Plain)) SettingJson.Write(json, setting, record.Span);
        return body.WrittenMemory;
    });

    private Task<IResult?> ValueAsync(HttpContext context) => OneAsync(context, (setting, _) =>
    {
        // Never what a browser would run: a value is text, or JSON that says it is.
        var isJson = setting.ContentType is { } type && (type.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) || type.Contains("+json", StringComparison.OrdinalIgnoreCase));
        context.Response.ContentType = isJson ? "application/json; charset=utf-8" : "text/plain; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return Encoding.UTF8.GetBytes(setting.Value);
    });

    private async Task<IResult?> OneAsync(HttpContext context, Func<Setting, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> render)
    {
        var query = ReadQuery.Of(context, "key", "label", "wait");
        if (query.Problem is { } fault) return fault;
        var recordKey = SettingRecord.KeyOf(query.Key);
        return await ReadAsync(context, query, IsNews, async version =>
        {
            if (version.Records.TryGet(recordKey, out var record) && SettingRecord.TryParse(recordKey, record.Span, out var setting))
            {
                var tag = $"\"{SettingRecord.ContentHash(record.Span)}\"";
                context.Response.Headers.ETag = tag;
                if (EntityTags.Matches(context.Request, tag))
                {
                    context.Response.StatusCode = StatusCodes.Status304NotModified;
                    return null;
                }
                var body = render(setting, record);
                context.Response.ContentLength = body.Length;
                if (HttpMethods.IsGet(context.Request.Method)) await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
                return null;
            }
            return ProblemKinds.NotFound.With("The namespace has no such setting.");
        });

        bool IsNews(NamespaceVersion version) => version.Records.TryGet(recordKey, out var record)
            ? !EntityTags.Matches(context.Request, $"\"{SettingRecord.ContentHash(record.Span)}\"")
            : EntityTags.HasAny(context.Request); // who has it hears that it is gone; who has nothing waits until it comes
    }

    private async Task<IResult?> SettingsAsync(HttpContext context)
    {
        var query = ReadQuery.Of(context, "prefix", "label", "wait");
        if (query.Problem is { } fault) return fault;
        return await ReadAsync(context, query, version => !EntityTags.Matches(context.Request, TagOf(version)), async version =>
        {
            context.Response.Headers.ETag = TagOf(version);
            if (EntityTags.Matches(context.Request, TagOf(version)))
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return null;
            }
            context.Response.ContentType = "application/json; charset=utf-8";
            if (HttpMethods.IsHead(context.Request.Method)) return null;
            await using var json = new Utf8JsonWriter(context.Response.BodyWriter, SettingJson.Plain);
            json.WriteStartObject();
            json.WriteString("revision"u8, version.Revision.ToString());
            json.WriteString("stateRoot"u8, version.StateRoot.ToString());
            json.WriteStartArray("items"u8);
            foreach (var (_, recordKey, record) in SettingJson.Sorted(version, query.Filter))
            {
                if (!SettingRecord.TryParse(recordKey.Span, record.Span, out var setting)) continue; // of a later version: it has no shape here
                SettingJson.Write(json, setting, record.Span);
                if (json.BytesPending < FlushBytes) continue;
                json.Flush();
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }
            json.WriteEndArray();
            json.WriteEndObject();
            await json.FlushAsync(context.RequestAborted);
            return null;
        });
    }

    private async Task<IResult?> WatchAsync(HttpContext context)
    {
        var query = ReadQuery.Of(context, "after", "prefix", "label");
        if (query.Problem is { } fault) return fault;
        if (!MayRead(context, query.Name)) return NotFound();
        if (Interlocked.Increment(ref _waiters) > WaitersMax)
        {
            Interlocked.Decrement(ref _waiters);
            return Full();
        }
        try
        {
            using var lease = _interest.Acquire(query.Name);
            if (lease is null) return Full();
            var version = await HeldAsync(lease, static _ => true, ArrivalWait, context.RequestAborted);
            if (version is null) return Absent(lease);
            if (HttpMethods.IsGet(context.Request.Method)) await new WatchStream(lease, query, _follower, _time).SendAsync(context, _stopping);
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _waiters);
        }
    }

    /// <summary>Answers from what is held, once that is news to the caller or it has waited long enough.</summary>
    private async Task<IResult?> ReadAsync(HttpContext context, ReadQuery query, Func<NamespaceVersion, bool> isNews, Func<NamespaceVersion, Task<IResult?>> answer)
    {
        if (!MayRead(context, query.Name)) return NotFound();
        using var lease = _interest.Acquire(query.Name);
        if (lease is null) return Full();
        var version = lease.Current;
        if (version is null || (query.Wait > TimeSpan.Zero && !isNews(version)))
        {
            if (Interlocked.Increment(ref _waiters) > WaitersMax)
            {
                Interlocked.Decrement(ref _waiters);
                return Full();
            }
            try
            {
                version = await HeldAsync(lease, query.Wait > TimeSpan.Zero ? isNews : static _ => true, query.Wait > ArrivalWait || version is not null ? query.Wait : ArrivalWait, context.RequestAborted);
            }
            finally
            {
                Interlocked.Decrement(ref _waiters);
            }
        }
        if (version is null) return Absent(lease);
        context.Response.Headers["Heliograph-Revision"] = version.Revision.ToString();
        context.Response.Headers["Heliograph-Stale"] = _follower.Freshness.IsStaleFor(query.Name) ? "true" : "false";
        context.Response.Headers.CacheControl = "no-cache";
        return await answer(version);
    }

    /// <summary>What is held, as soon as it is enough; after the wait, or when a parent says that it is not there, whatever is held.</summary>
    private async Task<NamespaceVersion?> HeldAsync(NamespaceInterest.Lease lease, Func<NamespaceVersion, bool> isEnough, TimeSpan wait, CancellationToken gone)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(gone, _stopping);
        var started = _time.GetTimestamp();
        while (true)
        {
            var changed = lease.NextChange; // before looking: what changes in between is not missed
            var version = lease.Current;
            if (version is null ? lease.Gone is not null : isEnough(version)) return version;
            var left = wait - _time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return version;
            try
            {
                await changed.WaitAsync(left, _time, either.Token);
            }
            catch (TimeoutException)
            {
                return lease.Current;
            }
            catch (OperationCanceledException) when (!gone.IsCancellationRequested)
            {
                return lease.Current; // the agent stops: the caller gets what there is, and asks the next one
            }
        }
    }

    private bool MayRead(HttpContext context, NamespaceName name) => context.GetPeer(_time) is { Kind: not PeerKind.Anonymous } peer && _authorizer.MayRead(peer, name);

    private static string TagOf(NamespaceVersion version) => $"\"{version.StateRoot}\"";

    private static Problem NotFound() => ProblemKinds.NotFound.With("There is no such namespace, or it may not be read.");

    private static Problem Full() => ProblemKinds.Overloaded.With("So many read and wait here that there is no room for one more.", retryAfter: TimeSpan.FromSeconds(5));

    private static Problem Absent(NamespaceInterest.Lease lease) => lease.Gone is { } gone
        ? ProblemKinds.NotFound.With($"A parent of this agent says of '{lease.Name}': {gone.Code}.")
        : ProblemKinds.NotReady.With($"'{lease.Name}' is not here yet: no parent of this agent has sent it.", retryAfter: TimeSpan.FromSeconds(1));
}
