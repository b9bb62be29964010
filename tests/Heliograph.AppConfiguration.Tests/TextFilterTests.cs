// SPDX-License-Identifier: Apache-2.0
using Heliograph.AppConfiguration.Filters;

namespace Heliograph.AppConfiguration.Tests;

public sealed class TextFilterTests
{
    [Theory]
    [InlineData(null, "x", true)]
    [InlineData("", "x", true)]
    [InlineData("*", "x", true)]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "abcd", false)]
    [InlineData("abc", "ABC", false)]
    [InlineData("abc*", "abcd", true)]
    [InlineData("abc*", "abc", true)]
    [InlineData("abc*", "ab", false)]
    [InlineData("a,b,c", "b", true)]
    [InlineData("a,b*,c", "bb", true)]
    [InlineData("a\\,b", "a,b", true)]
    [InlineData("a\\*", "a*", true)]
    [InlineData("a\\*", "ab", false)]
    [InlineData("a\\\\", "a\\", true)]
    [InlineData("\\0", "0", true)]
    [InlineData("😀*", "😀x", true)]
    public void A_key_filter_lets_pass_what_it_names(string? filter, string text, bool passes) =>
        Assert.Equal(passes, TextFilter.Parse("key", filter, mayBeAbsent: false).Matches(text));

    [Theory]
    [InlineData("\0", null, true)]
    [InlineData("\0", "x", false)]
    [InlineData("\0,prod", null, true)]
    [InlineData("\0,prod", "prod", true)]
    [InlineData("\0,prod", "dev", false)]
    [InlineData("*", null, true)]
    [InlineData("p*", null, false)]
    public void A_label_filter_knows_those_without_label(string filter, string? label, bool passes) =>
        Assert.Equal(passes, TextFilter.Parse("label", filter, mayBeAbsent: true).Matches(label));

    [Theory]
    [InlineData("*a", "key(0): Invalid character")]
    [InlineData("ab*c", "key(2): Invalid character")]
    [InlineData("test'@*$!%", "key(6): Invalid character")] // recorded from the service
    [InlineData("a**", "key(1): Invalid character")]
    [InlineData("a\\", "key(1): Invalid character")]
    [InlineData("a\0", "key(1): Invalid character")]
    [InlineData("a,b,c,d,e,f", "key: Too many values. Maximum supported is 5")]
    public void A_malformed_filter_is_refused_and_says_where(string filter, string detail) =>
        Assert.Equal(detail, Assert.Throws<FilterException>(() => TextFilter.Parse("key", filter, mayBeAbsent: false)).Message);

    [Theory]
    [InlineData("env=prod", "env", "prod", true)]
    [InlineData("env=", "env", "", true)]
    [InlineData("env=\0", "env", Setting.NoTagValue, true)]
    [InlineData("a\\=b=c", "a=b", "c", true)]
    [InlineData("env=prod", "env", "dev", false)]
    [InlineData("env=a=b", "env", "a=b", true)]
    public void A_tag_filter_is_exact(string filter, string name, string value, bool passes) =>
        Assert.Equal(passes, TagFilter.Parse([filter]).Matches(new Setting(SettingKey.Create("k"), "", null, [new(name, value)])));

    [Fact]
    public void All_tags_of_a_filter_must_be_there_and_there_are_five_at_most()
    {
        var setting = new Setting(SettingKey.Create("k"), "", null, [new("a", "1"), new("b", "2")]);
        Assert.True(TagFilter.Parse(["a=1", "b=2"]).Matches(setting));
        Assert.False(TagFilter.Parse(["a=1", "b=3"]).Matches(setting));
        Assert.Equal("tags: Too many values. Maximum supported is 5", Assert.Throws<FilterException>(() => TagFilter.Parse(["a=1", "a=1", "a=1", "a=1", "a=1", "a=1"])).Message);
        Assert.Throws<FilterException>(() => TagFilter.Parse(["noequals"]));
    }
}
