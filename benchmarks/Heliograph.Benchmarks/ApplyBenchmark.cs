// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;

namespace Heliograph.Benchmarks;

/// <summary>What a follower spends on a delta of one setting: verify the head, check the proof, apply, compare the root. Without the disk.</summary>
internal static class ApplyBenchmark
{
    private const int Deltas = 500;

    public static void Run(string directory)
    {
        foreach (var settings in new[] { 100, 10_000, 100_000 })
        {
            using var realm = new BenchRealm(Path.Combine(directory, settings.ToString(CultureInfo.InvariantCulture)), settings);
            using var verifier = new HeadVerifier(realm.Anchor);
            var gate = new HeadGate(verifier, new TrustedClock(TimeProvider.System));
            var replica = new NamespaceReplica(BenchRealm.Name);
            Apply(replica, gate, realm.Snapshot());
            var deltas = Enumerable.Range(1, 5 * Deltas + Measure.WarmSteps).Select(round => realm.Change(round * 31 % settings, round)).ToList();
            var next = 0;
            Measure.Each($"apply a delta of one setting, {settings} settings", Deltas, _ => Apply(replica, gate, deltas[next++]));
            using var fresh = new HeadVerifier(realm.Anchor);
            var heads = deltas.Select(delta => SignedHead.TryParse(delta.Offer.SignedHead, out var head, out var error) ? head : throw new InvalidOperationException(error)).ToList();
            var at = 0;
            if (settings == 100) Measure.Each("  of it: verify the head's signature", Deltas, _ => Require(fresh.IsSigned(heads[at++ % heads.Count])));
        }
    }

    internal static void Apply(NamespaceReplica replica, HeadGate gate, (UpdateOffer Offer, byte[] Stream) update)
    {
        var admitted = replica.Admit(update.Offer, gate, isSameHost: false);
        if (admitted.Value is null) throw new InvalidOperationException(admitted.Refusal!.Detail);
        var complete = replica.Complete(admitted.Value, update.Stream);
        replica.Activate(complete.Value ?? throw new InvalidOperationException(complete.Refusal!.Detail));
    }

    private static void Require(bool holds)
    {
        if (!holds) throw new InvalidOperationException("A head that was signed is not accepted.");
    }
}
