// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Network;

namespace Heliograph.Simulation.ModelTests;

/// <summary>Each fault of the network does what it says: a connection stays a stream of bytes in order, or breaks.</summary>
public sealed class NetworkTests
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public void Bytes_come_in_order_in_pieces_of_any_size()
    {
        var world = new World();
        var (near, far) = world.Connect();
        var sent = Enumerable.Range(0, 50_000).Select(i => (byte)i).ToArray();
        world.Run(async () =>
        {
            for (var at = 0; at < sent.Length; at += 1_000) await near.WriteAsync(sent.AsMemory(at, 1_000), Never);
            Assert.Equal(sent, await ReadAsync(far, sent.Length));
        });
    }

    [Fact]
    public void A_close_is_the_end_of_the_stream_after_what_was_sent()
    {
        var world = new World();
        var (near, far) = world.Connect();
        world.Run(async () =>
        {
            await near.WriteAsync(new byte[10], Never);
            await near.DisposeAsync();
            Assert.Equal(10, (await ReadAsync(far, 10)).Length);
            Assert.Equal(0, await far.ReadAsync(new byte[1], Never));
            await Assert.ThrowsAsync<IOException>(async () => await near.ReadAsync(new byte[1], Never));
        });
    }

    [Fact]
    public void A_writer_waits_when_nobody_reads_and_goes_on_when_someone_does()
    {
        var world = new World();
        var (near, far) = world.Connect();
        world.Run(async () =>
        {
            await near.WriteAsync(new byte[SimStream.WindowBytes], Never);
            var next = near.WriteAsync(new byte[1], Never).AsTask();
            await world.Scheduler.Delay(TimeSpan.FromSeconds(10));
            Assert.False(next.IsCompleted);
            await ReadAsync(far, 20_000);
            await next;
        });
    }

    [Fact]
    public void Nobody_connects_to_a_machine_that_is_down_or_does_not_listen()
    {
        var world = new World();
        world.Host("deaf", (_, _) => World.Forever());
        world.Host("client", async (_, process) =>
        {
            var dialer = world.Network.DialerFor(process);
            await Assert.ThrowsAsync<IOException>(async () => await dialer.ConnectAsync(new ParentAddress(new Uri("tls://deaf:1")), Never));
            var began = process.Time.GetTimestamp();
            await Assert.ThrowsAsync<IOException>(async () => await dialer.ConnectAsync(new ParentAddress(new Uri("tls://nobody:1")), Never));
            Assert.True(process.Time.GetElapsedTime(began) >= TimeSpan.FromSeconds(10));
            world.Scheduler.Tell("client", "is done");
            await World.Forever();
        });
        world.RunFor(30);
        Assert.Contains(world.Scheduler.Trace.Recent, line => line.EndsWith("is done", StringComparison.Ordinal));
    }

    [Fact]
    public void A_cut_in_one_direction_holds_bytes_back_until_it_is_mended()
    {
        var world = new World();
        var (near, far) = world.Connect();
        world.Network.Link("client", "server").Cut();
        world.Run(async () =>
        {
            await near.WriteAsync(new byte[] { 1 }, Never);
            await far.WriteAsync(new byte[] { 2 }, Never);
            Assert.Equal([2], await ReadAsync(near, 1)); // the other direction is whole
            var read = ReadAsync(far, 1);
            await world.Scheduler.Delay(TimeSpan.FromSeconds(5));
            Assert.False(read.IsCompleted);
            world.Network.Link("client", "server").Mend();
            Assert.Equal([1], await read);
        });
    }

    [Fact]
    public void A_cut_that_lasts_breaks_the_sender_and_leaves_the_reader_in_the_dark()
    {
        var world = new World();
        var (near, far) = world.Connect();
        world.Network.Link("client", "server").Cut();
        world.Run(async () =>
        {
            await near.WriteAsync(new byte[] { 1 }, Never);
            await Assert.ThrowsAsync<IOException>(async () => await near.ReadAsync(new byte[1], Never));
            var read = far.ReadAsync(new byte[1], Never).AsTask();
            await world.Scheduler.Delay(TimeSpan.FromSeconds(60));
            Assert.False(read.IsCompleted);
        });
    }

    [Fact]
    public void A_half_open_connection_tells_a_writer_late_and_a_reader_never()
    {
        var world = new World();
        var (near, far) = world.Connect();
        ((SimConnection)near).HalfOpen();
        world.Run(async () =>
        {
            var read = near.ReadAsync(new byte[1], Never).AsTask();
            await far.WriteAsync(new byte[1], Never);
            await world.Scheduler.Delay(SimStream.GiveUpAfter + TimeSpan.FromSeconds(2));
            await Assert.ThrowsAsync<IOException>(async () => await far.WriteAsync(new byte[1], Never));
            Assert.False(read.IsCompleted);
            world.Network.Heal();
            await Assert.ThrowsAsync<IOException>(() => read);
        });
    }

    [Fact]
    public void A_reset_breaks_both_ends()
    {
        var world = new World();
        var (near, far) = world.Connect();
        world.Run(async () =>
        {
            var read = far.ReadAsync(new byte[1], Never).AsTask();
            ((SimConnection)near).Reset();
            await Assert.ThrowsAsync<IOException>(() => read);
            await Assert.ThrowsAsync<IOException>(async () => await near.WriteAsync(new byte[1], Never));
        });
    }

    [Fact]
    public void A_killed_process_resets_its_connections_and_a_power_cut_tells_nobody()
    {
        foreach (var isPowerCut in new[] { false, true })
        {
            var world = new World();
            var (_, far) = world.Connect();
            var owner = ((SimConnection)far).Other!.Owner;
            world.Run(async () =>
            {
                var read = far.ReadAsync(new byte[1], Never).AsTask();
                owner.Kill(isPowerCut);
                await world.Scheduler.Delay(TimeSpan.FromSeconds(60));
                Assert.Equal(isPowerCut, !read.IsCompleted);
            });
        }
    }

    [Fact]
    public void A_lost_segment_stalls_the_stream_and_enough_of_them_break_it()
    {
        var (stalls, breaks) = (0, 0);
        for (ulong seed = 0; seed < 100; seed++)
        {
            var world = new World(seed, Fault.SegmentLost);
            var (near, far) = world.Connect();
            world.Run(async () =>
            {
                try
                {
                    for (var i = 0; i < 50; i++)
                    {
                        var began = world.Scheduler.Now;
                        await near.WriteAsync(new byte[] { (byte)i }, Never);
                        Assert.Equal([(byte)i], await ReadAsync(far, 1));
                        if (world.Scheduler.Now - began > TimeSpan.FromMilliseconds(200).Ticks) stalls++;
                    }
                }
                catch (IOException)
                {
                    breaks++;
                }
            });
            Assert.True(world.Struck(Fault.SegmentLost) > 0 || stalls == 0 || seed > 0);
        }
        Assert.True(stalls > 20, $"{stalls} stalls");
    }

    [Fact]
    public void A_flipped_bit_reaches_a_plain_reader_and_breaks_tls()
    {
        var (flipped, broken) = (0, 0);
        foreach (var isPlain in new[] { true, false })
        {
            var world = new World(1, Fault.BitFlipOnWire);
            var (near, far) = world.Connect();
            world.Network.Link("client", "server").IsPlain = isPlain;
            world.Run(async () =>
            {
                try
                {
                    for (var i = 0; i < 2_000; i++)
                    {
                        await near.WriteAsync(new byte[] { 0 }, Never);
                        if ((await ReadAsync(far, 1))[0] != 0) flipped++;
                    }
                }
                catch (IOException)
                {
                    broken++;
                }
            }, seconds: 2_000);
        }
        Assert.True(flipped > 5, $"{flipped} flipped");
        Assert.Equal(1, broken);
    }

    [Fact]
    public void A_narrow_link_takes_its_time()
    {
        var world = new World();
        var (near, far) = world.Connect();
        world.Network.Link("client", "server").BytesPerSecond = 1_000;
        world.Run(async () =>
        {
            var began = world.Scheduler.Now;
            await near.WriteAsync(new byte[10_000], Never);
            await ReadAsync(far, 10_000);
            Assert.True(world.Scheduler.Now - began >= TimeSpan.FromSeconds(10).Ticks);
        });
    }

    [Fact]
    public void A_stalled_reader_gets_its_bytes_later()
    {
        var world = new World();
        var (near, far) = world.Connect();
        ((SimConnection)far).StallReader(TimeSpan.FromSeconds(20));
        world.Run(async () =>
        {
            await near.WriteAsync(new byte[1], Never);
            var began = world.Scheduler.Now;
            await ReadAsync(far, 1);
            Assert.InRange(TimeSpan.FromTicks(world.Scheduler.Now - began).TotalSeconds, 19.5, 21);
        });
    }

    [Fact]
    public void A_duplicated_connection_brings_the_same_bytes_to_the_listener_again()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            var world = new World(seed, Fault.DuplicateConnection);
            var accepted = new List<IConnection>();
            IConnection? near = null;
            world.Host("server", (_, process) =>
            {
                world.Network.Listen(process, (connection, _) =>
                {
                    accepted.Add(connection);
                    return World.Forever();
                });
                return World.Forever();
            });
            world.Host("client", async (_, process) =>
            {
                near = await world.Network.DialerFor(process).ConnectAsync(new ParentAddress(new Uri("tls://server:1")), Never);
                await World.Forever();
            });
            world.RunFor(1);
            if (world.Struck(Fault.DuplicateConnection) == 0) continue;
            world.Run(async () =>
            {
                await near!.WriteAsync(new byte[] { 1, 2, 3 }, Never);
                Assert.Equal(2, accepted.Count);
                foreach (var connection in accepted) Assert.Equal([1, 2, 3], await ReadAsync(connection, 3));
                await accepted[1].WriteAsync(new byte[100_000], Never); // its answers go nowhere, and hold nobody up
                near.Abort();
                await Assert.ThrowsAsync<IOException>(async () => await accepted[1].ReadAsync(new byte[1], Never));
            });
            return;
        }
        Assert.Fail("No connection was duplicated in 200 worlds.");
    }

    [Fact]
    public void Connections_overtake_each_other()
    {
        var overtaken = 0;
        for (ulong seed = 0; seed < 60; seed++)
        {
            var world = new World(seed, Fault.ReorderedConnections);
            world.Connect();
            if (world.Struck(Fault.ReorderedConnections) > 0) overtaken++;
        }
        Assert.InRange(overtaken, 1, 30);
    }

    private static async Task<byte[]> ReadAsync(IConnection connection, int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var read = await connection.ReadAsync(bytes.AsMemory(at), Never);
            if (read == 0) throw new EndOfStreamException();
            at += read;
        }
        return bytes;
    }
}
