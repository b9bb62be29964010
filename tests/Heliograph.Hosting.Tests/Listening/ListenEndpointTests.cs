// SPDX-License-Identifier: Apache-2.0
using Heliograph.Hosting.Listening;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;

namespace Heliograph.Hosting.Tests.Listening;

public sealed class ListenEndpointTests
{
    [Theory]
    [InlineData("tls://0.0.0.0:7443", ListenProtocol.All)]
    [InlineData("tls://[::]:7443", ListenProtocol.All)]
    [InlineData("tcp://127.0.0.1:0", ListenProtocol.Sync)]
    [InlineData("tcp://[::1]:7444", ListenProtocol.Sync)]
    [InlineData("unix:///run/helio/sync.sock", ListenProtocol.Sync)]
    [InlineData("http://127.0.0.1:8080", ListenProtocol.Http)]
    [InlineData("http+unix:///run/helio/http.sock", ListenProtocol.Http)]
    [InlineData("grpc+tcp://127.0.0.1:8081", ListenProtocol.Grpc)]
    [InlineData("grpc+unix:///run/helio/grpc.sock", ListenProtocol.Grpc)]
    public void An_address_is_read_and_written_alike(string text, ListenProtocol protocol)
    {
        var endpoint = ListenEndpoint.Parse(text);
        Assert.Equal(protocol, endpoint.Protocol);
        Assert.Equal(text, endpoint.ToString());
    }

    [Theory]
    [InlineData("tcp://0.0.0.0:7444", "plain text")]
    [InlineData("tcp://10.1.2.3:7444", "plain text")]
    [InlineData("tcp://[::]:7444", "plain text")]
    [InlineData("http://0.0.0.0:80", "plain text")]
    [InlineData("grpc+tcp://192.168.0.1:81", "plain text")]
    [InlineData("tls://relay.example:7443", "not a name")]
    [InlineData("tls://0.0.0.0", "port is missing")]
    [InlineData("https://0.0.0.0:443", "scheme")]
    [InlineData("unix://run/sock", "three slashes")]
    [InlineData("tls://0.0.0.0:1/path", "more than a host")]
    [InlineData("7443", "not an address")]
    public void Anything_else_is_refused_with_the_reason(string text, string reason)
    {
        Assert.False(ListenEndpoint.TryParse(text, out var endpoint, out var error));
        Assert.Null(endpoint);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Localhost_is_the_loopback_address() => Assert.Equal("http://127.0.0.1:8080", ListenEndpoint.Parse("http://localhost:8080").ToString());

    [Fact]
    public void Unsound_options_stop_the_start_and_every_fault_is_named()
    {
        // Given endpoints made in code, past the parser, and limits that make no sense
        var options = new ListenerOptions
        {
            Endpoints = [new(ListenProtocol.Http, new(System.Net.IPAddress.Any, 80), null), ListenEndpoint.Parse("tls://127.0.0.1:0")],
            PipeBytesMax = 1,
            ConnectionsMax = 0,
        };

        // When
        var failure = Assert.Throws<OptionsValidationException>(() => WebApplication.CreateSlimBuilder().AddHeliographListeners(options));

        // Then
        Assert.Collection(failure.Failures,
            plain => Assert.Contains("plain text", plain, StringComparison.Ordinal),
            tls => Assert.Contains("needs a certificate", tls, StringComparison.Ordinal),
            pipe => Assert.Contains("PipeBytesMax", pipe, StringComparison.Ordinal),
            connections => Assert.Contains("ConnectionsMax", connections, StringComparison.Ordinal));
        Assert.Throws<OptionsValidationException>(() => WebApplication.CreateSlimBuilder().AddHeliographListeners(new()));
    }
}
