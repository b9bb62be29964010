// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Yardstick.Workloads;

/// <summary>One kind of load. The same steps for every system; bounded in count and in time.</summary>
internal abstract class Workload
{
    protected const int ValueBytes = 1_024;
    private const int WarmRate = 100;

    protected static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(90);

    /// <summary>As it is named on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Subscribers, unless told otherwise.</summary>
    public abstract int SubscribersByDefault { get; }

    /// <summary>Numbers of subscribers that it is run with one after the other, unless told otherwise.</summary>
    public virtual IReadOnlyList<int> SubscriberCounts => [SubscribersByDefault];

    /// <summary>Systems, unless told otherwise; the first is compared with the others.</summary>
    public virtual string SystemsByDefault => "heliograph,limit,redis,nats,nats-kv,etcd";

    /// <summary>What is said first of a run, and compared.</summary>
    public abstract IReadOnlyList<string> Compared { get; }

    /// <summary>Whether a system has what the workload needs.</summary>
    public virtual bool Fits(MeasuredSystem system) => true;

    /// <summary>Runs it once. The system is fresh, and the caller ends it.</summary>
    public abstract Figures Run(MeasuredSystem system, int subscribers, bool isFirst);

    /// <summary>A few clients come and go first, and get updates, so that no system is measured while it loads and compiles its code: what is compared is a server that has run for a while.</summary>
    protected static void WarmUp(MeasuredSystem system, bool wantsSnapshot, int storedValues, int updates)
    {
        const int Few = 20;
        for (var round = 0; round < 3; round++)
        {
            var recorder = new Recorder(Few, updates + 1, storedValues);
            using var fleet = new Fleet(new FleetPlan(system.Port, Few) { WantsSnapshot = wantsSnapshot, Tls = system.Tls }, system.NewWire(storedValues), recorder);
            if (!recorder.Wait(() => recorder.Ready >= Few, TimeSpan.FromSeconds(20))) throw new TimeoutException($"{system.Name}: of {Few} first subscribers {recorder.Ready} became live. {string.Join(' ', recorder.FaultTexts)}");
            if (round == 0 || updates == 0) continue;
            Pace(system, Stamp.NewValue(ValueBytes, Stamp.Live, 0), 0, updates, WarmRate, keys: 1);
            recorder.WaitFor(updates - 1, TimeSpan.FromSeconds(10));
        }
        Thread.Sleep(1_000); // what was found worth compiling again is compiled
    }

    /// <summary>Waits until all subscribers are live.</summary>
    protected static void WaitUntilReady(Fleet fleet, Figures figures)
    {
        var recorder = fleet.Recorder;
        if (!recorder.Wait(() => recorder.Ready >= recorder.Subscribers, ConnectWithin)) recorder.Fault($"{recorder.Ready} of {recorder.Subscribers} subscribers became live within {ConnectWithin.TotalSeconds} s");
        fleet.ThrowIfFailed();
        recorder.Expected = recorder.Ready;
        figures["connected"] = recorder.Ready;
    }

    /// <summary>Publishes at a steady rate.</summary>
    protected static void Pace(MeasuredSystem system, byte[] value, int first, int count, int rate, int keys = int.MaxValue)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            WaitUntil(start + i * Stopwatch.Frequency / rate);
            Stamp.Renew(value, first + i);
            system.Publish(value, (first + i) % keys);
        }
    }

    /// <summary>Waits until a time, in the stopwatch's ticks, to the microsecond.</summary>
    protected static void WaitUntil(long due)
    {
        for (long left; (left = due - Stopwatch.GetTimestamp()) > 0;)
        {
            if (left > Stopwatch.Frequency / 2_000) Thread.Sleep(1);
            else Thread.SpinWait(20);
        }
    }

    /// <summary>Takes down what went wrong.</summary>
    protected static void Conclude(MeasuredSystem system, Fleet fleet, Figures figures)
    {
        system.Conclude(fleet, figures);
        var recorder = fleet.Recorder;
        figures["closed"] = recorder.Closed;
        figures["faults"] = recorder.Faults + system.PublishFailures;
        foreach (var fault in recorder.FaultTexts) figures.Note(fault);
        if (system.PublishFailures > 0) figures.Note($"{system.PublishFailures} publications failed");
    }

    protected static double Share(double part, double whole) => whole > 0 ? part / whole : double.NaN;
}
