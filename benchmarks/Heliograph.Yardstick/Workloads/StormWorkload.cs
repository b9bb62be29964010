// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Yardstick.Workloads;

/// <summary>N cold clients at once, each of whom takes 1,000 settings of 256 bytes and is live then; where the system can, all of them come back a few changes later.</summary>
internal sealed class StormWorkload : Workload
{
    private const int Settings = 1_000, SettingBytes = 256, MissedChanges = 3;
    private static readonly TimeSpan ServeWithin = TimeSpan.FromSeconds(120);

    public override string Name => "storm";

    public override int SubscribersByDefault => 5_000;

    public override IReadOnlyList<string> Compared { get; } = ["cpuMillisPerClient", "peakMib", "lastMs", "p99Ms", "resumeCpuMillisPerClient", "liveAfterShare"];

    public override bool Fits(MeasuredSystem system) => system.HasStoredValues;

    public override Figures Run(MeasuredSystem system, int subscribers, bool isFirst)
    {
        var figures = new Figures();
        system.Start();
        system.Store(Settings, SettingBytes);
        WarmUp(system, wantsSnapshot: true, Settings, updates: 0);
        var recorder = new Recorder(subscribers, 16, Settings);
        var (memory, cpu, own, began) = (system.Server.ResidentKib, system.Server.CpuSeconds, MeasuredProcess.OwnCpuSeconds, Stopwatch.GetTimestamp());
        var plan = new FleetPlan(system.Port, subscribers) { WantsSnapshot = true, ConnectsAtOnce = subscribers, Reconnects = true, Tls = system.Tls };
        using var fleet = new Fleet(plan, system.NewWire(Settings), recorder);
        if (!recorder.Wait(() => recorder.Served >= subscribers && recorder.Ready >= subscribers, ServeWithin))
            recorder.Fault($"of {subscribers} clients {recorder.Served} were served and {recorder.Ready} were live after {ServeWithin.TotalSeconds} s");
        fleet.ThrowIfFailed();
        Thread.Sleep(1_000); // reports
        double[] served = [.. recorder.ServedAt.Select(at => Stopwatch.GetElapsedTime(began, at).TotalMilliseconds).Order()];
        figures["served"] = recorder.Served;
        (figures["p50Ms"], figures["p99Ms"], figures["lastMs"]) = (Percentiles.Of(served, 0.5), Percentiles.Of(served, 0.99), Percentiles.Of(served, 1));
        figures["cpuMillisPerClient"] = (system.Server.CpuSeconds - cpu) * 1e3 / Math.Max(1, recorder.Served);
        figures["clientCpuMillisPerClient"] = (MeasuredProcess.OwnCpuSeconds - own) * 1e3 / subscribers;
        figures["kibPerSubscriber"] = (system.Server.ResidentKib - memory) / (double)subscribers;
        figures["peakMib"] = system.Server.PeakKib / 1_024.0;
        figures["sentElsewhereOrLater"] = fleet.Subscribers.Sum(subscriber => (double)subscriber.Reconnects);
        recorder.Expected = recorder.Ready;
        var value = Stamp.NewValue(ValueBytes, Stamp.Live, 0);
        Publish(system, value, 0);
        figures["liveAfterShare"] = recorder.WaitFor(0, TimeSpan.FromSeconds(10)) ? 1 : Share(recorder.Reached(0), subscribers);
        if (system.CanResume) Resume(system, fleet, value, figures);
        Conclude(system, fleet, figures);
        return figures;
    }

    private static void Resume(MeasuredSystem system, Fleet fleet, byte[] value, Figures figures)
    {
        var recorder = fleet.Recorder;
        Thread.Sleep(500); // reports
        fleet.DisconnectAll();
        for (var i = 1; i <= MissedChanges; i++) Publish(system, value, i);
        Thread.Sleep(2_000); // published, and everyone's leaving is dealt with
        var (cpu, began) = (system.Server.CpuSeconds, Stopwatch.GetTimestamp());
        fleet.ConnectAll();
        if (!recorder.WaitFor(MissedChanges, ServeWithin)) recorder.Fault($"{recorder.Reached(MissedChanges)} of {recorder.Expected} clients came back");
        figures["resumeLastMs"] = Stopwatch.GetElapsedTime(began, recorder.LastDeliveryAt).TotalMilliseconds;
        Thread.Sleep(1_000); // reports
        figures["resumeCpuMillisPerClient"] = (system.Server.CpuSeconds - cpu) * 1e3 / recorder.Expected;
    }

    private static void Publish(MeasuredSystem system, byte[] value, int sequence)
    {
        Stamp.Renew(value, sequence);
        system.Publish(value, sequence);
    }
}
