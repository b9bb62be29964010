// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Heliograph.Chaos.Faults;
using Heliograph.EndToEnd;
using Xunit;

namespace Heliograph.Chaos;

/// <summary>A relay that has lost everything around it waits; it does not spin.</summary>
public sealed class LonelyRelayTests
{
    private const int TriesMax = 25; // waits are drawn below 250 ms, 500 ms, 1 s … : about six in so long; a loop makes thousands
    private const double TicksPerSecond = 100; // USER_HZ
    private static readonly TimeSpan s_watched = TimeSpan.FromSeconds(3);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // as every process of the campaign runs
    public async Task Without_its_parent_and_without_its_disk_it_tries_now_and_then_and_costs_next_to_nothing(bool isUnderSteppedClock)
    {
        Assert.SkipWhen(isUnderSteppedClock && SteppedClock.Missing is not null, $"It needs {SteppedClock.Missing}.");

        // Given a relay that follows an origin
        await using var fleet = new RealFleet();
        if (isUnderSteppedClock) fleet.Environments["relay-1"] = SteppedClock.Of(fleet.PathOf("relay-1.clock"));
        await fleet.StartOriginAsync();
        await fleet.CreateAsync("shop.cart");
        var revision = await fleet.PutAsync("shop.cart", "key", "value");
        var (relay, _) = await fleet.StartRelayAsync("relay-1", "eu", [fleet.OriginAddress], "--single-parent", "--subscribe", "shop.cart");
        await RealFleet.EventuallyAsync(async () => await fleet.HeldAsync("relay-1", "shop.cart") == revision, () => "the relay holds it");

        // When its files are gone, and its parent is killed, and what listens there instead ends every connection
        Directory.Delete(fleet.PathOf("relay-1"), recursive: true);
        await fleet.Origin.SignalAsync("KILL");
        await fleet.Origin.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        using var listener = new TcpListener(IPAddress.Loopback, new Uri(fleet.OriginAddress).Port);
        listener.Start();
        var (tries, before) = (0, CpuSeconds(relay.Id));
        using (var watching = CancellationTokenSource.CreateLinkedTokenSource(Cancel))
        {
            watching.CancelAfter(s_watched);
            try
            {
                for (; ; tries++) (await listener.AcceptSocketAsync(watching.Token)).Dispose();
            }
            catch (OperationCanceledException) when (!Cancel.IsCancellationRequested)
            {
                // Watched long enough.
            }
        }

        // Then it has tried a few times, and waited without working
        Assert.InRange(tries, 1, TriesMax);
        Assert.True(CpuSeconds(relay.Id) - before < 0.25 * s_watched.TotalSeconds, $"The relay used {CpuSeconds(relay.Id) - before:0.0} s of CPU in {s_watched.TotalSeconds} s.");
        Assert.Equal(revision, await fleet.HeldAsync("relay-1", "shop.cart"));
    }

    private static double CpuSeconds(int process)
    {
        var fields = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat")).Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
