// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.FeatureFlags.Tests;

/// <summary>What is taken for a flag, and what is said of what is none.</summary>
public sealed class FlagReaderTests
{
    [Theory]
    [InlineData("", "value: not JSON")]
    [InlineData("Hello World", "value: not JSON")]
    [InlineData("[]", "value: an object is expected")]
    [InlineData("{}", "id: a name is expected")]
    [InlineData("""{"id":"a:b"}""", "id: must not contain")]
    [InlineData("""{"id":"a","id":"b"}""", "value: not JSON")]
    [InlineData("""{"id":"a","enabled":3}""", "enabled: true or false")]
    [InlineData("""{"id":"a","conditions":[]}""", "conditions: an object")]
    [InlineData("""{"id":"a","conditions":{"requirement_type":"Some"}}""", "conditions.requirement_type: Any or All")]
    [InlineData("""{"id":"a","conditions":{"client_filters":{}}}""", "conditions.client_filters: a list")]
    [InlineData("""{"id":"a","conditions":{"client_filters":[{}]}}""", "conditions.client_filters[0].name: a text")]
    [InlineData("""{"id":"a","conditions":{"client_filters":[{"name":"Microsoft.Percentage","parameters":{"Value":101}}]}}""", "conditions.client_filters[0].parameters.Value: a number from 0 to 100")]
    [InlineData("""{"id":"a","conditions":{"client_filters":[{"name":"Microsoft.TimeWindow","parameters":{}}]}}""", "conditions.client_filters[0].parameters: Start, End or both")]
    [InlineData("""{"id":"a","conditions":{"client_filters":[{"name":"Microsoft.TimeWindow","parameters":{"Start":"soon"}}]}}""", "parameters.Start: a date is expected, RFC 1123 or ISO 8601")]
    [InlineData("""{"id":"a","conditions":{"client_filters":[{"name":"Microsoft.Targeting","parameters":{}}]}}""", "parameters.Audience: an object")]
    [InlineData("""{"id":"a","variants":[{"name":"x"},{"name":"x"}]}""", "variants: 'x' is there twice")]
    [InlineData("""{"id":"a","variants":[{"name":"x","status_override":"On"}]}""", "variants[0].status_override: None, Enabled or Disabled")]
    [InlineData("""{"id":"a","allocation":{"default_when_enabled":"y"}}""", "allocation.default_when_enabled: there is no variant 'y'")]
    [InlineData("""{"id":"a","variants":[{"name":"x"}],"allocation":{"percentile":[{"variant":"x","from":0}]}}""", "allocation.percentile[0].to: a number")]
    public void What_is_no_flag_is_refused_with_the_place_and_the_reason(string json, string expected)
    {
        Assert.False(FlagReader.TryRead(json, out var flag, out var faults));
        Assert.Null(flag);
        Assert.Contains(faults, fault => fault.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void All_faults_are_named_at_once()
    {
        Assert.False(FlagReader.TryRead("""{"id":"","enabled":"maybe","variants":[{}]}""", out _, out var faults));
        Assert.Equal(3, faults.Count);
    }

    [Theory]
    [InlineData("Mon, 01 July 2019 00:00:00 GMT")]
    [InlineData("Wed, 1 May 2024 20:00:00 +0800")]
    [InlineData("2024-05-01T20:00:00+08:00")]
    [InlineData("Tue, 1 May 2024 12:00:00 GMT")] // it was a Wednesday
    public void Dates_as_people_write_them_are_dates(string date) =>
        Assert.True(FlagReader.TryRead($$$"""{"id":"a","conditions":{"client_filters":[{"name":"Microsoft.TimeWindow","parameters":{"Start":"{{{date}}}"}}]}}""", out _, out var faults), string.Join("; ", faults));

    [Fact]
    public void Filters_of_the_application_and_members_that_are_not_known_are_no_faults()
    {
        Assert.True(FlagReader.TryRead("""{"id":"a","new":1,"conditions":{"client_filters":[{"name":"FilterX","parameters":{"any":[1]}}]}}""", out var flag, out _));
        Assert.Equal("FilterX", Assert.IsType<FlagFilter.Unknown>(Assert.Single(flag.Filters)).Name);
    }

    [Theory]
    [InlineData("application/vnd.microsoft.appconfig.ff+json;charset=utf-8", true)]
    [InlineData("application/vnd.microsoft.appconfig.ff+json", true)]
    [InlineData("application/vnd.microsoft.appconfig.ff+jsonx", false)]
    [InlineData("application/json", false)]
    [InlineData(null, false)]
    public void A_flag_is_known_by_its_media_type(string? contentType, bool isFlag) => Assert.Equal(isFlag, FeatureFlag.IsMediaType(contentType));
}
