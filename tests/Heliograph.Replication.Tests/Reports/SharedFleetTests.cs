// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Reports;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Status = Heliograph.Protocol.Wire.Status;

namespace Heliograph.Replication.Tests.Reports;

/// <summary>Three origins that tell each other who is connected, without a network.</summary>
public sealed class SharedFleetTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Every_origin_counts_everyone_once_whoever_orders_changes()
    {
        var origins = new[] { new Member("o1", _time), new Member("o2", _time), new Member("o3", _time) };
        for (var i = 0; i < origins.Length; i++)
            for (var instance = 0; instance <= i; instance++) origins[i].Own.Update(instance, Of($"i{i}-{instance}"));

        foreach (var sequencer in (int[])[0, 2, 1, 0]) // at once, while the old words still count
        {
            for (var round = 0; round < 2; round++) // the second one hears of all
                for (var i = 0; i < origins.Length; i++)
                    if (i != sequencer) origins[i].Tell(origins[sequencer]);
            foreach (var origin in origins)
            {
                var status = Assert.Single(origin.Fleet.Snapshot().Namespaces);
                Assert.Equal(6ul, Assert.Single(status.Cohorts).Count);
                Assert.Equal(["o1 i0-0", "o2 i1-0", "o2 i1-1", "o3 i2-0", "o3 i2-1", "o3 i2-2"], status.Instances.Select(instance => $"{instance.Path} {instance.Instance.Id}"));
            }
        }
    }

    [Fact]
    public void What_is_not_said_again_is_forgotten_and_what_is_below_is_always_known()
    {
        var (sequencer, follower) = (new Member("o1", _time), new Member("o2", _time));
        sequencer.Own.Update(1, Of("a"));
        follower.Own.Update(1, Of("b"));
        follower.Tell(sequencer);

        _time.Advance(SharedFleet.KeptFor);
        Assert.Equal((2ul, 2ul), (Count(sequencer), Count(follower)));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((1ul, 1ul), (Count(sequencer), Count(follower)));
        follower.Own.Remove(1);
        Assert.Empty(follower.Fleet.Snapshot().Namespaces);
    }

    [Fact]
    public void A_change_below_and_a_word_of_others_are_told()
    {
        var (sequencer, follower) = (new Member("o1", _time), new Member("o2", _time));
        var (heard, told) = (0, 0);
        using var one = sequencer.Fleet.Observe(() => heard++);
        var other = follower.Fleet.Observe(() => told++);

        sequencer.Own.Update(1, Of("a"));
        Assert.Equal((1, 0), (heard, told));
        follower.Tell(sequencer);
        Assert.Equal((2, 1), (heard, told));
        other.Dispose();
        follower.Tell(sequencer);
        follower.Own.Update(1, Of("b"));
        Assert.Equal((3, 1), (heard, told));
    }

    [Fact]
    public void Bytes_that_are_no_report_and_origins_without_end_are_refused()
    {
        var fleet = new Member("o1", _time).Fleet;
        Assert.Throws<ProtocolException>(() => fleet.Take("o2", [0xFF]));
        var tooMany = Of("a");
        tooMany.Namespaces[0].Cohorts[0].Stale = 7;
        Assert.Throws<ProtocolException>(() => fleet.TakeAnswer("o2", tooMany.ToByteArray()));
        for (var i = 0; i < SharedFleet.OriginsMax; i++) fleet.Take($"origin-{i}", Of("a").ToByteArray());
        fleet.Take("origin-3", Of("a").ToByteArray());
        Assert.Throws<ProtocolException>(() => fleet.Take("one-more", Of("a").ToByteArray()));
        Assert.Equal(16ul, Assert.Single(Assert.Single(fleet.Snapshot().Namespaces).Cohorts).Count);
    }

    private static ulong Count(Member member) => Assert.Single(Assert.Single(member.Fleet.Snapshot().Namespaces).Cohorts).Count;

    private static Status Of(string id)
    {
        var revision = new Position { Epoch = 1, Sequence = 7 };
        var report = new NamespaceStatus { Namespace = "n" };
        report.Cohorts.Add(new Cohort { Revision = revision, Region = "r", Count = 1 });
        report.Instances.Add(new InstanceStatus { Instance = new() { Id = id }, Revision = revision });
        var status = new Status();
        status.Namespaces.Add(report);
        return status;
    }

    private sealed class Member
    {
        private readonly string _name;

        public Member(string name, TimeProvider time)
        {
            (_name, Own) = (name, new ReportFold(name));
            Fleet = new(Own, time);
        }

        public ReportFold Own { get; }

        public SharedFleet Fleet { get; }

        public void Tell(Member sequencer) => Fleet.TakeAnswer(sequencer._name, sequencer.Fleet.Take(_name, Own.Snapshot().ToByteArray()).ToByteArray());
    }
}
