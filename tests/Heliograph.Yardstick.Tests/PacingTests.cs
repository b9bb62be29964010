// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Wires;

namespace Heliograph.Yardstick.Tests;

/// <summary>A server that sends clients away, over real sockets: the load client comes back when it was told to, and one that does not is found out.</summary>
public sealed class PacingTests : IDisposable
{
    private const int WaitMs = 400;
    private static readonly SyncPlan Plan = new("bench.settings", new byte[32]) { Reports = false };
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(30);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Recorder _recorder = new(1, 0, 0);

    public PacingTests() => _listener.Start();

    [Fact]
    public async Task The_load_client_comes_back_no_earlier_than_it_was_told()
    {
        using var fleet = Connect(new SyncWire(Plan));
        var sentAway = await SendAwayAsync();

        using var again = await AcceptAsync();

        Assert.True(Stopwatch.GetElapsedTime(sentAway).TotalMilliseconds >= WaitMs, "it came back earlier than it was told");
        Assert.Empty(_recorder.FaultTexts);
        Assert.Equal((1, 1), (fleet.Subscribers[0].SentAway, fleet.Subscribers[0].Reconnects));
    }

    [Fact]
    public async Task One_that_comes_back_earlier_is_a_fault_of_the_run()
    {
        using var fleet = Connect(new ImpatientWire());
        _ = await SendAwayAsync();

        using var again = await AcceptAsync();

        Assert.True(_recorder.Wait(() => _recorder.Faults > 0, Within));
        Assert.Contains("earlier than it was told", Assert.Single(_recorder.FaultTexts), StringComparison.Ordinal);
    }

    public void Dispose() => _listener.Dispose();

    private Fleet Connect(SyncWire wire) => new(new FleetPlan(((IPEndPoint)_listener.LocalEndpoint).Port, 1) { Reconnects = true }, wire, _recorder);

    private async Task<Socket> AcceptAsync() => await _listener.AcceptSocketAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Within, TestContext.Current.CancellationToken);

    /// <summary>Takes a connection, reads what it says, and sends it away.</summary>
    /// <returns>When it was told, in the stopwatch's ticks.</returns>
    private async Task<long> SendAwayAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var first = await AcceptAsync();
        await first.ReceiveAsync(new byte[4_096], cancel).AsTask().WaitAsync(Within, cancel); // its hello
        var told = Stopwatch.GetTimestamp();
        await first.SendAsync(Frame.Encode(FrameType.Drain, new Drain { Reason = "full", NotBeforeMs = WaitMs }), cancel);
        return told;
    }

    private sealed class ImpatientWire() : SyncWire(Plan)
    {
        public override TimeSpan? WaitBeforeReconnect(Subscriber subscriber, bool reconnects) => TimeSpan.Zero;
    }
}
