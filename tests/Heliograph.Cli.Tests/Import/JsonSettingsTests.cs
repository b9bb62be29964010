// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Cli.Import;
using Xunit;

namespace Heliograph.Cli.Tests.Import;

public sealed class JsonSettingsTests
{
    [Fact]
    public void Every_leaf_becomes_one_setting_and_text_stays_plain()
    {
        // Given a document with every kind of leaf
        var settings = Read("""{"Text":"a","Number":1.50,"Big":12345678901234567890,"Yes":true,"No":false,"Nothing":null,"Empty":{},"None":[],"Deep":{"List":["x",{"Y":2}]}}""");

        // Then texts have no content type and everything else keeps its JSON text
        Assert.Equal(
        [
            ("Text", "a", null),
            ("Number", "1.50", "application/json"),
            ("Big", "12345678901234567890", "application/json"),
            ("Yes", "true", "application/json"),
            ("No", "false", "application/json"),
            ("Nothing", "null", "application/json"),
            ("Empty", "{}", "application/json"),
            ("None", "[]", "application/json"),
            ("Deep:List:0", "x", null),
            ("Deep:List:1:Y", "2", "application/json"),
        ], settings.Select(setting => (setting.Key.Key, setting.Value, setting.ContentType)));
    }

    [Theory]
    [InlineData("""{"a":1,}""")]
    [InlineData("""{"a":[1,2,],}""")]
    [InlineData("{/* before */\"a\":1 // after\n}")]
    [InlineData("\uFEFF{\"a\":\"x\"}")]
    [InlineData("""{"a":"x","b":{"c":[true,null,[],{},-0.0,1e-7,"1e5"]}}""")]
    [InlineData("""{"a:b":1,"a":{"c":2}}""")]
    [InlineData("""{"a":1,"a:b":2}""")]
    [InlineData("""{"":{"a":1}}""")]
    [InlineData("""{"a":{"":"x"}}""")]
    [InlineData("""{"snow":"☃ 😀 \u00e9 \ud83d\ude00","quote":"\"\\\n"}""")]
    [InlineData("{}")]
    public void What_net_accepts_is_read_as_net_reads_it(string document)
    {
        var bytes = Encoding.UTF8.GetBytes(document);

        Assert.Equal(DotNetView.Of(bytes), DotNetView.Of(JsonSettings.Read(bytes, "test")));
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    [InlineData("utf-32BE")]
    public void Other_byte_order_marks_are_accepted_as_net_accepts_them(string encodingName)
    {
        var encoding = Encoding.GetEncoding(encodingName);
        byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes("""{"a":"☃"}""")];

        Assert.Equal(DotNetView.Of(bytes), DotNetView.Of(JsonSettings.Read(bytes, "test")));
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""", "'a' stands twice in one object (lines 1 and 1).")]
    [InlineData("{\"x\":{\"a\":1,\n\"b\":2,\n\"a\":3}}", "'x:a' stands twice in one object (lines 1 and 3).")]
    [InlineData("{\"Log\":{\"Level\":1,\n\"level\":2}}", "'Log:Level' (line 1) and 'Log:level' (line 2) differ only by case; configuration keys do not.")]
    [InlineData("{\"a\":{\"x\":1},\n\"A\":{\"y\":2}}", "'a' (line 1) and 'A' (line 2) differ only by case; configuration keys do not.")]
    [InlineData("{\"a:b\":1,\n\"a\":{\"B\":2}}", "'a:b' (line 1) and 'a:B' (line 2) are one configuration key.")]
    [InlineData("""{"":"x"}""", "'' (line 1): A key must not be empty.")]
    [InlineData("""{"a\u0007b":"x"}""", "control characters")]
    [InlineData("""["a"]""", "must be an object")]
    [InlineData("\"a\"", "must be an object")]
    [InlineData("", "no valid JSON")]
    [InlineData("{\"a\":\n\n oops}", "Line 3")]
    [InlineData("""{"a":1}{"b":2}""", "no valid JSON")]
    [InlineData("""{"a":"\ud800"}""", "not well-formed Unicode, in line 1")]
    public void What_would_lose_or_mix_settings_is_refused_with_its_place(string document, string expected)
    {
        var refused = Assert.Throws<ImportException>(() => Read(document));

        Assert.Contains(refused.Faults, fault => fault.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_fault_is_named_not_only_the_first()
    {
        var refused = Assert.Throws<ImportException>(() => Read("""{"a":1,"a":2,"B":1,"b":2,"":"x"}"""));

        Assert.Equal(3, refused.Faults.Count);
    }

    [Fact]
    public void Nesting_is_accepted_to_64_and_refused_beyond()
    {
        static string Nested(int depth) => string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);

        Assert.Single(Read(Nested(64)));
        Assert.Throws<ImportException>(() => Read(Nested(65)));
    }

    [Theory]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}' }, "not valid UTF-8; the first wrong byte is in line 1")]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x00, 0xD8 }, "at byte 2")]
    public void Bytes_that_are_no_text_are_refused_not_replaced(byte[] document, string expected)
    {
        var refused = Assert.Throws<ImportException>(() => JsonSettings.Read(document, "test"));

        Assert.Contains(expected, Assert.Single(refused.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void Label_and_prefix_go_to_every_setting()
    {
        var setting = Assert.Single(JsonSettings.Read("""{"a":{"b":"c"}}"""u8.ToArray(), "test", label: "Development", prefix: "Shop:"));

        Assert.Equal(SettingKey.Create("Shop:a:b", "Development"), setting.Key);
    }

    [Theory]
    [InlineData("""  {"a": 1.0}  """, """{"a": 1.0}""")] // its own text
    [InlineData("""{"a":1.0, /* why */ "b":[1e2,],}""", """{"a":1.0,"b":[1e2]}""")] // strict JSON, numbers untouched
    [InlineData("""[1,{"a":2}]""", """{"doc":[1,{"a":2}]}""")]
    [InlineData("\uFEFF[]", """{"doc":[]}""")]
    [InlineData("\"text\"", "\"text\"")]
    public void A_whole_document_is_one_value(string document, string expected)
    {
        var setting = JsonSettings.ReadAsValue(Encoding.UTF8.GetBytes(document), "test", SettingKey.Create("Doc"));

        Assert.Equal((expected, "application/json"), (setting.Value, setting.ContentType));
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""[{"a":1,"A":2}]""")]
    [InlineData("""{"a:b":1,"a":{"b":2}}""")]
    public void A_document_that_clients_could_not_read_is_no_value(string document) =>
        Assert.Throws<ImportException>(() => JsonSettings.ReadAsValue(Encoding.UTF8.GetBytes(document), "test", SettingKey.Create("Doc")));

    private static IReadOnlyList<ImportedSetting> Read(string document) => JsonSettings.Read(Encoding.UTF8.GetBytes(document), "test");
}
