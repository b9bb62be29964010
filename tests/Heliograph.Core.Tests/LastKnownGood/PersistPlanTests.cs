// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;
using Xunit;

namespace Heliograph.Core.Tests.LastKnownGood;

public sealed class PersistPlanTests : IDisposable
{
    private readonly TestRealm _realm = new();

    public void Dispose() => _realm.Dispose();

    [Fact]
    public void The_first_version_is_a_file()
    {
        var version = _realm.Change("shop", ("a", "1"));

        var plan = PersistPlan.For(null, version, isFreshnessDue: false);

        Assert.Equal(PersistStep.WriteSnapshot, plan.Step);
        Assert.Equal(SnapshotFile.Encode(version), plan.Bytes.Span);
        Assert.True(SnapshotFile.TryOpen(plan.Bytes, out var file, out _));
        Assert.Equal(new(new(version.Revision), version, plan.Bytes.Length, file.Digest, 0, file.Digest, IsAppendable: true), plan.Then);
    }

    [Fact]
    public void Changes_are_appended_until_a_quarter_of_the_file_and_then_folded()
    {
        var stored = PersistPlan.For(null, _realm.Change("shop", [.. Enumerable.Range(0, 500).Select(i => ($"k{i}", (string?)new string('v', 1000)))]), false).Then!;
        Assert.Equal(stored.SnapshotBytes / 4, stored.FoldBytes); // 125 KiB: more than the least

        var (appended, plan) = (0, default(PersistPlan));
        for (; appended < 1000; appended++)
        {
            plan = PersistPlan.For(stored, _realm.Change("shop", ("k1", $"{appended}")), false);
            if (plan.Step != PersistStep.AppendDelta) break;
            Assert.Equal(stored.DeltaBytes + plan.Bytes.Length, plan.Then!.DeltaBytes);
            stored = plan.Then;
        }

        Assert.Equal(PersistStep.WriteSnapshot, plan!.Step);
        Assert.InRange(stored.DeltaBytes, stored.FoldBytes - 1000, stored.FoldBytes);
        Assert.Equal((0, plan.Then!.Version.Revision), (plan.Then.DeltaBytes, plan.Then.Generation.Revision));
    }

    [Fact]
    public void A_small_namespace_is_not_rewritten_at_every_change() =>
        Assert.Equal(64 << 10, PersistPlan.For(null, _realm.Change("shop", ("a", "1")), false).Then!.FoldBytes);

    [Fact]
    public void What_is_there_is_not_written_again()
    {
        var version = _realm.Change("shop", ("a", "1"));
        var stored = PersistPlan.For(null, version, false).Then!;

        Assert.Equal((PersistStep.Nothing, stored), (PersistPlan.For(stored, version, isFreshnessDue: true).Step, PersistPlan.For(stored, version, true).Then));
    }

    [Fact]
    public void A_fresher_head_waits_until_it_is_due_and_then_replaces_the_older_one()
    {
        var stored = PersistPlan.For(null, _realm.Change("shop", ("a", "1")), false).Then!;
        var fresher = _realm.Refresh("shop");

        Assert.Equal(PersistStep.Nothing, PersistPlan.For(stored, fresher, isFreshnessDue: false).Step);
        var plan = PersistPlan.For(stored, fresher, isFreshnessDue: true);
        var again = PersistPlan.For(plan.Then, _realm.Refresh("shop"), isFreshnessDue: true);

        Assert.Equal((PersistStep.ReplaceDelta, PersistStep.ReplaceDelta), (plan.Step, again.Step));
        Assert.Equal(again.Bytes.Length, again.Then!.DeltaBytes); // it does not grow
        Assert.Equal(PersistStep.AppendDelta, PersistPlan.For(again.Then, _realm.Change("shop", ("a", "2")), false).Step);
    }

    [Fact]
    public void A_fresher_head_behind_changes_is_appended()
    {
        var stored = PersistPlan.For(null, _realm.Change("shop", ("a", "1")), false).Then!;
        stored = PersistPlan.For(stored, _realm.Change("shop", ("a", "2")), false).Then!;

        Assert.Equal(PersistStep.AppendDelta, PersistPlan.For(stored, _realm.Refresh("shop"), isFreshnessDue: true).Step);
    }

    [Fact]
    public void Nothing_is_appended_where_the_end_is_not_known()
    {
        var stored = PersistPlan.For(null, _realm.Change("shop", ("a", "1")), false).Then! with { IsAppendable = false };

        Assert.Equal(PersistStep.Nothing, PersistPlan.For(stored, _realm.Refresh("shop"), isFreshnessDue: true).Step); // its file is published: never written again
        Assert.Equal(PersistStep.WriteSnapshot, PersistPlan.For(stored, _realm.Change("shop", ("a", "2")), false).Step);
    }

    [Fact]
    public void Retention_keeps_three_generations_and_what_the_pointers_mean()
    {
        string[] names = ["1-1.snap", "1-1.snap.delta", "1-2.snap", "1-3.snap", "1-3.snap.delta", "1-4.snap", "1-5.snap", "1-9.snap", "1-9.snap.delta", "1-2.snap.delta", "CURRENT", "FLOOR", "STABLE", "1-5.snap.tmp", "notes.txt"];

        var deletable = GenerationRetention.Deletable(names, Of(5), Of(1));

        Assert.Equal(["1-2.snap", "1-9.snap", "1-9.snap.delta", "1-2.snap.delta", "1-5.snap.tmp"], deletable); // 1-9 was never activated
        Assert.Equal(["1-5.snap.tmp"], GenerationRetention.Deletable(names, null, null));
        Assert.DoesNotContain("1-1.snap", GenerationRetention.Deletable(names, Of(5), Of(1), kept: 1));
        Assert.Contains("1-4.snap", GenerationRetention.Deletable(names, Of(5), Of(1), kept: 1));
    }

    private static Generation Of(long sequence) => new(new Revision(1, sequence));
}
