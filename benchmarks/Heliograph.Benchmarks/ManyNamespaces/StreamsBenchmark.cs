// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using Heliograph.Core.Heads;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Platform.Files;
using Heliograph.Platform.Trust;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Log;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Heliograph.Replication.Reports;
using Heliograph.Storage.Sqlite;
using Heliograph.Yardstick.Load;
using Microsoft.Extensions.Logging.Abstractions;

namespace Heliograph.Benchmarks.ManyNamespaces;

/// <summary>An origin's own parts over a realm of many namespaces, with subscribers in memory: what a change costs with how many listening, what a stream of 1,000 namespaces costs while nothing happens.</summary>
internal static class StreamsBenchmark
{
    private const int Streams = 100, NamespacesOnAStream = 1_000, SingleStreams = 900, Changes = 200;
    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(1), Look = TimeSpan.FromMilliseconds(250);

    public static async Task RunAsync(string directory, TrustAnchor anchor, int namespaces)
    {
        var before = LargeNamespaceBenchmark.Heap();
        using var signer = FileHeadSigner.Load(Path.Combine(directory, RealmKeys.HeadKeyFileName), anchor);
        using var mark = new HighWaterFile(new DiskFileStore(directory), anchor.LogId);
        await using var store = await SqliteLogStore.OpenAsync(new() { Path = Path.Combine(directory, "log.db"), LogId = anchor.LogId }, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        await using var sequencer = await Sequencer.StartAsync(store, signer, mark, anchor, new SequencerOptions { NodeId = "o1" }, TimeProvider.System, CancellationToken.None);
        var kept = LargeNamespaceBenchmark.Heap() - before;
        Measure.Say($"origin's state, {namespaces} namespaces of 5 settings", $"{LargeNamespaceBenchmark.Mib(kept):F0} MiB kept with the newest history, {kept / (double)namespaces:F0} B each");

        using var realm = new SequencedRealm(sequencer);
        using var ending = new CancellationTokenSource();
        using var hub = new FanOutHub(realm, anchor, new FanOutOptions { ServerId = "o1", ServerRole = "origin", Shards = Environment.ProcessorCount }, new EveryoneReads(), new ReportFold("o1"), TimeProvider.System, new Random(1), NullLogger.Instance);
        var running = hub.RunAsync(ending.Token);
        using var count = new StreamCount();
        var connections = new List<IConnection>();
        var serving = new List<Task>();
        var (often, seldom) = (LogBuilder.Name(0), LogBuilder.Name(namespaces - 1));

        await ChangesAsync(sequencer, count, "a change of one namespace, nobody connected", often, 0);
        before = LargeNamespaceBenchmark.Heap();
        var clock = Stopwatch.StartNew();
        Connect(Streams, [.. Enumerable.Range(0, NamespacesOnAStream).Select(LogBuilder.Name)]);
        Measure.Say($"{Streams} streams of {NamespacesOnAStream} namespaces become live", $"{clock.Elapsed.TotalMilliseconds:F0} ms, {(LargeNamespaceBenchmark.Heap() - before) / (double)(Streams * NamespacesOnAStream):F0} B a subscription, with what is shared");
        await IdleAsync(sequencer, count);
        await ChangesAsync(sequencer, count, $"a change that none of {Streams} streams subscribed to", seldom, 0);
        await ChangesAsync(sequencer, count, $"a change that {Streams} subscribed to", often, Streams);
        Connect(SingleStreams, [often]);
        await ChangesAsync(sequencer, count, $"a change that {Streams + SingleStreams} subscribed to", often, Streams + SingleStreams);

        foreach (var connection in connections) connection.Abort();
        await Task.WhenAll(serving);
        await ending.CancelAsync();
        try
        {
            await running;
        }
        catch (OperationCanceledException)
        {
            // it was told to stop
        }

        void Connect(int streams, NamespaceName[] names)
        {
            var (greeting, reached) = (StreamConnection.Greeting(anchor.LogId, names), count.Updates.Count + streams * names.Length);
            for (var i = 0; i < streams; i++)
            {
                connections.Add(new StreamConnection(greeting, count));
                serving.Add(hub.AcceptAsync(connections[^1], PeerIdentity.Anonymous, CancellationToken.None));
            }
            count.Updates.WaitFor(reached);
        }
    }

    /// <summary>Durable changes one after the other, each awaited at everyone who subscribed: the CPU of all of it, of origin and hub.</summary>
    private static async Task ChangesAsync(Sequencer sequencer, StreamCount count, string what, NamespaceName name, int subscribers)
    {
        for (var i = 0; i < Changes; i++) await ChangeAsync(); // until its code is compiled
        var cpu = MeasuredProcess.OwnCpuSeconds;
        for (var i = 0; i < Changes; i++) await ChangeAsync();
        var micros = (MeasuredProcess.OwnCpuSeconds - cpu) * 1e6 / Changes;
        Measure.Say(what, $"{micros:F0} µs of CPU");

        async Task ChangeAsync()
        {
            var reached = count.Updates.Count + subscribers;
            var id = Guid.CreateVersion7().ToString("N", CultureInfo.InvariantCulture);
            var change = new Changeset(name, [new SettingOperation.Put(Setting.Of("section:key0", id))]);
            if (await sequencer.SubmitAsync(new Submission.Change(change, "bench", id), CancellationToken.None) is not SubmitResult.Committed) throw new InvalidOperationException("A change was not committed.");
            count.Updates.WaitFor(reached);
        }
    }

    /// <summary>A minute without changes: heads every 10 s, proofs about once.</summary>
    private static async Task IdleAsync(Sequencer sequencer, StreamCount count)
    {
        await Task.Delay(TimeSpan.FromSeconds(2));
        var (began, clock) = (count.Now, Stopwatch.StartNew());
        double quiet = 0, quietSeconds = 0, busy = 0, busySeconds = 0;
        for (var last = (count.Now, Cpu: MeasuredProcess.OwnCpuSeconds, At: clock.Elapsed); clock.Elapsed < IdleTime;)
        {
            await Task.Delay(Look);
            var now = (count.Now, Cpu: MeasuredProcess.OwnCpuSeconds, At: clock.Elapsed);
            var (cpu, seconds) = (now.Cpu - last.Cpu, (now.At - last.At).TotalSeconds);
            if (now.Now == last.Now) (quiet, quietSeconds) = (quiet + cpu, quietSeconds + seconds);
            else (busy, busySeconds) = (busy + cpu, busySeconds + seconds);
            last = now;
        }
        var ended = count.Now;
        var (heads, proofs) = (ended.Heads - began.Heads, ended.Proofs - began.Proofs);
        if (heads == 0 || proofs == 0) throw new InvalidOperationException($"In a minute {heads} heads and {proofs} proofs came.");
        var (headBytes, proofBytes) = ((ended.HeadBytes - began.HeadBytes) / (double)Streams, (ended.ProofBytes - began.ProofBytes) / (double)Streams);
        Measure.Say("  a minute of silence on one of them: heads", $"{heads / (double)Streams:F1}, {headBytes / 1_024:F1} KiB");
        Measure.Say("  and proofs of 1,000 namespaces, joined", $"{proofs / (double)Streams:F0} frames, {proofBytes / 1_024:F0} KiB; with heads {(headBytes + proofBytes) / 1_024:F0} KiB a minute");
        Measure.Say("  CPU of that minute, all streams", $"{Math.Max(0, busy - quiet / quietSeconds * busySeconds) * 1e3:F0} ms: {Math.Max(0, busy - quiet / quietSeconds * busySeconds) * 1e6 / (heads + proofs):F1} µs a frame");
        Alone(sequencer.Current.State, sequencer.Current.Head?.Bytes.Length ?? 0);
    }

    /// <summary>What one round of the same proofs would be, each in a frame of its own with the head once more: what a stream of up to 64 namespaces gets.</summary>
    private static void Alone(RealmState state, int headBytes)
    {
        var keys = Enumerable.Range(0, NamespacesOnAStream).Select(index => (ReadOnlyMemory<byte>)RealmNamespace.DirectoryKeyOf(LogBuilder.Name(index))).ToArray();
        var bytes = keys.Sum(key => state.Directory.TryGet(key.Span, out var value) ? value.Length + state.Directory.Prove(key.Span).ToBytes().Length + headBytes : throw new InvalidOperationException("A namespace is not in the directory."));
        Measure.Say("  beside: one round of them, each alone", $"{bytes / 1_024:F0} KiB");
    }
}
