// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Cli.Api;
using Heliograph.Cli.Import;
using Heliograph.Cli.Import.AppConfiguration;
using Heliograph.Cli.Terminal;
using Xunit;

namespace Heliograph.Cli.Tests.Import;

/// <summary>Exports of Azure App Configuration, read and written.</summary>
public sealed class KeyValueDocumentTests
{
    [Fact]
    public void An_export_keeps_labels_tags_types_flags_and_locks()
    {
        const string Export = """
            {"items":[{"key":"a","label":null,"value":"1","content_type":"","tags":{},"etag":"ignored","last_modified":"ignored","locked":false},
            {"key":".appconfig.featureflag/Beta","label":"prod","value":"{\"id\":\"Beta\",\"enabled\":true}","content_type":"application/vnd.microsoft.appconfig.ff+json;charset=utf-8","tags":{"x":null},"locked":true}]}
            """;
        var settings = KeyValueDocument.ToSettings(KeyValueDocument.Read(Encoding.UTF8.GetBytes(Export), "export").Items, "export");
        Assert.Equal([("a", null, false), (".appconfig.featureflag/Beta", "prod", true)], settings.Select(one => (one.Key.Key, one.Key.Label, one.IsLocked)));
        Assert.Null(settings[0].ContentType);
        Assert.Equal("application/vnd.microsoft.appconfig.ff+json;charset=utf-8", settings[1].ContentType);
        Assert.Equal("", settings[1].Tags["x"]);
    }

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        var views = new[] { new SettingView("k😀", "l", "v", "t", new Dictionary<string, string> { ["a"] = "b" }, true, null), new SettingView("k2", null, "", null, null, false, null) };
        var read = KeyValueDocument.ToSettings(KeyValueDocument.Read(KeyValueDocument.Write(views), "x").Items, "x");
        Assert.Equal(views.Select(view => (view.Key, view.Label, view.Value, view.ContentType, view.Locked)), read.Select(one => (one.Key.Key, one.Key.Label, one.Value, one.ContentType, one.IsLocked)));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"items\":[{\"key\":\"\"}]}")]
    [InlineData("{\"items\":[{\"key\":\"a\"},{\"key\":\"a\"}]}")]
    [InlineData("{\"items\":")]
    public void What_is_no_export_is_refused_whole(string text) =>
        Assert.Throws<ImportException>(() => KeyValueDocument.ToSettings(KeyValueDocument.Read(Encoding.UTF8.GetBytes(text), "x").Items, "x"));

    [Theory]
    [InlineData("")]
    [InlineData("Endpoint=http://example.com;Id=a;Secret=YQ==")]
    [InlineData("Endpoint=https://example.com;Id=a;Secret=%%%")]
    public void What_is_no_connection_string_is_refused_and_not_repeated(string text)
    {
        var refused = Assert.Throws<CommandException>(() => LiveStore.Parse(text, TimeProvider.System));
        if (text.Length > 0) Assert.DoesNotContain(text, refused.Message, StringComparison.Ordinal);
    }
}
