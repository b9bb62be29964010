// SPDX-License-Identifier: Apache-2.0
using CsCheck;
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Reports;
using Xunit;
using Status = Heliograph.Protocol.Wire.Status;

namespace Heliograph.Replication.Tests.Reports;

public sealed class ReportFoldTests
{
    private static readonly Gen<NamespaceStatus> Instances = Gen.Select(Gen.Int[0, 3], Gen.Int[1, 3], Gen.Int[0, 2], Gen.Bool, Gen.Bool, Gen.Int[0, 100_000],
        (name, sequence, region, isStale, isRefusing, id) => Report($"n{name}", sequence, $"r{region}", isStale, isRefusing, $"i{id}"));

    [Fact]
    public void Counts_are_exact_whatever_the_tree_of_relays() => Gen.Select(Instances.Array[0, 60], Gen.Int[1, 5]).Sample((reports, relays) =>
    {
        // Given instances that report to relays, which report to one above them
        var below = Enumerable.Range(0, relays).Select(i => new ReportFold($"relay-{i}")).ToArray();
        for (var i = 0; i < reports.Length; i++) below[i % relays].Update(i, Of(reports[i]));
        var top = new ReportFold("top");
        for (var i = 0; i < relays; i++) top.Update(i, Through(below[i].Snapshot()));

        // Then the sums are those of the instances
        var folded = top.Snapshot();
        foreach (var expected in reports.GroupBy(report => report.Namespace))
        {
            var status = folded.Namespaces.Single(status => status.Namespace == expected.Key);
            var cohorts = expected.Select(report => report.Cohorts[0]).ToList();
            Assert.Equal((ulong)cohorts.Count, Sum(status, cohort => cohort.Count));
            Assert.Equal((ulong)cohorts.Count(cohort => cohort.Stale > 0), Sum(status, cohort => cohort.Stale));
            Assert.Equal((ulong)cohorts.Count(cohort => cohort.Refused > 0), Sum(status, cohort => cohort.Refused));
            foreach (var group in cohorts.GroupBy(cohort => (cohort.Revision, cohort.Region)))
                Assert.Equal((ulong)group.Count(), status.Cohorts.Single(cohort => cohort.Revision.Equals(group.Key.Revision) && cohort.Region == group.Key.Region).Count);
            Assert.Equal(cohorts.Count, status.Instances.Count);
        }
        Assert.Equal(reports.Select(report => report.Namespace).Distinct().Count(), folded.Namespaces.Count);
    }, iter: 200);

    [Fact]
    public void A_new_word_replaces_the_old_one_and_an_empty_word_takes_it_back()
    {
        var fold = new ReportFold("r");
        fold.Update(1, Of(Report("n", 1)));
        fold.Update(2, Of(Report("n", 1)));
        fold.Update(1, Of(Report("n", 2)));

        Assert.Equal([1ul, 1ul], fold.Snapshot().Namespaces[0].Cohorts.Select(cohort => cohort.Count));
        fold.Update(1, Of(new NamespaceStatus { Namespace = "n" }));
        Assert.Equal(new Position { Epoch = 1, Sequence = 1 }, Assert.Single(fold.Snapshot().Namespaces[0].Cohorts).Revision);
        fold.Remove(2);
        Assert.Empty(fold.Snapshot().Namespaces);
        fold.Remove(2);
    }

    [Fact]
    public void Sums_kept_as_reports_come_and_go_are_those_of_what_is_said_last() =>
        Gen.Select(Gen.Int[0, 4], Instances, Gen.Bool).Array[0, 80].Sample(steps =>
        {
            // Given subscribers that say one thing after another and go
            var fold = new ReportFold("r");
            var said = new Dictionary<(int Subscriber, string Namespace), NamespaceStatus>();
            foreach (var (subscriber, report, isGone) in steps)
            {
                if (isGone)
                {
                    fold.Remove(subscriber, report.Namespace);
                    said.Remove((subscriber, report.Namespace));
                    continue;
                }
                fold.Update(subscriber, Of(report));
                said[(subscriber, report.Namespace)] = report;
            }

            // Then the fold is that of somebody who only heard their last words
            var afresh = new ReportFold("r");
            foreach (var ((subscriber, _), report) in said) afresh.Update(subscriber, Of(report));
            Assert.Equal(Counted(afresh.Snapshot()), Counted(fold.Snapshot()));
        }, iter: 500);

    [Fact]
    public void Exceptions_are_named_first_and_at_most_a_thousand()
    {
        // Given 1,500 instances of which 20 are exceptions, each of another kind
        var fold = new ReportFold("r");
        for (var i = 0; i < 1_500; i++)
        {
            var report = (i % 75) switch
            {
                0 when i % 4 == 0 => Report("n", 7, isStale: true, id: $"x{i:D4}"),
                0 when i % 4 == 1 => Report("n", 7, isRefusing: true, id: $"x{i:D4}"),
                0 when i % 4 == 2 => Report("n", 6, id: $"x{i:D4}"), // a laggard
                0 => Report("n", 7, isServingStable: true, id: $"x{i:D4}"),
                _ => Report("n", 7, id: $"i{i:D4}"),
            };
            fold.Update(i, Of(report));
        }

        var status = Assert.Single(fold.Snapshot().Namespaces);

        Assert.Equal(1_000, status.Instances.Count);
        Assert.Equal(500ul, status.InstancesLeftOut);
        Assert.All(status.Instances.Take(20), instance => Assert.StartsWith("x", instance.Instance.Id, StringComparison.Ordinal));
        Assert.All(status.Instances.Skip(20), instance => Assert.StartsWith("i", instance.Instance.Id, StringComparison.Ordinal));
        Assert.Equal(1_500ul, Sum(status, cohort => cohort.Count));
    }

