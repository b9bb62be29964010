// SPDX-License-Identifier: Apache-2.0
using Heliograph.Origin.Realm;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Reports;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Origin.Tests.Realm;

/// <summary>What is remembered of instances that are gone. The clock is moved by hand.</summary>
public sealed class SeenInstancesTests
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly ReportFold _fleet = new("o1");
    private readonly SeenInstances _seen;

    public SeenInstancesTests() => _seen = new SeenInstances(_fleet, _time);

    [Fact]
    public void One_that_is_gone_is_remembered_for_a_day_with_what_it_ran()
    {
        Report("app-1", 7);
        _seen.Look();
        Assert.Null(_seen.Find(Shop, "app-2"));

        _fleet.Remove(1);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(7ul, _seen.Find(Shop, "app-1")!.Status.Revision.Sequence); // at once
        _seen.Look();
        var lost = _seen.Find(Shop, "app-1");
        Assert.Equal((7ul, _time.GetUtcNow()), (lost!.Status.Revision.Sequence, lost.LostAt));

        _time.Advance(SeenInstances.Kept);
        _seen.Look();
        Assert.Null(_seen.Find(Shop, "app-1"));
    }

    [Fact]
    public void One_that_comes_back_and_goes_again_is_remembered_as_it_was_last()
    {
        Report("app-1", 7);
        _seen.Look();
        _fleet.Remove(1);
        _seen.Look();

        Report("app-1", 8);
        _seen.Look();
        _fleet.Remove(1);
        _seen.Look();

        Assert.Equal(8ul, _seen.Find(Shop, "app-1")!.Status.Revision.Sequence);
    }

    [Fact]
    public void Where_not_all_are_named_nobody_is_taken_for_lost()
    {
        Report("app-1", 7);
        _seen.Look();

        _fleet.Update(1, new Status { Namespaces = { new NamespaceStatus { Namespace = "shop", Cohorts = { new Cohort { Count = 5_000 } }, InstancesLeftOut = 5_000 } } });
        _seen.Look();

        Assert.Null(_seen.Find(Shop, "app-1"));
    }

    [Fact]
    public void The_longest_lost_make_way()
    {
        for (var namespaces = 0; namespaces < 11; namespaces++)
            _fleet.Update(namespaces, new Status { Namespaces = { Many($"n{namespaces}") } });
        _seen.Look();
        for (var subscriber = 0; subscriber < 11; subscriber++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            _fleet.Remove(subscriber);
            _seen.Look();
        }

        Assert.Null(_seen.Find(NamespaceName.Parse("n0"), "i5"));
        Assert.NotNull(_seen.Find(NamespaceName.Parse("n1"), "i5"));
        Assert.NotNull(_seen.Find(NamespaceName.Parse("n10"), "i999"));
    }

    private static NamespaceStatus Many(string name)
    {
        var report = new NamespaceStatus { Namespace = name, Cohorts = { new Cohort { Count = 1_000 } } };
        report.Instances.AddRange(Enumerable.Range(0, 1_000).Select(i => new InstanceStatus { Instance = new() { Id = $"i{i}" } }));
        return report;
    }

    private void Report(string id, ulong sequence) => _fleet.Update(1, new Status
    {
        Namespaces = { new NamespaceStatus { Namespace = "shop", Cohorts = { new Cohort { Count = 1 } }, Instances = { new InstanceStatus { Instance = new() { Id = id }, Revision = new Position { Epoch = 1, Sequence = sequence } } } } },
    });
}
