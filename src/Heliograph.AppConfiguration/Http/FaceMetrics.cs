// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.Metrics;
using Heliograph.Hosting.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Heliograph.AppConfiguration.Http;

/// <summary>What the face tells of its requests: how many, of which kind, how they ended, how long they took. Names no store and no key.</summary>
internal sealed class FaceMetrics
{
    private static readonly string[] s_kinds = ["get", "list", "write", "snapshot", "other"];

    private static readonly string[] s_outcomes = ["ok", "not_modified", "invalid", "denied", "not_found", "precondition_failed", "throttled", "unavailable", "failed"];

    private readonly long[] _requests = new long[s_kinds.Length * s_outcomes.Length]; // kept here: what came before anyone gathered is counted, and an outcome that never came is 0
    private readonly Histogram<double> _duration;
    private readonly KeyValuePair<string, object?>[] _kinds = [.. s_kinds.Select(kind => new KeyValuePair<string, object?>("kind", kind))];

    /// <summary>Makes the instruments.</summary>
    /// <param name="meter">The tier's.</param>
    public FaceMetrics(Meter meter)
    {
        var outcomes = s_outcomes.Select(outcome => new KeyValuePair<string, object?>("outcome", outcome)).ToArray();
        Instruments.FaceRequests.Observe(meter, () => Enumerable.Range(0, _requests.Length).Select(index => new Measurement<long>(Volatile.Read(ref _requests[index]), _kinds[index / s_outcomes.Length], outcomes[index % s_outcomes.Length])));
        _duration = Instruments.FaceRequestDuration.Record(meter);
    }

    /// <summary>A request was answered.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="status">The status of the answer.</param>
    /// <param name="elapsed">From the request to the end of its answer.</param>
    public void Answered(HttpRequest request, int status, TimeSpan elapsed)
    {
        var kind = KindOf(request);
        Interlocked.Increment(ref _requests[(kind * s_outcomes.Length) + OutcomeOf(status)]);
        _duration.Record(elapsed.TotalSeconds, _kinds[kind]);
    }

    private static int KindOf(HttpRequest request)
    {
        var path = (request.Path.Value ?? "").AsSpan().TrimStart('/');
        var end = path.IndexOf('/');
        var isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        return (end < 0 ? path : path[..end]) switch
        {
            "kv" => !isRead ? 2 : end >= 0 && end + 1 < path.Length ? 0 : 1,
            "keys" or "labels" or "revisions" => 1,
            "locks" => 2,
            "snapshots" or "operations" => 3,
            _ => 4,
        };
    }

    private static int OutcomeOf(int status) => status switch
    {
        304 => 1,
        < 400 => 0,
        401 or 403 => 3,
        404 => 4,
        412 => 5,
        429 => 6,
        < 500 => 2,
        503 => 7,
        _ => 8,
    };
}
