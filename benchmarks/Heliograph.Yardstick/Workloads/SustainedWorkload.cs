// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Yardstick.Workloads;

/// <summary>A steady rate of updates of 1 KiB over many keys: what is joined is worth more than any transport.</summary>
internal sealed class SustainedWorkload(int rate) : Workload
{
    private const int WarmSeconds = 2, KeysRotated = 256;

    /// <summary>Ten seconds; longer where few updates come, so that there is something to count.</summary>
    private int Seconds => Math.Clamp(200 / rate, 10, 60);

    public override string Name => "sustained";

    public override int SubscribersByDefault => 1_000;

    public override IReadOnlyList<string> Compared { get; } = ["cpuMicrosPerDelivery", "deliveriesPerSecond", "deliveredShare", "p50Ms", "p99Ms", "lastMs"];

    public override Figures Run(MeasuredSystem system, int subscribers, bool isFirst)
    {
        var figures = new Figures();
        var (warm, total) = (rate * WarmSeconds, rate * Seconds);
        system.Start();
        WarmUp(system, wantsSnapshot: false, 0, updates: 200);
        var memory = system.Server.ResidentKib;
        var recorder = new Recorder(subscribers, warm + total, 0);
        using var fleet = new Fleet(new FleetPlan(system.Port, subscribers) { Tls = system.Tls }, system.NewWire(0), recorder);
        WaitUntilReady(fleet, figures);
        Thread.Sleep(1_000);
        var value = Stamp.NewValue(ValueBytes, Stamp.Live, 0);
        Pace(system, value, 0, warm, rate, KeysRotated);
        recorder.WaitFor(warm - 1, TimeSpan.FromSeconds(20));
        Thread.Sleep(300);
        var (cpu, other, own, deliveries, began) = (system.Server.CpuSeconds, system.OtherCpuSeconds, MeasuredProcess.OwnCpuSeconds, recorder.Deliveries, Stopwatch.GetTimestamp());
        Pace(system, value, warm, total, rate, KeysRotated);
        figures["offerSeconds"] = Stopwatch.GetElapsedTime(began).TotalSeconds;
        if (!recorder.WaitFor(warm + total - 1, TimeSpan.FromSeconds(15))) figures.Note("the last update did not reach everyone within 15 s");
        Thread.Sleep(500); // reports of the last ones
        var (spent, count) = (system.Server.CpuSeconds - cpu, recorder.Deliveries - deliveries);
        var seconds = Stopwatch.GetElapsedTime(began, recorder.LastDeliveryAt).TotalSeconds;
        figures["rate"] = rate;
        figures["deliveriesPerSecond"] = count / seconds;
        figures["deliveredShare"] = Share(count, (double)total * subscribers);
        figures["cpuMicrosPerDelivery"] = spent * 1e6 / count;
        figures["cpuPercent"] = spent / seconds * 100;
        if (other > 0) figures["originCpuPercent"] = (system.OtherCpuSeconds - other) / seconds * 100;
        figures["clientCpuMicrosPerDelivery"] = (MeasuredProcess.OwnCpuSeconds - own) * 1e6 / count;
        var latencies = recorder.Latencies(warm, total);
        (figures["p50Ms"], figures["p99Ms"], figures["lastMs"]) = (Percentiles.Of(latencies, 0.5), Percentiles.Of(latencies, 0.99), Percentiles.Of(latencies, 1));
        figures["kibPerSubscriber"] = (system.Server.ResidentKib - memory) / (double)subscribers;
        figures["residentMib"] = system.Server.ResidentKib / 1_024.0;
        Conclude(system, fleet, figures);
        return figures;
    }
}
