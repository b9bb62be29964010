// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Security.Cryptography;
using Heliograph.Client.Views;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;

namespace Heliograph.Benchmarks.ManyNamespaces;

/// <summary>One namespace of 100,000 settings, from the origin to an application: what each tier spends to take it and what it keeps. Last-known-good of the same size: <see cref="SnapshotBenchmark"/>.</summary>
internal static class LargeNamespaceBenchmark
{
    private const int Settings = 100_000, Deltas = 100;

    public static async Task RunAsync(string directory)
    {
        var before = Heap();
        var clock = Stopwatch.StartNew();
        using var realm = new BenchRealm(Path.Combine(directory, "large"), Settings);
        Measure.Say($"origin: build and sign {Settings} settings", $"{clock.Elapsed.TotalMilliseconds:F0} ms, {Mib(Heap() - before):F1} MiB kept");
        clock.Restart();
        foreach (var (key, value) in realm.Current.Records) (_, _) = (SHA256.HashData(key.Span), SHA256.HashData(value.Span));
        Measure.Say("  beside: bare SHA-256 of its keys and values", $"{clock.Elapsed.TotalMilliseconds:F0} ms");
        clock.Restart();
        var snapshot = realm.Snapshot();
        Measure.Say("  encode the snapshot", $"{clock.Elapsed.TotalMilliseconds:F0} ms, {Mib(snapshot.Stream.Length):F1} MiB");

        before = Heap();
        using var verifier = new HeadVerifier(realm.Anchor);
        var (gate, replica) = (new HeadGate(verifier, new TrustedClock(TimeProvider.System)), new NamespaceReplica(BenchRealm.Name));
        clock.Restart();
        ApplyBenchmark.Apply(replica, gate, snapshot);
        Measure.Say("relay, agent: verify and apply the snapshot", $"{clock.Elapsed.TotalMilliseconds:F0} ms, {Mib(Heap() - before):F1} MiB kept beside its bytes");
        var deltas = Enumerable.Range(1, Measure.WarmSteps + 5 * Deltas).Select(round => realm.Change(round * 31 % Settings, round)).ToList();
        var next = 0;
        Measure.Each("  verify and apply a delta of one setting", Deltas, _ => ApplyBenchmark.Apply(replica, gate, deltas[next++]));

        before = Heap();
        clock.Restart();
        var view = ViewBuilder.Build(null, realm.Current, []);
        Measure.Say("client: make the view that applications read", $"{clock.Elapsed.TotalMilliseconds:F0} ms, {Mib(Heap() - before):F1} MiB kept beside the records");
        GC.KeepAlive(view);
        GC.KeepAlive(replica);
        await SnapshotBenchmark.RunAsync(Directory.CreateDirectory(Path.Combine(directory, "large-lkg")).FullName);
    }

    internal static long Heap() => GC.GetTotalMemory(forceFullCollection: true);

    internal static double Mib(long bytes) => bytes / 1_048_576.0;
}
