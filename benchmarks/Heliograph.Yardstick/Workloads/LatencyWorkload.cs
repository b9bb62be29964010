// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Yardstick.Workloads;

/// <summary>How long a change takes from its author, and from its commit, until a subscriber has it: at steady rates, for 1 to 10,000 subscribers, through origin and relay.</summary>
/// <remarks>
/// An open loop: a change that is sent late counts from when it was due. A change has come when the subscriber has read an update whole that leads to its revision or
/// beyond: where more comes than two processors can pass on, values are joined and older ones skipped, and then it is the newer one's arrival that counts.
/// </remarks>
/// <param name="rate">Changes a second; <see langword="null"/>: one after the other all of <see cref="Rates"/>.</param>
/// <param name="keys">Changes go round over so many settings, 1 to 256.</param>
internal sealed class LatencyWorkload(int? rate, int keys) : Workload
{
    /// <summary>Changes a second.</summary>
    internal static readonly int[] Rates = [1, 10, 100, 1_000];

    private static readonly TimeSpan LastWithin = TimeSpan.FromSeconds(20);

    public override string Name => "latency";

    public override int SubscribersByDefault => 10_000;

    public override IReadOnlyList<int> SubscriberCounts { get; } = [1, 1_000, 10_000];

    public override IReadOnlyList<string> Compared { get; } = [.. Rates.Select(each => FigureOf("p99Ms", each))];

    public override string SystemsByDefault => "heliograph";

    public override bool Fits(MeasuredSystem system) => system is HeliographSystem;

    /// <summary>A figure's name at a rate.</summary>
    internal static string FigureOf(string figure, int rate) => FormattableString.Invariant($"{figure}At{rate}");

    public override Figures Run(MeasuredSystem system, int subscribers, bool isFirst)
    {
        var (heliograph, figures) = ((HeliographSystem)system, new Figures());
        system.Start();
        WarmUp(system, wantsSnapshot: false, 0, updates: 200);
        var arrivals = heliograph.Arrivals = new ArrivalLog(subscribers);
        var recorder = new Recorder(subscribers, 0, 0);
        using var fleet = new Fleet(new FleetPlan(system.Port, subscribers) { Tls = system.Tls }, system.NewWire(0), recorder);
        WaitUntilReady(fleet, figures);
        Cell(heliograph, fleet, arrivals, 50, TimeSpan.FromSeconds(2), new Figures()); // so many are not served for the first time
        var (first, last) = (0.0, 0.0);
        foreach (var each in rate is { } one ? [one] : Rates)
        {
            Cell(heliograph, fleet, arrivals, each, TimeSpan.FromSeconds(each == 1 ? 10 : 5), figures);
            (first, last) = (Math.Max(first, figures[FigureOf("p99Ms", each)]), Math.Max(last, figures[FigureOf("maxMs", each)]));
        }
        (figures["p99Ms"], figures["lastMs"]) = (first, last); // of the worst rate
        figures["keys"] = keys;
        Conclude(system, fleet, figures);
        return figures;
    }

    /// <summary>One rate.</summary>
    private void Cell(HeliographSystem system, Fleet fleet, ArrivalLog arrivals, int rate, TimeSpan time, Figures figures)
    {
        var recorder = fleet.Recorder;
        fleet.Invoke(arrivals.Clear);
        var (relay, own, origin, deliveries, began) = (system.Server.CpuSeconds, MeasuredProcess.OwnCpuSeconds, system.OtherCpuSeconds, recorder.Deliveries, Stopwatch.GetTimestamp());
        var changes = Publish(system, rate, (int)(rate * time.TotalSeconds));
        if (changes.Count == 0) throw new IOException($"no change of {rate} a second was committed");
        var newest = changes[^1].Revision.Sequence;
        recorder.Wait(() => arrivals.Reached(newest) >= recorder.Expected, LastWithin);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var (fromDue, fromCommit) = (new LatencyHistogram(), new LatencyHistogram());
        if (arrivals.Judge(changes, fromDue, fromCommit) is var lost and > 0) recorder.Fault($"at {rate} changes a second {lost} of {(long)changes.Count * recorder.Subscribers} did not come within {LastWithin.TotalSeconds} s");
        if (arrivals.IsFull) recorder.Fault($"at {rate} changes a second more updates came than can be kept");
        Take("sentP50Ms", fromDue.Ms(0.5));
        Take("sentP99Ms", fromDue.Ms(0.99));
        Take("sentMaxMs", fromDue.MaxMs);
        Take("p50Ms", fromCommit.Ms(0.5));
        Take("p99Ms", fromCommit.Ms(0.99));
        Take("maxMs", fromCommit.MaxMs);
        Take("carriedShare", Share(recorder.Deliveries - deliveries, (double)changes.Count * recorder.Expected));
        Take("relayCpuPercent", (system.Server.CpuSeconds - relay) / seconds * 100);
        Take("originCpuPercent", (system.OtherCpuSeconds - origin) / seconds * 100);
        Take("clientCpuPercent", (MeasuredProcess.OwnCpuSeconds - own) / seconds * 100);
        Take("seconds", seconds);
        Thread.Sleep(300);

        void Take(string figure, double value) => figures[FigureOf(figure, rate)] = value;
    }

    /// <summary>Publishes at a steady rate, whatever becomes of it.</summary>
    /// <returns>What was committed, in the log's order.</returns>
    private List<CommittedChange> Publish(HeliographSystem system, int rate, int count)
    {
        var value = Stamp.NewValue(ValueBytes, Stamp.Live, 0);
        var commits = new Task<(Revision Revision, DateTimeOffset CommittedAt)?>[count];
        var due = new long[count];
        var (start, wall) = (Stopwatch.GetTimestamp(), DateTimeOffset.UtcNow);
        for (var i = 0; i < count; i++)
        {
            due[i] = start + i * Stopwatch.Frequency / rate;
            WaitUntil(due[i]);
            Stamp.Renew(value, start + i); // no value comes twice: that would be no change
            commits[i] = system.CommitAsync(value, i % keys);
        }
        var changes = new List<CommittedChange>(count);
        for (var i = 0; i < count; i++)
            if (commits[i].GetAwaiter().GetResult() is var (revision, committedAt)) changes.Add(new CommittedChange(revision, due[i], start + (long)((committedAt - wall).TotalSeconds * Stopwatch.Frequency)));
        changes.Sort((left, right) => left.Revision.CompareTo(right.Revision));
        return changes;
    }
}
