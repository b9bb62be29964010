// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using CsCheck;
using Xunit;

namespace Heliograph.Core.Tests.Words;

public sealed partial class NamespaceNameTests
{
    [Fact]
    public void A_name_is_what_the_grammar_says_and_nothing_else() =>
        Gen.OneOf(Gen.Char["ab0-_.AZ é\n"].Array[0, 8], Gen.Char.Array[0, 4]).Select(chars => new string(chars)).Sample(text =>
        {
            var isName = NamespaceName.TryParse(text, out var name, out var error);

            Assert.Equal(Grammar().IsMatch(text), isName);
            Assert.Equal(isName, error is null);
            if (isName) Assert.Equal(text, name.Value);
        }, iter: 20_000);

    [Fact]
    public void A_name_has_at_most_128_characters()
    {
        Assert.True(NamespaceName.TryParse(new string('a', 128), out _, out _));
        Assert.False(NamespaceName.TryParse(new string('a', 129), out _, out var error));
        Assert.Contains("128", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("payments.checkout.prod")]
    [InlineData("a")]
    [InlineData("0")]
    [InlineData("a-b_c.d1")]
    public void Ordinary_names_pass(string text) => Assert.Equal(text, NamespaceName.Parse(text).ToString());

    [Theory]
    [InlineData("a..b", "position 2")]
    [InlineData(".a", "position 1")]
    [InlineData("a.", "position 2")]
    [InlineData("a.-b", "position 3")]
    [InlineData("a_.b", "position 2")]
    [InlineData("aB", "position 2")]
    [InlineData("a/b", "position 2")]
    public void The_fault_says_where(string text, string where) =>
        Assert.Contains(where, Assert.Throws<FormatException>(() => NamespaceName.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("heliograph", true)]
    [InlineData("heliograph.realm", true)]
    [InlineData("heliograph.x", true)]
    [InlineData("heliographs", false)]
    [InlineData("my.heliograph.x", false)]
    public void Names_of_the_realm_itself_are_reserved(string text, bool isReserved) => Assert.Equal(isReserved, NamespaceName.Parse(text).IsReserved);

    [Fact]
    public void The_default_value_names_nothing()
    {
        Assert.True(default(NamespaceName).IsEmpty);
        Assert.False(default(NamespaceName).IsReserved);
        Assert.Equal("", default(NamespaceName).ToString());
        Assert.Throws<InvalidOperationException>(() => default(NamespaceName).Value);
    }

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*\z")]
    private static partial Regex Grammar();
}
