// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;
using Xunit;

namespace Heliograph.Core.Tests.Replicas;

public sealed class NamespacePatternTests
{
    [Theory]
    [InlineData("*", "payments", true)]
    [InlineData("*", "heliograph.realm", false)]
    [InlineData("payments.*", "payments.api", true)]
    [InlineData("payments.*", "payments.api.prod", true)]
    [InlineData("payments.*", "payments", false)]
    [InlineData("payments.*", "paymentsx.api", false)]
    [InlineData("payments.", "payments.api", true)]
    [InlineData("payments.api", "payments.api", true)]
    [InlineData("payments.api", "payments.api.prod", false)]
    [InlineData("heliograph.realm", "heliograph.realm", true)]
    public void It_covers_what_it_says(string pattern, string name, bool covers) =>
        Assert.Equal(covers, NamespacePattern.Parse(pattern).Covers(NamespaceName.Parse(name)));

    [Theory]
    [InlineData("payments.", "payments.*")]
    [InlineData("payments.*", "payments.*")]
    [InlineData("*", "*")]
    [InlineData("payments.api", "payments.api")]
    public void There_is_one_spelling_of_it(string text, string spelling) => Assert.Equal(spelling, NamespacePattern.Parse(text).Text);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData(".*")]
    [InlineData("**")]
    [InlineData("pay*")]
    [InlineData("pay.*.api")]
    [InlineData("Payments.*")]
    [InlineData("heliograph.*")]
    [InlineData("heliograph.")]
    public void Anything_else_is_refused(string? text)
    {
        Assert.False(NamespacePattern.TryParse(text, out _, out var error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void Only_a_whole_name_is_a_name()
    {
        Assert.Equal(NamespaceName.Parse("a.b"), NamespacePattern.Parse("a.b").Name);
        Assert.Throws<InvalidOperationException>(() => NamespacePattern.Parse("a.*").Name);
        Assert.False(NamespacePattern.Parse("*").IsName);
    }
}
