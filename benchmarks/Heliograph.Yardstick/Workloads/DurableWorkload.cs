// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Yardstick.Workloads;

/// <summary>Changes of 1 KiB that are acknowledged when they are durable: one author, sixteen, and batches of 100 settings.</summary>
internal sealed class DurableWorkload : Workload
{
    private const int Authors = 16, BatchAuthors = 4, Batch = 100;
    private static readonly TimeSpan WarmTime = TimeSpan.FromSeconds(8), Time = TimeSpan.FromSeconds(3); // until then a compiler at run time has a quarter of the processor

    public override string Name => "durable";

    public override int SubscribersByDefault => 0;

    public override IReadOnlyList<string> Compared { get; } = ["changesPerSecond1", "changesPerSecond16", "settingsPerSecond", "p99Ms", "p99Ms16", "cpuMicrosPerChange16"];

    public override string SystemsByDefault => "heliograph,etcd";

    public override bool Fits(MeasuredSystem system) => system is HeliographSystem or EtcdSystem;

    public override Figures Run(MeasuredSystem system, int subscribers, bool isFirst)
    {
        var figures = new Figures();
        system.StartForWriting();
        Write(system, Authors, WarmTime, (author, number) => author.Put(number));
        Write(system, BatchAuthors, WarmTime, (author, number) => author.PutMany(number, Batch));
        var one = Write(system, 1, Time, (author, number) => author.Put(number));
        (figures["changesPerSecond1"], figures["cpuMicrosPerChange1"], figures["p50Ms"], figures["p99Ms"]) = (one.PerSecond, one.CpuMicros, Percentiles.Of(one.Ms, 0.5), Percentiles.Of(one.Ms, 0.99));
        var many = Write(system, Authors, Time, (author, number) => author.Put(number));
        (figures["changesPerSecond16"], figures["cpuMicrosPerChange16"], figures["p50Ms16"], figures["p99Ms16"]) = (many.PerSecond, many.CpuMicros, Percentiles.Of(many.Ms, 0.5), Percentiles.Of(many.Ms, 0.99));
        var batches = Write(system, BatchAuthors, Time, (author, number) => author.PutMany(number, Batch));
        (figures["settingsPerSecond"], figures["cpuMicrosPerSetting"]) = (batches.PerSecond * Batch, batches.CpuMicros / Batch);
        figures["lastMs"] = Math.Max(one.Ms[^1], many.Ms[^1]);
        figures["faults"] = 0;
        return figures;
    }

    private static (double PerSecond, double CpuMicros, double[] Ms) Write(MeasuredSystem system, int authors, TimeSpan time, Action<IAuthor, long> write)
    {
        var (cpu, clock) = (system.Server.CpuSeconds, Stopwatch.StartNew());
        var latencies = new List<double>[authors];
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, authors).Select(author => new Thread(() =>
        {
            try
            {
                latencies[author] = Write(system.NewAuthor(author)!, clock, time, write);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        }) { Name = $"author {author}" })];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        if (failure is not null) throw new IOException(failure.Message, failure);
        double[] all = [.. latencies.SelectMany(list => list).Order()];
        return (all.Length / clock.Elapsed.TotalSeconds, (system.Server.CpuSeconds - cpu) * 1e6 / all.Length, all);
    }

    private static List<double> Write(IAuthor author, Stopwatch clock, TimeSpan time, Action<IAuthor, long> write)
    {
        using var ends = author;
        var latencies = new List<double>();
        for (long number = clock.ElapsedTicks; clock.Elapsed < time; number++) // never the value of an earlier round: that would be no change
        {
            var began = Stopwatch.GetTimestamp();
            write(author, number);
            latencies.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        return latencies;
    }
}
