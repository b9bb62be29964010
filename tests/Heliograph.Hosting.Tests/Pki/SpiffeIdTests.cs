// SPDX-License-Identifier: Apache-2.0
using Heliograph.Platform.Pki;

namespace Heliograph.Hosting.Tests.Pki;

public sealed class SpiffeIdTests
{
    [Theory]
    [InlineData("spiffe://shop/origin/o1", PeerRole.Origin, "o1")]
    [InlineData("spiffe://shop/relay/eu-west/r1", PeerRole.Relay, "r1")]
    [InlineData("spiffe://shop/agent/Host_7.example", PeerRole.Agent, "Host_7.example")]
    [InlineData("spiffe://shop/app/payments.checkout/web-1", PeerRole.App, "web-1")]
    public void The_four_forms_are_read(string text, PeerRole role, string name)
    {
        Assert.True(SpiffeId.TryParse(text, out var id, out var error), error);
        Assert.Equal((text, "shop", role, name), (id.ToString(), id.Realm, id.Role, id.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("spiffe://")]
    [InlineData("SPIFFE://shop/origin/o1")]
    [InlineData("https://shop/origin/o1")]
    [InlineData("spiffe://Shop/origin/o1")]
    [InlineData("spiffe://shop:443/origin/o1")]
    [InlineData("spiffe://user@shop/origin/o1")]
    [InlineData("spiffe://-shop/origin/o1")]
    [InlineData("spiffe://shop./origin/o1")]
    [InlineData("spiffe://shop/origin")]
    [InlineData("spiffe://shop/origin/")]
    [InlineData("spiffe://shop/origin/o1/")]
    [InlineData("spiffe://shop//origin/o1")]
    [InlineData("spiffe://shop/origin/..")]
    [InlineData("spiffe://shop/agent/../origin/o1")]
    [InlineData("spiffe://shop/origin/o%31")]
    [InlineData("spiffe://shop/origin/o1?x=1")]
    [InlineData("spiffe://shop/origin/o1#x")]
    [InlineData("spiffe://shop/origin/o 1")]
    [InlineData("spiffe://shop/origin/ö1")]
    [InlineData("spiffe://shop/Origin/o1")]
    [InlineData("spiffe://shop/relay/r1")]
    [InlineData("spiffe://shop/admin/a1")]
    [InlineData(" spiffe://shop/origin/o1")]
    public void Anything_else_is_refused_and_not_mended(string text)
    {
        Assert.False(SpiffeId.TryParse(text, out var id, out var error));
        Assert.Null(id);
        Assert.NotEmpty(error);
    }

    [Fact]
    public void An_identity_has_a_length_limit()
    {
        var longest = "spiffe://shop/agent/" + new string('a', SpiffeId.CharsMax - 20);
        Assert.True(SpiffeId.TryParse(longest, out _, out _));
        Assert.False(SpiffeId.TryParse(longest + "a", out _, out _));
    }

    [Fact]
    public void A_part_cannot_smuggle_in_a_segment() =>
        Assert.Throws<FormatException>(() => SpiffeId.Agent("shop", "h1/../../origin/o1"));
}
