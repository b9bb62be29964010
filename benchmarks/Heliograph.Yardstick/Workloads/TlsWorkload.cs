// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;
using Heliograph.Yardstick.Wires;

namespace Heliograph.Yardstick.Workloads;

/// <summary>N TLS 1.3 handshakes at once, the same again with sessions to resume, then N subscribers: what a handshake, an idle connection and a delivery cost.</summary>
internal sealed class TlsWorkload : Workload
{
    private static readonly TimeSpan HandshakesWithin = TimeSpan.FromSeconds(60);

    public override string Name => "tls";

    public override int SubscribersByDefault => 5_000;

    public override IReadOnlyList<string> Compared { get; } = ["handshakeCpuMicros", "resumedCpuMicros", "resumedShare", "kibPerSubscriber", "cpuMicrosPerDelivery", "lastMs"];

    public override string SystemsByDefault => "heliograph-tls,redis-tls,nats-tls,etcd-tls";

    public override bool Fits(MeasuredSystem system) => system.Name.EndsWith("-tls", StringComparison.Ordinal);

    public override Figures Run(MeasuredSystem system, int subscribers, bool isFirst)
    {
        var figures = new Figures();
        system.Start();
        WarmUp(system, wantsSnapshot: false, 0, updates: 200);
        Subscribe(system, subscribers, figures);
        Thread.Sleep(3_000); // the server lets go of them
        Handshake(system, 200, new Figures());
        Handshake(system, subscribers, figures);
        return figures;
    }

    /// <summary>First, while the server's memory is still its own: what was freed after a storm would hide what a connection costs.</summary>
    private static void Subscribe(MeasuredSystem system, int subscribers, Figures figures)
    {
        var (memory, cpu) = (system.Server.ResidentKib, system.Server.CpuSeconds);
        var recorder = new Recorder(subscribers, FanOutWorkload.AllUpdates, 0);
        using var fleet = new Fleet(new FleetPlan(system.Port, subscribers) { Tls = system.Tls }, system.NewWire(0), recorder);
        var began = Stopwatch.GetTimestamp();
        WaitUntilReady(fleet, figures);
        figures["connectSeconds"] = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Thread.Sleep(2_500);
        figures["connectCpuMicros"] = (system.Server.CpuSeconds - cpu) * 1e6 / subscribers;
        figures["kibPerSubscriber"] = (system.Server.ResidentKib - memory) / (double)subscribers;
        FanOutWorkload.Deliver(system, fleet, IdleWatch.Over(system.Server, TimeSpan.FromSeconds(2)), figures);
        Conclude(system, fleet, figures);
    }

    /// <summary>Handshakes alone, authenticated by the server only; then the same clients come back with what the server gave them.</summary>
    private static void Handshake(MeasuredSystem system, int count, Figures figures)
    {
        var recorder = new Recorder(count, 1, 0);
        var plan = new FleetPlan(system.Port, count) { Tls = system.AnonymousTls, HandshakeOnly = true, ResumesTls = true, ConnectsAtOnce = 64 };
        var (cpu, own, began) = (system.Server.CpuSeconds, MeasuredProcess.OwnCpuSeconds, Stopwatch.GetTimestamp());
        using var fleet = new Fleet(plan, new SilentWire(system.NewWire(0)), recorder);
        WaitFor(count);
        figures["handshakeCpuMicros"] = (system.Server.CpuSeconds - cpu) * 1e6 / count;
        figures["clientCpuMicrosPerHandshake"] = (MeasuredProcess.OwnCpuSeconds - own) * 1e6 / count;
        figures["handshakesPerSecond"] = count / Stopwatch.GetElapsedTime(began).TotalSeconds;
        Thread.Sleep(500); // the tickets come behind the handshake
        fleet.EndHandshakes();
        Thread.Sleep(1_500);
        var resumed = fleet.Resumed;
        (cpu, began) = (system.Server.CpuSeconds, Stopwatch.GetTimestamp());
        fleet.ConnectAll();
        WaitFor(2 * count);
        figures["resumedCpuMicros"] = (system.Server.CpuSeconds - cpu) * 1e6 / count;
        figures["resumedPerSecond"] = count / Stopwatch.GetElapsedTime(began).TotalSeconds;
        figures["resumedShare"] = Share(fleet.Resumed - resumed, count);
        fleet.EndHandshakes();

        void WaitFor(int handshakes)
        {
            if (!recorder.Wait(() => fleet.Handshakes >= handshakes, HandshakesWithin))
                throw new TimeoutException($"{fleet.Handshakes} of {handshakes} handshakes within {HandshakesWithin.TotalSeconds} s. {string.Join(' ', recorder.FaultTexts)}");
        }
    }
}
