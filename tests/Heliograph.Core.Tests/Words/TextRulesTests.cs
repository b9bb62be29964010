// SPDX-License-Identifier: Apache-2.0
using System.Text;
using CsCheck;
using Xunit;

namespace Heliograph.Core.Tests.Words;

public sealed class TextRulesTests
{
    [Fact]
    public void Text_is_sound_exactly_if_it_survives_utf8_and_holds_no_control_character() => Gen.OneOf(TextGen.Any, TextGen.Clean).Sample(text =>
    {
        var survives = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;

        Assert.Equal(survives && !text.Any(char.IsControl), TextRules.Fault("key", text, 1_000) is null);
    });

    [Fact]
    public void The_limit_counts_utf16_characters()
    {
        Assert.Null(TextRules.Fault("key", "👋👋", 4));
        Assert.Contains("at most 3 characters", TextRules.Fault("key", "👋👋", 3), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ab\u0000", "position 3 (U+0000)")]
    [InlineData("\n", "position 1 (U+000A)")]
    [InlineData("\u007F", "U+007F")]
    [InlineData("\u0085", "U+0085")]
    public void The_fault_says_where_and_never_quotes(string text, string where)
    {
        var fault = TextRules.Fault("label", text, 10);

        Assert.Contains(where, fault, StringComparison.Ordinal);
        Assert.StartsWith("A label", fault, StringComparison.Ordinal);
        Assert.DoesNotContain(fault!, char.IsControl);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_named_by_its_position() // not as theory data: attributes are stored as UTF-8, which cannot hold it
    {
        Assert.Contains("position 2", TextRules.Fault("key", "a\uD83D", 10), StringComparison.Ordinal);
        Assert.Contains("position 1", TextRules.Fault("key", "\uDC4Ba", 10), StringComparison.Ordinal);
        Assert.Contains("position 1", TextRules.Fault("key", "\uD83D\uD83D\uDC4B", 10), StringComparison.Ordinal);
        Assert.False(SettingKey.TryCreate("\uD800", null, out _, out _));
    }
}
