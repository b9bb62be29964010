// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Yardstick.Workloads;

/// <summary>The storm at a relay that lets in only a fifth of those who come: the others are told when to come again. Who has everything leaves, as a job that has started, and makes room.</summary>
/// <remarks>A client that comes back earlier than it was told is a fault.</remarks>
internal sealed class AdmissionWorkload : Workload
{
    private const int Settings = 1_000, SettingBytes = 256, SnapshotsAtOnce = 16, Part = 5, AdmittedMin = 32;
    private static readonly TimeSpan ServeWithin = TimeSpan.FromSeconds(120);

    public override string Name => "admission";

    public override int SubscribersByDefault => 5_000;

    public override IReadOnlyList<string> Compared { get; } = ["lastMs", "worstWaitMs", "p50Ms", "sentAway", "attemptsMax", "cpuMillisPerClient", "peakMib"];

    public override string SystemsByDefault => "heliograph";

    public override bool Fits(MeasuredSystem system) => system is HeliographSystem;

    public override Figures Run(MeasuredSystem system, int subscribers, bool isFirst)
    {
        var (figures, admitted) = (new Figures(), Math.Max(AdmittedMin, subscribers / Part));
        ((HeliographSystem)system).RelayArguments = ["--subscribers-max", admitted.ToString(CultureInfo.InvariantCulture), "--snapshots-at-once", SnapshotsAtOnce.ToString(CultureInfo.InvariantCulture)];
        system.Start();
        system.Store(Settings, SettingBytes);
        WarmUp(system, wantsSnapshot: true, Settings, updates: 0);
        var recorder = new Recorder(subscribers, 0, Settings);
        var (cpu, began) = (system.Server.CpuSeconds, Stopwatch.GetTimestamp());
        var plan = new FleetPlan(system.Port, subscribers) { WantsSnapshot = true, ConnectsAtOnce = subscribers, Reconnects = true, LeavesWhenLive = true, Tls = system.Tls };
        using var fleet = new Fleet(plan, system.NewWire(Settings), recorder);
        if (!recorder.Wait(() => recorder.Ready >= subscribers, ServeWithin)) recorder.Fault($"of {subscribers} clients {recorder.Ready} were served after {ServeWithin.TotalSeconds} s");
        fleet.ThrowIfFailed();
        double[] waits = [.. fleet.Subscribers.Where(subscriber => subscriber.LiveAt > 0).Select(subscriber => Stopwatch.GetElapsedTime(subscriber.AskedAt, subscriber.LiveAt).TotalMilliseconds).Order()];
        (figures["p50Ms"], figures["p99Ms"], figures["worstWaitMs"]) = (Percentiles.Of(waits, 0.5), Percentiles.Of(waits, 0.99), Percentiles.Of(waits, 1));
        figures["lastMs"] = fleet.Subscribers.Max(subscriber => Stopwatch.GetElapsedTime(began, subscriber.LiveAt).TotalMilliseconds);
        figures["cpuMillisPerClient"] = (system.Server.CpuSeconds - cpu) * 1e3 / subscribers;
        figures["peakMib"] = system.Server.PeakKib / 1_024.0;
        figures["admittedAtOnce"] = admitted;
        figures["snapshotsAtOnce"] = SnapshotsAtOnce;
        figures["sentAway"] = fleet.Subscribers.Count(subscriber => subscriber.SentAway > 0);
        figures["attempts"] = fleet.Subscribers.Sum(subscriber => 1.0 + subscriber.Reconnects);
        figures["attemptsMax"] = fleet.Subscribers.Max(subscriber => 1 + subscriber.Reconnects);
        if (figures["sentAway"] == 0) recorder.Fault("nobody was sent away: this was no storm with admission");
        Conclude(system, fleet, figures);
        return figures;
    }
}
