// SPDX-License-Identifier: Apache-2.0
using Heliograph.AppConfiguration.Filters;
using Heliograph.AppConfiguration.Http;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>Targets, versions, tokens, dates: the small grammars of the contract.</summary>
public sealed class WordsTests
{
    [Theory]
    [InlineData("/kv/a%2Fb?x=1", "kv", "a/b")]
    [InlineData("/kv/a%252Fb", "kv", "a%2Fb")]
    [InlineData("/kv/..", "kv", "..")]
    [InlineData("/kv/..%2F..%2Fx", "kv", "../../x")]
    [InlineData("/KV/a+b", "kv", "a+b")]
    [InlineData("/kv/%F0%9F%98%80", "kv", "😀")]
    [InlineData("/kv/%", "kv", "%")]
    [InlineData("/kv", "kv", null)]
    [InlineData("/kv/", "kv", null)]
    [InlineData("http://host:1/kv/a", "kv", "a")]
    public void A_target_is_decoded_once_and_never_normalized(string raw, string route, string? name)
    {
        Assert.True(RequestTarget.TryParse(raw, out var target));
        Assert.Equal((route, name), (target.Route, target.Name));
    }

    [Fact]
    public void A_target_whose_escapes_are_no_text_is_refused() => Assert.False(RequestTarget.TryParse("/kv/%FF%FE", out _));

    [Theory]
    [InlineData("1.0", null)]
    [InlineData("2023-10-01", null)]
    [InlineData("2023-11-01", null)]
    [InlineData("2024-09-01", null)]
    [InlineData("2026-04-01", null)]
    [InlineData("", "API version is not specified")]
    [InlineData("2020-01-01", "Unsupported API version")]
    [InlineData("2025-07-01-preview", "Unsupported API version")]
    [InlineData("9.9", "Unsupported API version")]
    [InlineData("abc", "Invalid API version")]
    public void Versions_that_are_known_pass_and_others_are_refused_by_title(string text, string? title) => Assert.Equal(title, ApiVersions.TryParse([text], out _));

    [Fact]
    public void A_version_given_twice_is_ambiguous() => Assert.Equal("Ambiguous API version", ApiVersions.TryParse(["1.0", "1.0"], out _));

    [Fact]
    public void The_next_link_carries_every_filter_and_never_begins_with_the_position()
    {
        var query = new QueryParameters("After=old&%24Select=key&key=a%3Bb*&api-version=1.0&label=%00");
        var link = query.Continued("kv", "TOKEN");
        Assert.Equal("/kv?api-version=1.0&%24Select=key&key=a%3Bb*&label=%00&after=TOKEN", link);
        Assert.Equal("key", query.Single("$select"));
        Assert.Equal("\0", query.Single("label"));
        Assert.Equal("/kv?api-version=1.0&key=a%3Bb&after=T", new QueryParameters("key=a;b&api-version=1.0").Continued("kv", "T"));
    }

    [Theory]
    [InlineData("Thu, 26 Nov 2026 12:00:30 GMT", "2026-11-26T12:00:30Z")]
    [InlineData("Mon, 29 Feb 2028 23:59:59 GMT", "2028-02-29T23:59:59Z")]
    [InlineData("2026-11-26T12:00:30.500Z", "2026-11-26T12:00:30.5Z")]
    [InlineData("Nov, 23 2026 19:40:01.123456 GMT", "2026-11-23T19:40:01.123456Z")]
    [InlineData("Thu, 30 Feb 2026 12:00:30 GMT", null)]
    [InlineData("Thu, 26 Nov 2026 24:00:30 GMT", null)]
    [InlineData("Thu, 26 anF 2026 12:00:30 GMT", null)]
    [InlineData("Thu, 2६ Nov 2026 12:00:30 GMT", null)]
    [InlineData("Thu, 00 Nov 2026 12:00:30 GMT", null)]
    [InlineData("never", null)]
    [InlineData("", null)]
    public void Dates_are_read_in_every_form_that_clients_write(string text, string? expected)
    {
        Assert.Equal(expected is not null, LooseDate.TryParse(text, out var date));
        if (expected is not null) Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), date);
    }

    [Fact]
    public void Every_date_in_RFC_1123_reads_as_the_framework_reads_it()
    {
        for (var (date, i) = (DateTimeOffset.UnixEpoch, 0); i < 3_000; i++, date = date.AddSeconds(1_234_567 + i))
        {
            Assert.True(LooseDate.TryParse(date.ToString("r"), out var read));
            Assert.Equal(date, read);
        }
    }

    [Fact]
    public void Ids_of_requests_are_version_4_and_all_different()
    {
        var ids = new RequestIds(7, 9);
        var seen = Enumerable.Range(0, 100_000).Select(_ => ids.Next()).ToHashSet();
        Assert.Equal(100_000, seen.Count);
        Assert.All(seen.Take(1_000), id => Assert.Equal((4, 8), (id.Version, id.Variant & 0xC)));
        Assert.NotEqual(new RequestIds(8, 9).Next(), new RequestIds(7, 9).Next());
    }

    [Fact]
    public void A_position_survives_being_decoded_twice_and_reads_back()
    {
        foreach (var key in new[] { SettingKey.Create("a/b%", "l😀"), SettingKey.Create("a"), SettingKey.Create("+++", "&=") })
        {
            foreach (var revision in new Revision?[] { null, new(1, 48_213) })
            {
                var token = Position.Of(key, revision);
                Assert.Equal(token, Uri.UnescapeDataString(Uri.UnescapeDataString(token)));
                Assert.Equal((key, revision), (Position.Key(token), Position.RevisionOf(token)));
            }
        }
        Assert.Equal((12L, 3), Position.Entry(Position.Of(12, 3)));
        Assert.Equal((true, null), Position.TextAfter(Position.OfText(null)));
        foreach (var bad in new[] { "!!", "YQ", "////", new string('a', 9_000) }) Assert.Throws<FilterException>(() => Position.Entry(bad));
    }

    [Fact]
    public void A_sync_token_grows_with_the_log_also_over_epochs_and_reads_back_without_its_number()
    {
        var token = SyncToken.Format(new(1, 48_213));
        Assert.Matches("^heliograph=[A-Za-z0-9_-]+;sn=48213$", token);
        Assert.Equal(new Revision(1, 48_213), SyncToken.Parse($"other=abc,{token.Split(';')[0]}"));
        var later = long.Parse(SyncToken.Format(new(2, 1)).Split("sn=")[1], System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(later is > 48_213 and < 1L << 53);
        Assert.Equal(Revision.None, SyncToken.Parse("heliograph=%%%,x"));
    }

    [Theory]
    [InlineData("Tue, 15 Nov 1994 12:45:26 GMT", 784903526)]
    [InlineData("2021-12-29T21:09:48+00:00", 1640812188)]
    [InlineData("2021-12-29T21:09:48.000Z", 1640812188)]
    [InlineData("Nov, 23 2026 19:40:01.123456 GMT", 1795462801)]
    public void Dates_are_read_as_clients_write_them(string text, long seconds)
    {
        Assert.True(LooseDate.TryParse(text, out var date));
        Assert.Equal(seconds, date.ToUnixTimeSeconds());
    }

    [Fact]
    public void What_is_no_date_is_none() => Assert.False(LooseDate.TryParse("yesterday", out _));
}