    [Fact]
    public void What_was_left_out_below_stays_counted_above()
    {
        var (below, above) = (new ReportFold("below"), new ReportFold("above"));
        for (var i = 0; i < 1_200; i++) below.Update(i, Of(Report("n", 1, id: $"a{i}")));
        above.Update(1, Through(below.Snapshot()));
        for (var i = 0; i < 300; i++) above.Update(10 + i, Of(Report("n", 1, id: $"b{i}")));

        var status = Assert.Single(above.Snapshot().Namespaces);

        Assert.Equal((1_000, 500ul), (status.Instances.Count, status.InstancesLeftOut));
        Assert.Equal(1_500ul, Sum(status, cohort => cohort.Count));
    }

    [Fact]
    public void The_path_names_the_tiers_between_nearest_first()
    {
        var (zone, region) = (new ReportFold("zone"), new ReportFold("region"));
        zone.Update(1, Of(Report("n", 1)));
        region.Update(1, Through(zone.Snapshot()));

        Assert.Equal("region/zone", region.Snapshot().Namespaces[0].Instances[0].Path);
        Assert.Equal("zone", zone.Snapshot().Namespaces[0].Instances[0].Path);
    }

    [Fact]
    public void The_fold_of_the_worst_that_is_taken_fits_into_a_frame_and_still_sums_up()
    {
        // Given a thousand instances with everything as long as it may be, each a cohort of its own
        var fold = new ReportFold(new string('s', 128));
        var text = new string('\u20AC', 128);
        for (var i = 0; i < 1_000; i++)
        {
            var report = Report("n", i + 1, region: $"{i}{text[4..]}", isRefusing: true, id: $"{i:D4}{text[4..]}");
            report.Cohorts[0].Ring = text;
            report.Instances[0].Instance = new Instance { Id = report.Instances[0].Instance.Id, Service = text, Region = text, Zone = text, Ring = text, Version = text, Host = text };
            report.Instances[0].Refusal = new Refusal { Code = text, Detail = new string('\u20AC', 512) };
            fold.Update(i, Of(report));
        }

        var status = Assert.Single(fold.Snapshot().Namespaces);

        Assert.InRange(Frame.Encode(FrameType.Status, Of(status)).Length, 1, Limits.FrameBytesMax);
        Assert.Equal(1_000ul, Sum(status, cohort => cohort.Count));
        Assert.Equal(1_000ul, (ulong)status.Instances.Count + status.InstancesLeftOut);
        Assert.Equal(new Position { Epoch = 1, Sequence = 1_000 }, status.Cohorts[^1].Revision); // the newest are named
    }

    [Fact]
    public void Observers_are_told_and_may_leave()
    {
        var fold = new ReportFold("r");
        var told = 0;
        using (fold.Observe(() => told++))
        {
            fold.Update(1, Of(Report("n", 1)));
            fold.Remove(1);
        }
        fold.Update(1, Of(Report("n", 1)));

        Assert.Equal(2, told);
    }

    /// <summary>Instances of one id may stand in any order.</summary>
    private static Status Counted(Status status)
    {
        foreach (var report in status.Namespaces)
        {
            var instances = report.Instances.OrderBy(instance => instance.Instance.Id, StringComparer.Ordinal).ThenBy(instance => instance.ToString(), StringComparer.Ordinal).ToList();
            report.Instances.Clear();
            report.Instances.AddRange(instances);
        }
        return status;
    }

    /// <summary>A message of its own: it is the fold's when it was given to it.</summary>
    private static Status Of(params NamespaceStatus[] reports) => new Status { Namespaces = { reports } }.Clone();

    /// <summary>As it travels: nothing above shares objects with what is below.</summary>
    private static Status Through(Status status) => Status.Parser.ParseFrom(status.ToByteArray());

    private static ulong Sum(NamespaceStatus status, Func<Cohort, ulong> of) => status.Cohorts.Aggregate(0ul, (sum, cohort) => sum + of(cohort));

    private static NamespaceStatus Report(string name, int sequence, string region = "eu", bool isStale = false, bool isRefusing = false, string id = "i", bool isServingStable = false)
    {
        var revision = new Revision(1, sequence);
        var instance = new InstanceStatus { Instance = new Instance { Id = id, Region = region }, Revision = revision.ToWire(), Stale = isStale, ServingStable = isServingStable };
        if (isRefusing) instance.Refusal = new Refusal { Revision = revision.Next().ToWire(), Code = "wrong_root" };
        var cohort = new Cohort { Revision = revision.ToWire(), Region = region, Count = 1, Stale = isStale ? 1u : 0, Refused = isRefusing ? 1u : 0 };
        return new NamespaceStatus { Namespace = name, Cohorts = { cohort }, Instances = { instance } };
    }
}
