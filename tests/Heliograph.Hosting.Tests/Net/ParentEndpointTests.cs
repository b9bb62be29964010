// SPDX-License-Identifier: Apache-2.0
using Heliograph.Platform.Net;

namespace Heliograph.Hosting.Tests.Net;

public sealed class ParentEndpointTests
{
    [Fact]
    public void The_three_schemes_are_understood()
    {
        Assert.Equal(new ParentEndpoint.Tls("relay.example", 7443), Parse("tls://relay.example:7443"));
        Assert.Equal(new ParentEndpoint.Tls("::1", 7443), Parse("tls://[::1]:7443"));
        Assert.Equal(new ParentEndpoint.Loopback("127.0.0.1", 7444), Parse("tcp://127.0.0.1:7444"));
        Assert.Equal(new ParentEndpoint.Loopback("127.8.9.1", 7444), Parse("tcp://127.8.9.1:7444"));
        Assert.Equal(new ParentEndpoint.Loopback("localhost", 7444), Parse("tcp://localhost:7444"));
        Assert.Equal(new ParentEndpoint.Unix("/run/helio graph.sock"), Parse("unix:///run/helio%20graph.sock"));
    }

    [Theory]
    [InlineData("tcp://10.0.0.1:7444", "plain text")]
    [InlineData("tcp://0.0.0.0:7444", "plain text")]
    [InlineData("tcp://relay.example:7444", "plain text")]
    [InlineData("tcp://localhost.example.com:7444", "plain text")]
    [InlineData("tls://relay.example", "a port is missing")]
    [InlineData("tls://relay.example:7443/path", "more than a host and a port")]
    [InlineData("tls://user:secret@relay.example:7443", "more than a host and a port")]
    [InlineData("unix://relative/path", "three slashes")]
    [InlineData("http://127.0.0.1:80", "scheme")]
    public void Anything_else_is_refused_with_the_reason(string address, string reason)
    {
        Assert.False(ParentEndpoint.TryParse(new(address), out _, out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_socket_path_that_the_kernel_would_cut_is_refused() =>
        Assert.False(ParentEndpoint.TryParse(new("unix:///" + new string('x', 103)), out _, out _));

    private static ParentEndpoint Parse(string address) => ParentEndpoint.TryParse(new(address), out var endpoint, out var error) ? endpoint : throw new FormatException(error);
}
