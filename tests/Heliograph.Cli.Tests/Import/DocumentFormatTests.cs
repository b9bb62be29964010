// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Cli.Api;
using Heliograph.Cli.Import;
using Xunit;

namespace Heliograph.Cli.Tests.Import;

public sealed class DocumentFormatTests
{
    [Fact]
    public void Yaml_becomes_what_json_of_the_same_shape_becomes()
    {
        const string Yaml = """
            # a comment
            Basket:
              Max: 50
              Ratio: 1.50
              On: true
              Off: False
              Nothing:
              Tilde: ~
              Name: "50"
              Hosts: [a, 'b', {c: d}]
              None: []
              Empty: {}
            "a:b": x
            text: |
              two
              lines
            """;
        const string Json = """
            {"Basket":{"Max":50,"Ratio":1.50,"On":true,"Off":false,"Nothing":null,"Tilde":null,"Name":"50","Hosts":["a","b",{"c":"d"}],"None":[],"Empty":{}},"a:b":"x","text":"two\nlines"}
            """;

        Assert.Equal(Flat(Read(DocumentFormat.Json, Json)), Flat(Read(DocumentFormat.Yaml, Yaml)));
    }

    [Theory]
    [InlineData("yes")] // true to YAML 1.1 and to nobody here
    [InlineData("no")]
    [InlineData("NO")]
    [InlineData("0x1F")]
    [InlineData("0o17")]
    [InlineData("012")]
    [InlineData("+1")]
    [InlineData("1_000")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData(".inf")]
    [InlineData("2026-01-01")]
    [InlineData("12:30:45")]
    [InlineData("1.2.3")]
    public void A_plain_word_that_json_does_not_know_is_text_as_it_stands(string word)
    {
        var setting = Assert.Single(Read(DocumentFormat.Yaml, $"a: {word}\n"));

        Assert.Equal((word, null), (setting.Value, setting.ContentType));
    }

    [Theory]
    [InlineData("a: &x 1\nb: *x\n", "anchor")]
    [InlineData("a: &x [1]\n", "anchor")]
    [InlineData("a: *x\n", "no valid YAML", "alias")]
    [InlineData("a: !!binary aGk=\n", "tag")]
    [InlineData("a: !ruby/object:Gem {}\n", "tag")]
    [InlineData("!!map {a: 1}\n", "tag")]
    [InlineData("<<: {a: 1}\n", "merge")]
    [InlineData("a: 1\na: 2\n", "stands twice in one mapping (lines 1 and 2)")]
    [InlineData("a: 1\nA: 2\n", "differ only by case")]
    [InlineData("a: {b: 1}\n\"a:b\": 2\n", "are one configuration key")]
    [InlineData("a: 1\n---\nb: 2\n", "several documents")]
    [InlineData("- 1\n", "must be a mapping")]
    [InlineData("just text\n", "must be a mapping")]
    [InlineData("? [a]\n: 1\n", "is no text")]
    [InlineData("a: [1\n", "no valid YAML")]
    [InlineData("a: 'x\n", "no valid YAML")]
    [InlineData("'': 1\n", "must not be empty")]
    public void Yaml_that_could_surprise_is_refused(string yaml, params string[] expected)
    {
        var refused = Assert.Throws<ImportException>(() => Read(DocumentFormat.Yaml, yaml));

        Assert.Contains(refused.Faults, fault => expected.Any(text => fault.Contains(text, StringComparison.Ordinal)));
    }

