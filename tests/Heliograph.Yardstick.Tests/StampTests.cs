// SPDX-License-Identifier: Apache-2.0
using Heliograph.Yardstick.Load;

namespace Heliograph.Yardstick.Tests;

/// <summary>What the load client counts is what came, however the stream is cut.</summary>
public sealed class StampTests
{
    [Fact]
    public void Every_stamp_is_found_once_wherever_the_reads_are_cut()
    {
        // Given three values in a stream
        byte[] stream = [.. "noise@"u8, .. Live(0), .. Live(1), .. "=|"u8, .. Live(2), .. "tail"u8];

        for (var first = 0; first <= stream.Length; first++)
        {
            // When it comes in three reads, cut anywhere
            var recorder = new Recorder(1, 3, 0);
            var subscriber = new Subscriber(0, recorder);
            var second = (first * 7 + 13) % (stream.Length + 1);
            var (from, to) = (Math.Min(first, second), Math.Max(first, second));
            subscriber.Scan(stream.AsSpan(0, from));
            subscriber.Scan(stream.AsSpan(from, to - from));
            subscriber.Scan(stream.AsSpan(to));

            // Then each was delivered once
            Assert.Equal(3, subscriber.Deliveries);
            Assert.All(Enumerable.Range(0, 3), sequence => Assert.Equal(1, recorder.Reached(sequence)));
            Assert.Equal(2, subscriber.Newest);
        }
    }

    [Fact]
    public void A_value_that_repeats_what_the_subscriber_had_is_no_delivery()
    {
        var subscriber = new Subscriber(0, new Recorder(1, 8, 0)) { Floor = 4 };
        foreach (var sequence in new[] { 3, 4, 5 }) subscriber.Scan(Live(sequence));
        Assert.Equal(1, subscriber.Deliveries);
        Assert.Equal(5, subscriber.Newest);
    }

    [Fact]
    public void A_cold_client_is_served_when_all_stored_values_have_come()
    {
        var recorder = new Recorder(1, 1, storedValues: 2);
        var subscriber = new Subscriber(0, recorder) { WantsSnapshot = true };
        subscriber.Scan(Stamp.NewValue(64, Stamp.Stored, 0));
        Assert.Equal(0, recorder.Served);
        subscriber.Scan(Stamp.NewValue(64, Stamp.Stored, 1));
        Assert.Equal(1, recorder.Served);
    }

    [Fact]
    public void Who_is_live_without_all_stored_values_is_a_fault()
    {
        var recorder = new Recorder(1, 1, storedValues: 2);
        new Subscriber(0, recorder) { WantsSnapshot = true }.MarkReady();
        Assert.Equal(1, recorder.Faults);
    }

    private static byte[] Live(long sequence)
    {
        var value = Stamp.NewValue(100, Stamp.Live, sequence);
        Stamp.Renew(value, sequence);
        return value;
    }
}
