// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Yardstick.Workloads;

/// <summary>N idle subscribers, then single updates of 1 KiB, each awaited at every subscriber.</summary>
internal sealed class FanOutWorkload : Workload
{
    private const int WarmUpdates = 50, Updates = 20;

    /// <summary>Updates that it publishes.</summary>
    internal const int AllUpdates = WarmUpdates + Updates;

    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(200), WarmGap = TimeSpan.FromMilliseconds(40), PerUpdate = TimeSpan.FromSeconds(10);

    /// <summary>After how long which share of the subscribers has an update.</summary>
    private static readonly (string Figure, double Share)[] Shares = [("firstMs", 0), ("p10Ms", 0.1), ("p25Ms", 0.25), ("p50Ms", 0.5), ("p75Ms", 0.75), ("p90Ms", 0.9), ("p99Ms", 0.99)];

    public override string Name => "fanout";

    public override int SubscribersByDefault => 5_000;

    public override IReadOnlyList<string> Compared { get; } = ["cpuMicrosPerDelivery", "kibPerSubscriber", "lastMs", "p99Ms", "spreadMs", "idleCpuPercent"];

    public override Figures Run(MeasuredSystem system, int subscribers, bool isFirst)
    {
        var figures = new Figures();
        system.Start();
        WarmUp(system, wantsSnapshot: false, 0, updates: 200);
        var (memory, kernel, slab, cpu) = (system.Server.ResidentKib, KernelMemory.TcpBuffersKib(), KernelMemory.SlabKib(), system.Server.CpuSeconds);
        var recorder = new Recorder(subscribers, AllUpdates, 0);
        using var fleet = new Fleet(new FleetPlan(system.Port, subscribers) { Tls = system.Tls }, system.NewWire(0), recorder);
        var began = Stopwatch.GetTimestamp();
        WaitUntilReady(fleet, figures);
        figures["connectSeconds"] = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Thread.Sleep(3_500);
        figures["connectCpuMicros"] = (system.Server.CpuSeconds - cpu) * 1e6 / subscribers;
        figures["kibPerSubscriber"] = (system.Server.ResidentKib - memory) / (double)subscribers;
        figures["kernelBufferKibPerSubscriber"] = (KernelMemory.TcpBuffersKib() - kernel) / subscribers;
        figures["kernelSlabKibPerSubscriber"] = (KernelMemory.SlabKib() - slab) / subscribers;
        figures["baseMib"] = memory / 1_024.0;
        // A heartbeat comes every 10 s: two of them are seen in the first run, the others only look at the quiet between.
        var idle = IdleWatch.Over(system.Server, TimeSpan.FromSeconds(isFirst ? 21 : 2));
        if (isFirst) figures["idleCpuPercent"] = idle.Percent;
        figures["idleQuietCpuPercent"] = idle.QuietPercent;
        Deliver(system, fleet, idle, figures);
        figures["kibPerSubscriberAfter"] = (system.Server.ResidentKib - memory) / (double)subscribers;
        Conclude(system, fleet, figures);
        return figures;
    }

    /// <summary>Single updates. What the server would have spent idle is taken off, but not what it spends on heartbeats.</summary>
    internal static void Deliver(MeasuredSystem system, Fleet fleet, IdleWatch idle, Figures figures)
    {
        var recorder = fleet.Recorder;
        var value = Stamp.NewValue(ValueBytes, Stamp.Live, 0);
        for (var i = 0; i < WarmUpdates; i++) Update(i, WarmGap);
        Thread.Sleep(500); // reports of the last one
        var (cpu, other, own, deliveries, began) = (system.Server.CpuSeconds, system.OtherCpuSeconds, MeasuredProcess.OwnCpuSeconds, recorder.Deliveries, Stopwatch.GetTimestamp());
        List<double> last = [], spread = [];
        var shares = Shares.Select(_ => new List<double>()).ToArray();
        var lost = 0;
        for (var i = WarmUpdates; i < AllUpdates; i++)
        {
            var sentAt = Update(i, Gap);
            lost += recorder.Expected - recorder.Reached(i);
            var latencies = recorder.Latencies(i);
            for (var share = 0; share < Shares.Length; share++) shares[share].Add(Percentiles.Of(latencies, Shares[share].Share));
            last.Add(latencies.Length == 0 ? double.NaN : latencies[^1]);
            spread.Add(recorder.SpreadMs(i, last[^1], sentAt));
        }
        Thread.Sleep(300); // reports of the last one
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var count = recorder.Deliveries - deliveries;
        figures["cpuMicrosPerDelivery"] = (system.Server.CpuSeconds - cpu - idle.LeastPercent / 100 * seconds) * 1e6 / count;
        figures["clientCpuMicrosPerDelivery"] = (MeasuredProcess.OwnCpuSeconds - own) * 1e6 / count;
        if (other > 0) figures["originCpuMicrosPerUpdate"] = (system.OtherCpuSeconds - other) * 1e6 / Updates;
        for (var share = 0; share < Shares.Length; share++) figures[Shares[share].Figure] = Percentiles.Median(shares[share]);
        figures["lastMs"] = Percentiles.Median(last);
        (figures["lastMsMin"], figures["lastMsMax"], figures["spreadMs"]) = (last.Min(), last.Max(), Percentiles.Median(spread));
        figures["lost"] = lost;
        if (lost > 0) recorder.Fault($"{lost} deliveries did not come within {PerUpdate.TotalSeconds} s");

        long Update(int sequence, TimeSpan gap)
        {
            Stamp.Renew(value, sequence);
            var sentAt = Stopwatch.GetTimestamp();
            system.Publish(value, 0);
            recorder.WaitFor(sequence, PerUpdate);
            Thread.Sleep(gap);
            return sentAt;
        }
    }
}
