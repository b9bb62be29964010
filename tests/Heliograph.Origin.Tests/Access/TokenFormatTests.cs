// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.State;
using Heliograph.Origin.Access;
using Xunit;

namespace Heliograph.Origin.Tests.Access;

/// <summary>How a token is written and what is kept of it: both outlive upgrades, so both stand still. The hash was computed apart from this code.</summary>
public sealed class TokenFormatTests
{
    private const string Golden = "hlg_0123456789abcdef_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    [Fact]
    public void A_token_is_read_as_its_id_and_the_hash_of_its_secret()
    {
        Assert.True(ApiToken.TryParse(Golden, out var token));
        Assert.Equal("0123456789abcdef", token.Id);
        Assert.Equal("6c86c6aac5fb24bcf5d9939cb7d7d5645ce39418f449e03b262dd4fa14b4b92b", token.SecretHash.ToString());
        Assert.Equal(Golden, token.Reveal());
    }

    [Fact]
    public void A_new_token_has_the_form_and_no_two_are_one()
    {
        var (one, other) = (ApiToken.Create(), ApiToken.Create());
        Assert.Matches("^hlg_[0-9a-f]{16}_[0-9a-f]{64}$", one.Reveal());
        Assert.NotEqual(one.Reveal(), other.Reveal());
        Assert.True(ApiToken.TryParse(one.Reveal(), out var read));
        Assert.Equal(one.SecretHash, read.SecretHash);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hlg_0123456789abcdef_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1")] // a digit less
    [InlineData("hlg_0123456789abcdef_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0")] // and one more
    [InlineData("hlg_0123456789ABCDEF_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")] // one spelling only
    [InlineData("HLG_0123456789abcdef_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")]
    [InlineData("hlg-0123456789abcdef-000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")]
    [InlineData(" hlg_0123456789abcdef_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")]
    public void Anything_else_is_no_token(string text) => Assert.False(ApiToken.TryParse(text, out _));

    [Fact]
    public void What_the_log_keeps_of_a_token_stands_still()
    {
        const string Kept = """{"sha256":"6c86c6aac5fb24bcf5d9939cb7d7d5645ce39418f449e03b262dd4fa14b4b92b","subject":"ci-payments","createdAt":"2026-01-02T03:04:05+00:00","expiresAt":"2026-04-02T03:04:05+00:00"}""";
        var created = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        Assert.True(ApiToken.TryParse(Golden, out var token));

        var setting = new TokenRecord(token.SecretHash.ToString(), "ci-payments", created, created.AddDays(90)).ToSetting(token.Id);

        Assert.Equal(("tokens/0123456789abcdef", Kept, "application/json"), (setting.Key.ToString(), setting.Value, setting.ContentType));
        Assert.True(SettingRecord.TryParse(SettingRecord.KeyOf(setting.Key), SettingRecord.ValueOf(setting), out var read));
        Assert.True(TokenRecord.TryParse(read.Value, out var record, out var hash));
        Assert.Equal((token.SecretHash, "ci-payments", created.AddDays(90)), (hash, record.Subject, record.ExpiresAt));
    }

    [Theory]
    [InlineData("""{"sha256":"00","subject":"a","createdAt":"2026-01-02T03:04:05+00:00","expiresAt":"2026-04-02T03:04:05+00:00"}""")]
    [InlineData("""{"sha256":"6c86c6aac5fb24bcf5d9939cb7d7d5645ce39418f449e03b262dd4fa14b4b92b","subject":"a","createdAt":"2026-01-02T03:04:05+00:00","expiresAt":"2026-04-02T03:04:05+00:00","more":1}""")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("")]
    public void A_record_that_is_not_quite_one_proves_nobody(string json) => Assert.False(TokenRecord.TryParse(json, out _, out _));
}
