// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Replication.Counting;
using Xunit;

namespace Heliograph.Replication.Tests;

public sealed class CommitTraceTests
{
    private static readonly Hash256 s_log = new(Convert.FromHexString("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"));

    [Fact]
    public void The_ids_are_those_of_the_reference()
    {
        // printf 'heliograph.trace\0' and the bytes, through sha256sum
        var context = CommitTrace.ContextOf(s_log, new Revision(1, 7), ratio: 1);

        Assert.Equal("9887582f139ba405387a39b324ac7734", context.TraceId.ToHexString());
        Assert.Equal("bb0a196a8d5aec43", context.SpanId.ToHexString());
        Assert.Equal(ActivityTraceFlags.Recorded, context.TraceFlags);
    }

    [Fact]
    public void A_smaller_part_is_within_a_greater_one_and_is_about_as_large_as_asked()
    {
        var (tenth, half) = (Sampled(0.1), Sampled(0.5));

        Assert.Subset(half, tenth);
        Assert.InRange(tenth.Count, 800, 1_200);
        Assert.InRange(half.Count, 4_700, 5_300);
        Assert.Empty(Sampled(0));
        Assert.Equal(10_000, Sampled(1).Count);
    }

    [Fact]
    public void A_step_is_a_child_of_its_commit_whatever_goes_on_around_it()
    {
        var commit = CommitTrace.ContextOf(s_log, new Revision(1, 8), ratio: 1);
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == CommitTrace.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => options.Parent == commit ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None, // others may run beside this
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        using var around = new Activity("request").Start();
        var began = DateTimeOffset.UnixEpoch.AddSeconds(1);

        Assert.True(CommitTrace.IsWanted);
        CommitTrace.Record("apply", commit, NamespaceName.Parse("shop.basket"), new Revision(1, 8), began, began.AddSeconds(2), "relay-1", [new ActivityLink(around.Context)]);

        var span = Assert.Single(spans);
        Assert.Equal((commit.TraceId, commit.SpanId, "apply"), (span.TraceId, span.ParentSpanId, span.OperationName));
        Assert.Equal((began.UtcDateTime, TimeSpan.FromSeconds(2)), (span.StartTimeUtc, span.Duration));
        Assert.Equal(["shop.basket", "1.8", "relay-1"], span.Tags.Select(tag => tag.Value));
        Assert.Equal(around.Context.TraceId, Assert.Single(span.Links).Context.TraceId);
        Assert.Same(around, Activity.Current);
    }

    private static HashSet<long> Sampled(double ratio) =>
        [.. Enumerable.Range(1, 10_000).Select(sequence => (long)sequence).Where(sequence => CommitTrace.ContextOf(s_log, new Revision(1, sequence), ratio).TraceFlags == ActivityTraceFlags.Recorded)];
}
