// SPDX-License-Identifier: Apache-2.0
using System.Net.Sockets;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>The agent's read API at a unix socket, and without anything above it.</summary>
public sealed class AgentSocketTests
{
    [Fact]
    public async Task A_unix_socket_answers_as_the_port_does_and_goes_on_stale_when_everything_above_is_lost()
    {
        // Given an agent that serves reads at a socket, as its data has it from an origin
        await using var fleet = await new RealFleet().StartOriginAsync();
        await fleet.CreateAsync("shop.web");
        await fleet.PutAsync("shop.web", "Web:MaxItems", "50");
        var socket = fleet.PathOf("api.sock");
        var (agent, _) = await fleet.StartAgentAsync("agent-1", "eu", [fleet.OriginAddress], "--single-parent", "--listen", $"http+unix://{socket}");
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = (_, token) => ConnectAsync(socket, token) }) { BaseAddress = new Uri("http://localhost/api/v1/namespaces/") };
        Assert.Equal(("50", "false"), await ReadAsync(http));

        // When the origin is killed, and the agent too, and the agent starts alone
        await fleet.Origin.SignalAsync("KILL");
        await agent.SignalAsync("KILL");
        await fleet.StartAgentAsync("agent-1", "eu", [fleet.OriginAddress], "--single-parent", "--listen", $"http+unix://{socket}");

        // Then it answers with what was good, and says so
        Assert.Equal(("50", "true"), await ReadAsync(http));
    }

    private static async Task<(string Value, string Stale)> ReadAsync(HttpClient http)
    {
        using var answer = await http.GetAsync(new Uri("shop.web/value?key=Web:MaxItems", UriKind.Relative), TestContext.Current.CancellationToken);
        return (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), answer.Headers.GetValues("Heliograph-Stale").Single());
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
