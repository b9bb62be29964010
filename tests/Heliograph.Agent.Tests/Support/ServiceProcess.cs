// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using NamespaceState = Heliograph.Core.Wire.NamespaceState;

namespace Heliograph.Agent.Tests.Support;

/// <summary>A process of a service at an agent, speaking the protocol by hand: it says what it runs, and dies or stops.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private readonly MemoryLink _link = new("service");
    private readonly RawPeer _peer;
    private readonly Task _serving;
    private readonly HashSet<string> _ran = [];

    private ServiceProcess(AgentRig agent)
    {
        _peer = new RawPeer(_link.Follower);
        _serving = Task.Run(async () =>
        {
            await using var connection = _link.Server;
            await agent.Front.AcceptAsync(connection, new PeerIdentity("local", PeerKind.Local), CancellationToken.None);
        });
    }

    /// <summary>What the agent has said is in quarantine.</summary>
    public Quarantine? Quarantine { get; private set; }

    public string RunId { get; private init; } = "";

    /// <summary>Starts a process, or lets one come back that has lost its connection.</summary>
    public static async Task<ServiceProcess> StartAsync(AgentRig agent, Hash256 logId, string service = "cart", string instance = "cart-1", string? run = null)
    {
        var process = new ServiceProcess(agent) { RunId = run ?? Guid.NewGuid().ToString("N") };
        var hello = RawPeer.HelloOf(logId, instance);
        (hello.Instance.Service, hello.Run) = (service, process.RunId);
        await process._peer.SendAsync(FrameType.Hello, hello);
        await process._peer.ReadAsync(FrameType.Welcome, Welcome.Parser);
        return process;
    }

    /// <summary>Subscribes and takes what comes first.</summary>
    /// <returns>Its revision.</returns>
    public async Task<Revision> ReceiveAsync(NamespaceName name)
    {
        await _peer.SubscribeAsync(name);
        return await NextAsync(name);
    }

    /// <summary>The next update of a namespace.</summary>
    public async Task<Revision> NextAsync(NamespaceName name)
    {
        while (await _peer.ReadAsync() is var (type, message))
        {
            if (type == FrameType.Quarantine) Quarantine = Quarantine.Parser.ParseFrom(message);
            if (type != FrameType.Update || Update.Parser.ParseFrom(message) is not { } update || update.Namespace != name.Value) continue;
            var state = NamespaceState.Parser.ParseFrom(update.NamespaceState);
            return new((int)state.LastEpoch, (long)state.LastSequence);
        }
        throw new IOException("The stream ended.");
    }

    /// <summary>Says that it is about to run a revision.</summary>
    public ValueTask ApplyAsync(NamespaceName name, Revision revision, bool unhealthy = false)
    {
        var first = _ran.Add(name.Value);
        return SendAsync(new Run { Unhealthy = unhealthy, Applied = { new AppliedRevision { Namespace = name.Value, Revision = revision.ToWire(), First = first } } });
    }

    public ValueTask SendAsync(Run run) => SendAsync(FrameType.Run, run);

    public ValueTask SendAsync(FrameType type, IMessage message) => _peer.SendAsync(type, message);

    /// <summary>Receives, and runs with it.</summary>
    public async Task<Revision> RunAsync(NamespaceName name)
    {
        var revision = await ReceiveAsync(name);
        await ApplyAsync(name, revision);
        return revision;
    }

    /// <summary>Dies: what it has written is read, and then the connection ends.</summary>
    public async Task DieAsync()
    {
        await _link.Follower.DisposeAsync();
        await _serving;
    }

    /// <summary>Says good-bye and stops.</summary>
    public async Task StopAsync()
    {
        await SendAsync(new Run { Ended = true });
        await DieAsync();
    }

    public async ValueTask DisposeAsync() => await DieAsync();
}
