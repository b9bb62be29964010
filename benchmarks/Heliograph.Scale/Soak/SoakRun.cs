// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Planning;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;
using Heliograph.Yardstick.Workloads;

namespace Heliograph.Scale.Soak;

/// <summary>Subscribers of a real relay for a long while: some leave and come back all the time, changes come as the workload generator makes them. Nothing may be lost, and nothing may grow.</summary>
internal sealed class SoakRun(string program, int subscribers, TimeSpan length, double changesPerSecond, double churnPerMinute, ulong seed)
{
    private const int Samples = 60, ValueBytesMax = 64 << 10, Keys = 256;
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromMinutes(2), LastWithin = TimeSpan.FromSeconds(30), ChurnEvery = TimeSpan.FromSeconds(1);

    private readonly List<SoakSample> _relay = [], _origin = [];

    /// <summary>Runs it.</summary>
    public SoakFigures Run(TextWriter talk)
    {
        var changes = new ChangeGenerator(seed, regions: 1).Generate(changesPerSecond, length.TotalSeconds, burst: 0);
        using var system = new HeliographSystem(program, new HeliographSettings { Keys = Keys });
        system.Start();
        var recorder = new Recorder(subscribers, changes.Count, 0);
        using var fleet = new Fleet(new FleetPlan(system.Port, subscribers) { Reconnects = true }, system.NewWire(0), recorder);
        if (!recorder.Wait(() => recorder.Ready >= subscribers, ConnectWithin)) recorder.Fault($"{recorder.Ready} of {subscribers} subscribers became live");
        talk.WriteLine($"{recorder.Ready} subscribers are live; {changes.Count} changes within {length.TotalSeconds:0} s");
        var churned = Publish(system, fleet, changes, talk);
        recorder.Wait(() => Lost(recorder, changes.Count) == 0, LastWithin);
        var figures = new Figures();
        system.Conclude(fleet, figures);
        fleet.ThrowIfFailed();
        return Judge(recorder, system, fleet, changes, churned, (long)figures["verifiedUpdates"]);
    }

    /// <summary>Publishes each change when it is due, lets subscribers go meanwhile, and looks at the processes.</summary>
    private int Publish(HeliographSystem system, Fleet fleet, IReadOnlyList<Change> changes, TextWriter talk)
    {
        var (elapsed, next, churned, owed) = (Stopwatch.StartNew(), 0, 0, 0.0);
        var (churnAt, sampleAt) = (ChurnEvery, TimeSpan.Zero);
        while (elapsed.Elapsed < length || next < changes.Count)
        {
            var now = elapsed.Elapsed;
            for (; next < changes.Count && changes[next].At <= now.TotalSeconds; next++)
            {
                var value = Stamp.NewValue(Math.Clamp(changes[next].Bytes, Stamp.Bytes, ValueBytesMax), Stamp.Live, next);
                Stamp.Renew(value, next);
                system.Publish(value, next % Keys);
            }
            if (now >= churnAt)
            {
                owed += subscribers * churnPerMinute / 60;
                fleet.Churn(churned, (int)owed);
                (churned, owed, churnAt) = (churned + (int)owed, owed - (int)owed, churnAt + ChurnEvery);
            }
            if (now >= sampleAt)
            {
                _relay.Add(SoakSample.Of(system.Server, now.TotalSeconds));
                _origin.Add(SoakSample.Of(system.Origin, now.TotalSeconds));
                if (_relay.Count % (Samples / 6) == 0) talk.WriteLine(FormattableString.Invariant($"{now.TotalSeconds:0} s: {next} changes, relay {_relay[^1].ResidentKib >> 10} MiB and {_relay[^1].Descriptors} descriptors, origin {_origin[^1].ResidentKib >> 10} MiB, {churned} left and came back"));
                sampleAt += length / Samples;
            }
            Thread.Sleep(5);
        }
        return churned;
    }

    private SoakFigures Judge(Recorder recorder, HeliographSystem system, Fleet fleet, IReadOnlyList<Change> changes, int churned, long verified)
    {
        var (relay, origin) = (SoakTrend.Of(_relay), SoakTrend.Of(_origin));
        var publishedMib = changes.Sum(change => (double)Math.Min(change.Bytes, ValueBytesMax)) / (1 << 20);
        var faults = new List<string>(recorder.FaultTexts);
        faults.AddRange(relay.Faults("relay", expectedMib: 0));
        faults.AddRange(origin.Faults("origin", publishedMib)); // it keeps what was, within its budget of history
        if (Lost(recorder, changes.Count) is var lost and > 0) faults.Add($"{lost} deliveries were lost");
        if (system.PublishFailures > 0) faults.Add($"{system.PublishFailures} publications failed");
        if (fleet.Subscribers.Sum(subscriber => subscriber.Reconnects) is var again && again < churned) faults.Add($"{churned} left and {again} connected again");
        return new(subscribers, length.TotalSeconds, changes.Count, churned, recorder.Deliveries, verified, relay, origin, [.. faults]);
    }

    /// <summary>Updates that somebody has not got: who was away gets the newest value of each key when it is back, and no key is written twice in so short a time.</summary>
    private long Lost(Recorder recorder, int changes) => Enumerable.Range(0, changes).Sum(change => (long)Math.Max(0, subscribers - recorder.Reached(change)));
}

/// <summary>What a soak came to.</summary>
internal sealed record SoakFigures(int Subscribers, double Seconds, int Changes, int Churned, long Deliveries, long VerifiedUpdates, SoakTrend Relay, SoakTrend Origin, IReadOnlyList<string> Faults);
