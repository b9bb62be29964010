// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;
using Heliograph.Simulation.Disk;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;
using Heliograph.Simulation.Network;

namespace Heliograph.Simulation.ModelTests;

/// <summary>A small world with nothing of the product in it, to test the simulator itself.</summary>
internal sealed class World
{
    public World(ulong seed = 1, params ReadOnlySpan<Fault> faults)
    {
        Scheduler = new SimScheduler(seed);
        Faults = FaultMenu.Of(Scheduler, faults);
        Network = new SimNetwork(Scheduler, Faults);
    }

    public SimScheduler Scheduler { get; }

    public FaultMenu Faults { get; }

    public SimNetwork Network { get; }

    public int Struck(Fault fault) => Faults.Struck.GetValueOrDefault(fault);

    public SimDisk Disk(string name = "disk") => new(Scheduler, Faults, name);

    /// <summary>A machine whose process was started.</summary>
    public SimHost Host(string name, Func<SimHost, SimProcess, Task> main)
    {
        var host = new SimHost(Scheduler, Network, name, Disk(name), main);
        host.Boot();
        return host;
    }

    /// <summary>Runs something of the world to its end.</summary>
    public T Run<T>(Func<Task<T>> action, double seconds = 120)
    {
        Task<T>? task = null;
        Scheduler.After(TimeSpan.Zero, () => task = action());
        Scheduler.RunUntil(() => task is { IsCompleted: true }, TimeSpan.FromTicks(Scheduler.Now) + TimeSpan.FromSeconds(seconds));
        Assert.True(task is { IsCompleted: true }, "It did not come to an end.");
        return task!.GetAwaiter().GetResult();
    }

    public void Run(Func<Task> action, double seconds = 120) => Run(async () =>
    {
        await action();
        return true;
    }, seconds);

    public void RunFor(double seconds) => Scheduler.RunUntil(TimeSpan.FromTicks(Scheduler.Now) + TimeSpan.FromSeconds(seconds));

    /// <summary>Two machines with a connection between them: the dialer's end and the listener's.</summary>
    public (IConnection Near, IConnection Far) Connect()
    {
        IConnection? near = null, far = null;
        Host("server", (_, process) =>
        {
            Network.Listen(process, (connection, _) =>
            {
                far = connection;
                return Forever();
            });
            return Forever();
        });
        Host("client", async (_, process) =>
        {
            near = await Network.DialerFor(process).ConnectAsync(new ParentAddress(new Uri("tls://server:1")), CancellationToken.None);
            await Forever();
        });
        Assert.True(Scheduler.RunUntil(() => near is not null && far is not null, TimeSpan.FromSeconds(30)));
        return (near!, far!);
    }

    public static Task Forever() => new TaskCompletionSource().Task;
}
