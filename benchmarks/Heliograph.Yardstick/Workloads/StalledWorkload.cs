// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Yardstick.Workloads;

/// <summary>A fifth of the subscribers stop reading while updates of 4 KiB go on; then they read again. What they cost, whom they hold up, how they come back.</summary>
internal sealed class StalledWorkload(int stallSeconds) : Workload
{
    private const int Rate = 100, StalledValueBytes = 4_096, WarmSeconds = 3, BeforeSeconds = 15, KeysRotated = 64;
    private static readonly TimeSpan CatchUpWithin = TimeSpan.FromSeconds(10);

    public override string Name => "stalled";

    public override int SubscribersByDefault => 1_000;

    public override IReadOnlyList<string> Compared { get; } = ["kibPerStalled", "sendQueueKibPerStalled", "p99Ms", "p99Growth", "catchUpMs", "reachedNewestShare"];

    public override Figures Run(MeasuredSystem system, int subscribers, bool isFirst)
    {
        var (warm, before, during, stalled) = (Rate * WarmSeconds, Rate * BeforeSeconds, Rate * stallSeconds, subscribers / 5);
        var figures = new Figures();
        system.Start();
        WarmUp(system, wantsSnapshot: false, 0, updates: 200);
        var recorder = new Recorder(subscribers, warm + before + during, 0);
        using var fleet = new Fleet(new FleetPlan(system.Port, subscribers) { Stalled = stalled, Reconnects = true, Tls = system.Tls }, system.NewWire(0), recorder);
        WaitUntilReady(fleet, figures);
        recorder.Expected = recorder.Ready - stalled;
        var value = Stamp.NewValue(StalledValueBytes, Stamp.Live, 0);
        Publish(0, warm);
        Publish(warm, before);
        var (began, cpu, deliveries) = (Stopwatch.GetTimestamp(), system.Server.CpuSeconds, recorder.Deliveries);
        using var memory = new MemoryWatch(system.Server, system.Port);
        fleet.Stall();
        Publish(warm + before, during);
        figures["stallSeconds"] = Stopwatch.GetElapsedTime(began).TotalSeconds;
        figures["cpuMicrosPerDelivery"] = (system.Server.CpuSeconds - cpu) * 1e6 / Math.Max(1, recorder.Deliveries - deliveries);
        figures["kibPerStalled"] = memory.ResidentGrowthKib / stalled;
        figures["sendQueueKibPerStalled"] = memory.SendQueueGrowthKib / stalled;
        figures["kernelKibPerStalled"] = memory.KernelGrowthKib / stalled;
        figures["peakMib"] = system.Server.PeakKib / 1_024.0;
        var (calm, held) = (recorder.Latencies(warm, before), recorder.Latencies(warm + before, during));
        (figures["p99MsBefore"], figures["p50Ms"], figures["p99Ms"], figures["lastMs"]) = (Percentiles.Of(calm, 0.99), Percentiles.Of(held, 0.5), Percentiles.Of(held, 0.99), Percentiles.Of(held, 1));
        figures["p99Growth"] = figures["p99Ms"] / figures["p99MsBefore"];
        figures["healthyShare"] = Share(held.Length, (double)during * recorder.Expected);
        CatchUp(system, fleet, warm + before + during - 1, figures);
        Conclude(system, fleet, figures);
        return figures;

        void Publish(int first, int count)
        {
            Pace(system, value, first, count, Rate, KeysRotated);
            recorder.WaitFor(first + count - 1, TimeSpan.FromSeconds(10));
        }
    }

    private static void CatchUp(MeasuredSystem system, Fleet fleet, long newest, Figures figures)
    {
        var stalled = fleet.Subscribers.Where(subscriber => subscriber.IsStalled).ToList();
        var (got, began) = (stalled.Sum(subscriber => subscriber.Deliveries), Stopwatch.GetTimestamp());
        fleet.Resume();
        fleet.Recorder.Wait(() => stalled.TrueForAll(subscriber => subscriber.Newest >= newest), CatchUpWithin);
        figures["catchUpMs"] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        figures["reachedNewestShare"] = Share(stalled.Count(subscriber => subscriber.Newest >= newest), stalled.Count);
        figures["disconnectedShare"] = Share(stalled.Count(subscriber => subscriber.Reconnects > 0 || subscriber.IsClosed), stalled.Count);
        figures["skippedPerStalled"] = newest + 1 - stalled.Average(subscriber => (double)subscriber.Deliveries);
        figures["caughtUpPerStalled"] = (stalled.Sum(subscriber => subscriber.Deliveries) - got) / (double)stalled.Count;
        figures["residentMibAfter"] = system.Server.ResidentKib / 1_024.0;
    }
}
