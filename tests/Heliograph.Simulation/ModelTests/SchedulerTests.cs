// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Threading.Channels;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.ModelTests;

public sealed class SchedulerTests
{
    [Fact]
    public void One_seed_gives_one_history_and_another_seed_another() // in one process; Replay tests compare two
    {
        Assert.Equal(Digest(7), Digest(7));
        Assert.NotEqual(Digest(7), Digest(8));
    }

    [Fact]
    public void Virtual_time_costs_no_real_time()
    {
        var world = new World();
        var began = Stopwatch.GetTimestamp();
        world.RunFor(3_600);
        Assert.Equal(TimeSpan.FromHours(1).Ticks, world.Scheduler.Now);
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void What_escapes_to_the_thread_pool_fails_the_run()
    {
        var world = new World();
        world.Host("leaky", async (_, process) => await Task.Delay(10, TestContext.Current.CancellationToken)); // a system timer: it comes back on a thread of the pool
        Assert.Throws<LeakException>(() =>
        {
            for (var i = 0; i < 1_000; i++)
            {
                world.RunFor(1);
                world.Scheduler.RequireNoLeak();
            }
        });
    }

    [Fact]
    public void Ordinary_constructs_stay_on_the_thread()
    {
        var world = new World();
        var thread = Environment.CurrentManagedThreadId;
        var seen = new List<int>();
        var process = new SimProcess(world.Scheduler, "node", "node", new SimClock(world.Scheduler));
        var channel = Channel.CreateBounded<int>(1);
        using var gate = new SemaphoreSlim(0);
        process.Start(async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), process.Time, CancellationToken.None);
            seen.Add(Environment.CurrentManagedThreadId);
            await gate.WaitAsync(CancellationToken.None);
            seen.Add(Environment.CurrentManagedThreadId);
            await channel.Reader.WaitToReadAsync(CancellationToken.None);
            seen.Add(Environment.CurrentManagedThreadId);
            using var cancelled = new CancellationTokenSource(TimeSpan.FromSeconds(1), process.Time);
            await Assert.ThrowsAsync<TaskCanceledException>(() => Task.Delay(Timeout.InfiniteTimeSpan, process.Time, cancelled.Token));
            seen.Add(Environment.CurrentManagedThreadId);
            await Assert.ThrowsAsync<TimeoutException>(() => new TaskCompletionSource().Task.WaitAsync(TimeSpan.FromSeconds(1), process.Time, CancellationToken.None));
            seen.Add(Environment.CurrentManagedThreadId);
        });
        world.Scheduler.After(TimeSpan.FromSeconds(2), () => gate.Release());
        world.Scheduler.After(TimeSpan.FromSeconds(3), () => channel.Writer.TryWrite(1));
        world.RunFor(10);
        world.Scheduler.RequireNoLeak();
        Assert.Equal([thread, thread, thread, thread, thread], seen);
    }

    [Fact]
    public void A_killed_process_takes_no_further_step_and_a_held_one_takes_them_later()
    {
        var world = new World();
        var (killed, held, cleaned) = (0, 0, false);
        var first = world.Host("killed", async (_, process) =>
        {
            try
            {
                while (true)
                {
                    await Task.Delay(TimeSpan.FromSeconds(1), process.Time, CancellationToken.None);
                    killed++;
                }
            }
            finally
            {
                cleaned = true;
            }
        });
        var second = world.Host("held", async (_, process) =>
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), process.Time, CancellationToken.None);
                held++;
            }
        });
        world.RunFor(3.5);
        first.Kill();
        second.Pause(TimeSpan.FromSeconds(5));
        world.RunFor(4);
        Assert.Equal((3, 3, false), (killed, held, cleaned));
        world.RunFor(3);
        Assert.Equal((3, false), (killed, cleaned));
        Assert.True(held > 3);
    }

    [Fact]
    public void A_wall_clock_may_be_wrong_while_timers_and_timestamps_are_right()
    {
        var world = new World();
        var clock = new SimClock(world.Scheduler);
        var process = new SimProcess(world.Scheduler, "node", "node", clock);
        clock.ForgetTime();
        Assert.Equal(DateTimeOffset.UnixEpoch, process.Time.GetUtcNow());
        var started = process.Time.GetTimestamp();
        clock.StepBy(TimeSpan.FromDays(-3));
        Assert.Equal(DateTimeOffset.UnixEpoch, process.Time.GetUtcNow()); // no further back than that
        clock.StepBy(TimeSpan.FromDays(3));
        clock.Drift(200);
        world.RunFor(1_000);
        Assert.Equal(TimeSpan.FromSeconds(1_000), process.Time.GetElapsedTime(started));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddDays(3).AddSeconds(1_000.2), process.Time.GetUtcNow());
        clock.Correct();
        Assert.Equal(clock.TrueNow, process.Time.GetUtcNow());
    }

    private static string Digest(ulong seed)
    {
        var world = new World(seed);
        for (var i = 0; i < 5; i++)
        {
            world.Host($"node{i}", async (host, process) =>
            {
                while (true)
                {
                    await Task.Delay(TimeSpan.FromSeconds(1), process.Time, CancellationToken.None);
                    world.Scheduler.Tell(host.Name, "ticks");
                }
            });
        }
        world.RunFor(20);
        return world.Scheduler.Trace.Digest();
    }
}