    [Fact]
    public void Deep_yaml_is_refused_and_costs_no_stack()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 50_000));

        var refused = Assert.Throws<ImportException>(() => Read(DocumentFormat.Yaml, $"a: {deep}"));

        Assert.Contains("64 levels", refused.Faults.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("---\n")]
    [InlineData("{}\n")]
    public void Yaml_with_nothing_in_it_has_no_settings(string yaml) => Assert.Empty(Read(DocumentFormat.Yaml, yaml));

    [Fact]
    public void Env_files_are_read_as_shells_and_dotnet_would()
    {
        const string Env = "# c\n\nexport Shop__Name=plain text \nA=\nB='$as $it # is'\nC=\"two\\nlines \\\"q\\\" \\\\ \\$x\" # said\nD=x # y\nE=x#y\nF=\"first\nsecond\"\r\nG=last";

        Assert.Equal(["A=", "B=$as $it # is", "C=two\nlines \"q\" \\ $x", "D=x", "E=x#y", "F=first\nsecond", "G=last", "Shop:Name=plain text"],
            Read(DocumentFormat.Env, Env).Select(setting => $"{setting.Key.Key}={setting.Value}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("A=$HOME", "expanded")]
    [InlineData("A=\"${HOME}\"", "expanded")]
    [InlineData("A='x", "Line 1", "The quote in line 1 is not closed")]
    [InlineData("A=\"x\\q\"", "is no escape")]
    [InlineData("A=\"x\" y", "follows the closing quote")]
    [InlineData("nothing", "is no NAME=value")]
    [InlineData("1A=x", "The name in line 1")]
    [InlineData("A B=x", "The name in line 1")]
    [InlineData("\nA=1\nA=2", "(line 2) and 'A' (line 3)")]
    public void Env_files_that_others_would_read_otherwise_are_refused(string env, params string[] expected)
    {
        var refused = Assert.Throws<ImportException>(() => Read(DocumentFormat.Env, env));

        Assert.Contains(refused.Faults, fault => expected.Any(text => fault.Contains(text, StringComparison.Ordinal)));
    }

    [Fact]
    public void Properties_are_read_as_java_reads_them()
    {
        const string Properties = "# c\n! c\n  a = b  \nshop.name:x\nkey value\nlong=one \\\n   two\\\n\\u0041 \\t\\:\nwith\\ space\\:\\=x = \\ y\nempty\nslash=\\\\\nz=\\z";

        Assert.Equal(["a=b  ", "empty=", "key=value", "long=one twoA \t:", "shop.name=x", "slash=\\", "with space:=x= y", "z=z"],
            Read(DocumentFormat.Properties, Properties).Select(setting => $"{setting.Key.Key}={setting.Value}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("a=\\u12", "four hexadecimal digits")]
    [InlineData("a=\\ud800", "well-formed Unicode")]
    [InlineData("=x", "has no key")]
    [InlineData("a=1\na=2", "are one configuration key")]
    public void Properties_that_mean_nothing_are_refused(string text, string expected)
    {
        var refused = Assert.Throws<ImportException>(() => Read(DocumentFormat.Properties, text));

        Assert.Contains(refused.Faults, fault => fault.Contains(expected, StringComparison.Ordinal));
    }

    public static TheoryData<string> OddTexts =>
    [
        "", " ", " lead", "trail ", "\t", "#x", "a #b", "- x", "? x", ": x", "a: b", "[x]", "{x}", "*x", "&x", "!x", "|", ">", "%x", "@x", "`x`", "'", "\"", "\\", "\\n", "$HOME", "${x}", "true", "null", "~", "yes", "12", "1e5", "0x1F",
        "two\nlines", "two\nlines\n", "\n", "\nlead", "a\n\nb\n\n", "a \nb", "\tx\n y", "crlf\r\nx", "\r", "\u0001\u001b\u007f", "\u0085\u2028\u2029\ufeff", "é ☃ 😀", "---", "--- x", "...", "x: y: z", "=", "a=b", "!", new string('x', 3_000),
    ];

    [Theory]
    [MemberData(nameof(OddTexts))]
    public void Odd_text_survives_every_format(string text)
    {
        SettingView[] settings = [new("Odd", null, text, null, null, false, null), new("Odder:Key", null, text, null, null, false, null)];
        var nested = NestedJson.Write(settings, "shop");

        Assert.Equal([text, text], Read(DocumentFormat.Yaml, YamlText.Write(nested)).Select(setting => setting.Value));
        Assert.All(Read(DocumentFormat.Yaml, YamlText.Write(nested)), setting => Assert.Null(setting.ContentType));
        Assert.Equal([text, text], Read(DocumentFormat.Yaml, YamlText.Write(nested, inBlocks: true)).Select(setting => setting.Value));
        Assert.Equal([text, text], Read(DocumentFormat.Env, EnvText.Write(FlatText.Of(settings, "shop").Texts, "shop")).Select(setting => setting.Value));
        Assert.Equal([text, text], Read(DocumentFormat.Properties, PropertiesText.Write(FlatText.Of(settings, "shop").Texts)).Select(setting => setting.Value));
    }

    [Theory]
    [MemberData(nameof(OddTexts))]
    public void Odd_keys_survive_yaml_and_properties(string text)
    {
        if (!SettingKey.TryCreate($"k{text}", null, out var key, out _)) return; // control characters and long ones are no keys
        SettingView[] settings = [new(key.Key, null, "v", null, null, false, null)];

        Assert.Equal(key, Assert.Single(Read(DocumentFormat.Yaml, YamlText.Write(NestedJson.Write(settings, "shop")))).Key);
        Assert.Equal(key, Assert.Single(Read(DocumentFormat.Properties, PropertiesText.Write(FlatText.Of(settings, "shop").Texts))).Key);
    }

    [Fact]
    public void The_longest_key_survives_yaml()
    {
        var key = new string('k', Limits.KeyCharsMax);

        Assert.Equal(key, Assert.Single(Read(DocumentFormat.Yaml, YamlText.Write(NestedJson.Write([new(key, null, "v", null, null, false, null)], "shop")))).Key.Key);
    }

    [Fact]
    public void A_key_that_no_variable_reads_back_to_is_not_written_as_one()
    {
        var refused = Assert.Throws<ImportException>(() => EnvText.Write([new("a__b", "1"), new("a b", "1"), new("fine", "1")], "shop"));

        Assert.Equal(2, refused.Faults.Count);
    }

    [Theory]
    [InlineData("x.yaml", "Yaml")]
    [InlineData("x.YML", "Yaml")]
    [InlineData(".env", "Env")]
    [InlineData(".env.local", "Env")]
    [InlineData("prod.env", "Env")]
    [InlineData("x.properties", "Properties")]
    [InlineData("x.json", "Json")]
    [InlineData("x", "Json")]
    public void A_files_name_says_what_it_is(string name, string format) => Assert.Equal(format, DocumentFormats.OfFile($"/d/{name}").ToString());

    private static IReadOnlyList<ImportedSetting> Read(DocumentFormat format, string text) => DocumentFormats.Read(format, Encoding.UTF8.GetBytes(text), "test");

    private static IEnumerable<string> Flat(IEnumerable<ImportedSetting> settings) => settings.Select(it => $"{it.Key}|{it.Value}|{it.ContentType}").Order(StringComparer.Ordinal);
}
