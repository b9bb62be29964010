// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Cli.Api;
using Heliograph.Cli.Import;
using Xunit;

namespace Heliograph.Cli.Tests.Import;

public sealed class ExportTests
{
    private static readonly NamespaceName s_shop = NamespaceName.Parse("shop");

    [Fact]
    public void An_export_holds_everything_and_reads_back()
    {
        // Given settings with labels, types, tags, a lock, and text that JSON and terminals dislike
        SettingView[] settings =
        [
            new("a", null, "plain", null, null, false, "e"),
            new("a", "Development", "{\"x\":1.0}", "application/json", new Dictionary<string, string> { ["owner"] = "café" }, false, "e"),
            new("b", null, "\u0000\u001b\n\"\\ ☃😀</script>", "text/plain", null, true, "e"),
        ];

        // When they are written and read
        var (name, read) = ExportDocument.Read(ExportDocument.Write(s_shop, new(settings, "1.7", "root"), isWhole: true), "test");

        // Then nothing is lost
        Assert.Equal(s_shop, name);
        Assert.Equal(settings.Select(Flat), read.Select(setting => Flat(new SettingView(setting.Key.Key, setting.Key.Label, setting.Value, setting.ContentType, setting.Tags, setting.IsLocked, "e"))));
    }

    [Theory]
    [InlineData("""{"heliographExport":2,"namespace":"shop","settings":[]}""", "version 2")]
    [InlineData("""{"heliographExport":1,"namespace":"Shop","settings":[]}""", "lower-case")]
    [InlineData("""{"heliographExport":1,"namespace":"shop","settings":[{"key":"a","value":"1"},{"key":"a","value":"2"}]}""", "'a' stands twice")]
    [InlineData("""{"heliographExport":1,"namespace":"shop","settings":[{"key":"","value":"1"}]}""", "settings[0]: A key must not be empty")]
    [InlineData("""{"heliographExport":1,"namespace":"shop","settings":[{"key":"a"}]}""", "no valid export")]
    [InlineData("""{"heliographExport":1,"namespace":"shop","settings":[{"key":"a","value":null}]}""", "no valid export")]
    [InlineData("""{"heliographExport":1,"namespace":"shop","settings":[{"key":"a","value":"1","colour":"red"}]}""", "no valid export")]
    [InlineData("""{"heliographExport":1,"namespace":"shop","settings":[{"key":"a","key":"b","value":"1"}]}""", "no valid export")]
    public void A_damaged_export_is_refused(string document, string expected)
    {
        Assert.True(ExportDocument.IsExport(Encoding.UTF8.GetBytes(document)));
        var refused = Assert.Throws<ImportException>(() => ExportDocument.Read(Encoding.UTF8.GetBytes(document), "test"));

        Assert.Contains(refused.Faults, fault => fault.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"settings":[],"heliographExport":1}""")]
    [InlineData("[1]")]
    [InlineData("{")]
    public void A_document_is_an_export_only_if_it_says_so_first(string document) => Assert.False(ExportDocument.IsExport(Encoding.UTF8.GetBytes(document)));

    [Theory]
    [InlineData("""{"a":"x","b":{"c":1.0,"d":[true,null,{"e":"f"},[]]},"g":{}}""")]
    [InlineData("""{"a":1,"a:b":{"c":2},"list":["x"],"list:name":"both"}""")]
    [InlineData("""{"map":{"0":"x","2":"y"},"list":{"0":"x","1":"y"}}""")]
    [InlineData("""{"a":{"":"x","b":"y"},"":{"c":1}}""")]
    [InlineData("{}")]
    public void Nested_json_reads_back_to_the_same_settings(string document)
    {
        // Given settings read from a document
        var settings = JsonSettings.Read(Encoding.UTF8.GetBytes(document), "test");

        // When they are written as nested JSON
        var nested = NestedJson.Write([.. settings.Select(View).OrderBy(view => view.Key, StringComparer.Ordinal)], "test");

        // Then the result means the same, to us and to .NET
        Assert.Equal(settings.Select(Flat).Order(), JsonSettings.Read(nested, "nested").Select(Flat).Order());
        Assert.Equal(DotNetView.Of(Encoding.UTF8.GetBytes(document)), DotNetView.Of(nested));
    }

    [Fact]
    public void Nested_json_refuses_what_it_cannot_hold()
    {
        SettingView[] settings = [new("Key", null, "1", null, null, false, null), new("key", null, "2", null, null, false, null), new("j", null, "oops", "application/json", null, false, null)];

        var refused = Assert.Throws<ImportException>(() => NestedJson.Write(settings, "shop"));

        Assert.Equal(2, refused.Faults.Count);
    }

    [Fact]
    public void Nested_json_says_what_it_loses()
    {
        Assert.False(NestedJson.Loses(new("a", null, "1", "application/json", null, false, null)));
        Assert.True(NestedJson.Loses(new("a", null, "1", "text/plain", null, false, null)));
        Assert.True(NestedJson.Loses(new("a", null, "1", null, null, true, null)));
        Assert.True(NestedJson.Loses(new("a", null, "1", null, new Dictionary<string, string> { ["t"] = "v" }, false, null)));
    }

    private static SettingView View(ImportedSetting setting) => new(setting.Key.Key, setting.Key.Label, setting.Value, setting.ContentType, setting.Tags, setting.IsLocked, null);

    private static string Flat(ImportedSetting setting) => Flat(View(setting));

    private static string Flat(SettingView it) => $"{it.Key}|{it.Label}|{it.Value}|{it.ContentType}|{it.Locked}|{string.Join(",", (it.Tags ?? JsonSettings.NoTags).Select(tag => $"{tag.Key}={tag.Value}"))}";
}
