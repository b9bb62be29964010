// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Heliograph.Hosting.Grpc;
using Heliograph.Hosting.Listening;
using Heliograph.Replication.Ports;

namespace Heliograph.Hosting.Tests.Listening;

public sealed class PlainListenerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Loopback_is_local_for_each_protocol_on_its_own_port()
    {
        await using var tier = await new TestTier().StartAsync("tcp://127.0.0.1:0", "http://127.0.0.1:0", "grpc+tcp://127.0.0.1:0");
        Assert.Equal(3, tier.Endpoints.All.Select(endpoint => endpoint.Address!.Port).Where(port => port > 0).Distinct().Count());
        foreach (var protocol in new[] { ListenProtocol.Sync, ListenProtocol.Grpc })
        {
            await using var connection = await tier.DialAsync(tier.Endpoints.Of(protocol).ToString());
            Assert.Equal(new("local", PeerKind.Local), (await tier.Acceptor.NextAsync()).Peer);
        }
        using var http = tier.Http();
        Assert.Equal("HTTP/1.1 Local local", await http.GetStringAsync("/who", Cancel));
    }

    [Fact]
    public async Task A_unix_socket_tells_the_peers_user_and_lets_only_the_group_in()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells a peer's user this way.");
        await using var tier = new TestTier();
        await tier.StartAsync($"unix://{tier.Directory.Join("sync")}", $"http+unix://{tier.Directory.Join("http")}");

        await using var connection = await tier.DialAsync($"unix://{tier.Directory.Join("sync")}");
        var accepted = await tier.Acceptor.NextAsync();
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(tier.Directory.Join("http")), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });

        Assert.Equal(new($"local:uid={UserId()}", PeerKind.Local), accepted.Peer);
        Assert.Equal($"HTTP/1.1 Local local:uid={UserId()}", await http.GetStringAsync("http://agent/who", Cancel));
        Assert.Equal("660", tier.Directory.Mode("sync"));
        await connection.WriteTextAsync("up");
        Assert.Equal("up", await accepted.Connection.ReadTextAsync(2));
    }

    [Fact]
    public async Task A_unix_socket_for_gRPC_tells_the_peers_user_as_well()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells a peer's user this way.");
        await using var tier = new TestTier();
        await tier.StartAsync($"grpc+unix://{tier.Directory.Join("grpc")}");
        using var channel = GrpcChannel.ForAddress("http://agent", new()
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellationToken) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(tier.Directory.Join("grpc")), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            },
            DisposeHttpClient = true,
        });
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(SyncMethods.Connect, null, new CallOptions(cancellationToken: Cancel));

        Assert.Equal(new($"local:uid={UserId()}", PeerKind.Local), (await tier.Acceptor.NextAsync()).Peer);
        Assert.Equal("660", tier.Directory.Mode("grpc"));
    }

    [Fact]
    public async Task The_socket_of_a_process_that_was_killed_is_taken_over()
    {
        await using var tier = new TestTier();
        using (var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            killed.Bind(new UnixDomainSocketEndPoint(tier.Directory.Join("killed")));
            File.Move(tier.Directory.Join("killed"), tier.Directory.Join("sync")); // so that closing does not remove it
        }
        Assert.True(File.Exists(tier.Directory.Join("sync")));

        await tier.StartAsync($"unix://{tier.Directory.Join("sync")}");

        await using var connection = await tier.DialAsync($"unix://{tier.Directory.Join("sync")}");
        await tier.Acceptor.NextAsync();
    }

    [Fact]
    public async Task The_socket_of_a_process_that_lives_and_a_file_that_is_none_are_left_alone()
    {
        await using var first = new TestTier();
        await first.StartAsync($"unix://{first.Directory.Join("sync")}");
        await using var second = new TestTier();
        await Assert.ThrowsAnyAsync<IOException>(async () => await second.StartAsync($"unix://{first.Directory.Join("sync")}"));
        File.WriteAllText(first.Directory.Join("file"), "precious");
        await using var third = new TestTier();
        await Assert.ThrowsAnyAsync<Exception>(async () => await third.StartAsync($"unix://{first.Directory.Join("file")}"));

        await using var connection = await first.DialAsync($"unix://{first.Directory.Join("sync")}");
        await first.Acceptor.NextAsync();
    }

    [Theory]
    [InlineData("attacker.example", HttpStatusCode.MisdirectedRequest)] // a name made to point to 127.0.0.1
    [InlineData("127.0.0.1.attacker.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("10.0.0.1", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost:1234", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("[::1]:80", HttpStatusCode.OK)]
    public async Task A_browser_that_was_misled_to_loopback_is_not_local(string host, HttpStatusCode expected)
    {
        await using var tier = await new TestTier().StartAsync("http://127.0.0.1:0");
        using var http = tier.Http();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/who");
        request.Headers.Host = host;
        using var response = await http.SendAsync(request, Cancel);
        Assert.Equal(expected, response.StatusCode);
    }

    private static string UserId() => File.ReadLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2];
}
