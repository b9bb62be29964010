// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.Metrics;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Replication.Counting;
using Heliograph.Replication.Following;

namespace Heliograph.Client;

/// <summary>What a client tells of itself, for the application's own OpenTelemetry: add the meter <c>Heliograph.Client</c>, and the source <c>Heliograph</c> for spans. Nothing is gathered, and nothing paid, while nobody listens.</summary>
internal sealed class ClientMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Heliograph.Client";

    private static readonly (RefusalCode Code, KeyValuePair<string, object?> Tag)[] s_codes = [.. Enum.GetValues<RefusalCode>().Select(code => (code, new KeyValuePair<string, object?>("code", RefusalCodes.ToWire(code))))];

    private static readonly double[] s_buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

    private readonly Meter _meter = new(MeterName);
    private readonly long[] _servedRefusals = new long[s_codes.Length];

    /// <summary>Makes the instruments, and listens for what is applied: before following begins.</summary>
    /// <param name="follower">What is followed.</param>
    /// <param name="instance">Who this is, in spans.</param>
    /// <param name="time">The clock.</param>
    public ClientMetrics(Follower follower, string instance, TimeProvider time)
    {
        var (counts, freshness) = (follower.Counts, follower.Freshness);
        var propagation = _meter.CreateHistogram("heliograph.client.propagation.duration", "s", "From the commit at the origin (the signed head's time) to verified and kept here, for each change that came while connected. Wall clocks of both machines.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = s_buckets });
        counts.Applied += applied =>
        {
            if (!applied.IsChange) return;
            var head = applied.Version.Head;
            if (propagation.Enabled) propagation.Record(Math.Max(0, (time.GetUtcNow() - head.IssuedAt).TotalSeconds)); // clocks apart must not make it negative
            if (CommitTrace.IsWanted) CommitTrace.Record("apply", CommitTrace.ContextOf(head.LogId, applied.Version.Revision, ratio: 1), applied.Version.Name, applied.Version.Revision, head.IssuedAt, time.GetUtcNow(), instance);
        };
        _meter.CreateObservableGauge("heliograph.client.staleness", () => freshness.SinceFreshHead.TotalSeconds, "s", "Time since a fresh head was verified, by the monotonic clock; since the start if none was.");
        _meter.CreateObservableGauge("heliograph.client.stale", () => freshness.IsStale ? 1 : 0, "", "1 while what is served may be out of date.");
        _meter.CreateObservableGauge("heliograph.client.connected", () => follower.ConnectedParent is null ? 0 : 1, "", "1 while a parent is connected.");
        _meter.CreateObservableUpDownCounter("heliograph.client.namespaces", () => follower.Versions.Count, "{namespace}", "Namespaces held.");
        _meter.CreateObservableCounter("heliograph.client.updates", () => counts.Updates, "{update}", "Updates that were verified and kept.");
        _meter.CreateObservableCounter("heliograph.client.sessions.lost", () => counts.Lost, "{session}", "Sessions with a parent that ended, and tries that did not come to be one; not those whose old connection was only made anew.");
        _meter.CreateObservableCounter("heliograph.client.refusals", () => s_codes.Select(code => new Measurement<long>(counts.UpdatesRefused(code.Code) + Volatile.Read(ref _servedRefusals[(int)code.Code]), code.Tag)), "{refusal}", "Revisions that were not accepted here, or not by the application, by the codes of docs/reference/errors.md.");
        _meter.CreateObservableCounter("heliograph.client.integrity.failures", () => s_codes.Select(code => new Measurement<long>(counts.HeadsRefused(code.Code), code.Tag)), "{failure}", "Heads, proofs and contents that cannot be true, by code. One is enough to wake someone.");
    }

    /// <summary>The application does not serve a revision.</summary>
    public void NotServed(RefusalCode code) => Interlocked.Increment(ref _servedRefusals[(int)code]);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
