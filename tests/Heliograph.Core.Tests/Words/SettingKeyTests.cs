// SPDX-License-Identifier: Apache-2.0
using CsCheck;
using Xunit;

namespace Heliograph.Core.Tests.Words;

public sealed class SettingKeyTests
{
    [Fact]
    public void Any_sound_text_is_a_key_and_a_label() => Gen.Select(TextGen.Clean, TextGen.Clean).Sample((key, label) =>
    {
        var made = SettingKey.Create(key, label);

        Assert.Equal((key, label), (made.Key, made.Label));
    });

    [Fact]
    public void Keys_and_labels_pass_at_their_limits_and_not_beyond()
    {
        Assert.True(SettingKey.TryCreate(new string('k', Limits.KeyCharsMax), new string('l', Limits.LabelCharsMax), out _, out _));
        Assert.False(SettingKey.TryCreate(new string('k', Limits.KeyCharsMax + 1), null, out _, out var error));
        Assert.Contains("1024", error, StringComparison.Ordinal);
        Assert.False(SettingKey.TryCreate("k", new string('l', Limits.LabelCharsMax + 1), out _, out error));
        Assert.Contains("label", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a\tb")]
    public void What_is_no_key_is_refused(string? key)
    {
        Assert.False(SettingKey.TryCreate(key, null, out _, out var error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void An_empty_label_is_no_label() => Assert.Equal(SettingKey.Create("k"), SettingKey.Create("k", ""));

    [Fact]
    public void Keys_compare_character_by_character_and_case_counts()
    {
        Assert.NotEqual(SettingKey.Create("Key"), SettingKey.Create("key"));
        Assert.NotEqual(SettingKey.Create("e\u0301"), SettingKey.Create("\u00E9")); // not normalized
        SettingKey[] ordered = [SettingKey.Create("A"), SettingKey.Create("a"), SettingKey.Create("a", "x"), SettingKey.Create("b")];
        Assert.Equal(ordered, ordered.Reverse().Order());
    }

    [Fact]
    public void The_default_value_is_no_key() => Assert.Throws<InvalidOperationException>(() => default(SettingKey).Key);

    [Fact]
    public void A_setting_never_shows_its_value() => Assert.Equal("k@l", $"{Setting.Of("k", "secret", "l")}");
}
