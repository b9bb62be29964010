// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Serialization;
using Heliograph.Client.Tests.Support;
using Heliograph.Client.Views;
using Heliograph.Core.Merkle;
using Xunit;

namespace Heliograph.Client.Tests.Views;

/// <summary>What an application reads from memory.</summary>
public sealed partial class NamespaceViewTests : IDisposable
{
    private readonly TestRealm _realm = new(TimeProvider.System);

    public void Dispose() => _realm.Dispose();

    [Fact]
    public void Every_type_reads_what_was_written()
    {
        // Given one setting of each type
        var view = View(_realm.Put("shop.basket",
            ("Name", "Lantern"), ("Max", "-50"), ("Big", "9007199254740993"), ("Ratio", "0.05"), ("On", "TRUE"), ("Ttl", "1.02:03:04.5"), ("Limits", """{"perSecond":200}""")));

        // Then each is read as what it is
        Assert.Equal("Lantern", view.GetString("Name"));
        Assert.Equal(-50, view.GetInt32("Max"));
        Assert.Equal(9007199254740993, view.GetInt64("Big"));
        Assert.Equal(0.05, view.GetDouble("Ratio"));
        Assert.True(view.GetBoolean("On"));
        Assert.Equal(new TimeSpan(1, 2, 3, 4, 500), view.GetTimeSpan("Ttl"));
        Assert.Equal(200, view.GetJson("Limits", RateJson.Default.Rate)?.PerSecond);
        Assert.Equal(7, view.Count);
    }

    [Fact]
    public void What_is_not_there_is_null_and_never_a_default()
    {
        var view = View(_realm.Put("shop.basket", ("Name", "Lantern")));

        Assert.Null(view.GetString("name")); // keys are compared with their case
        Assert.Null(view.GetInt32("Missing"));
        Assert.Null(view.GetBoolean("Missing"));
        Assert.Null(view.GetTimeSpan("Name", label: "Development"));
        Assert.Null(view.GetJson("Missing", RateJson.Default.Rate));
        Assert.False(view.TryGet("Missing", out _));
    }

    [Theory]
    [InlineData("GetInt32")]
    [InlineData("GetInt64")]
    [InlineData("GetDouble")]
    [InlineData("GetBoolean")]
    [InlineData("GetTimeSpan")]
    [InlineData("GetJson")]
    public void A_value_of_another_type_is_an_error_that_names_the_key_and_not_the_value(string read)
    {
        var view = View(_realm.Put("shop.basket", ("Secret", "hunter2")));

        var error = Assert.Throws<FormatException>(() => _ = read switch
        {
            "GetInt32" => (object?)view.GetInt32("Secret"),
            "GetInt64" => view.GetInt64("Secret"),
            "GetDouble" => view.GetDouble("Secret"),
            "GetBoolean" => view.GetBoolean("Secret"),
            "GetTimeSpan" => view.GetTimeSpan("Secret"),
            _ => view.GetJson("Secret", RateJson.Default.Rate),
        });

        Assert.Contains("'Secret' of 'shop.basket'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Typed reads answer from what a text was found to be when it came: the same, to the bit, as reading it.</summary>
    [Fact]
    public void A_typed_read_is_what_reading_the_text_would_be_whatever_the_text()
    {
        string[] texts =
        [
            "0", "-0", "+0", "-0.0", "7", "+7", " 7 ", "007", "-50", "2147483647", "2147483648", "-2147483648", "-2147483649", "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "7.0", "7.", ".5", "1e3", "1E400",
            "-1e-400", "NaN", "-NaN", "Infinity", "-Infinity", "\u221E", "0.1", "123456789012345678901234567890.5", "0.1000000000000000055511151231257827021181583404541015625", "true", "False", " TRUE ", "tRue\0", "yes", "on", "1,000", "0x10", "1_0", "00:00:30", "1.02:03:04.5", "-00:00:01", "24:00:00", "1:2",
            "1:2:3:4", "10675199.02:48:05.4775807", "10675200.00:00:00", "", " ", "-", "+", "\u0661\u0662", "7\0", "\t7\n", "1e", "--7", "7-", "(7)", "12:60", "2026-11-27", new string('1', 400),
        ];
        var view = View(_realm.Put("shop.basket", [.. texts.Select((text, index) => ($"Key{index}", text))]));
        var labelled = View(_realm.Put("shop.labels", (IEnumerable<Setting>)[.. texts.Select((text, index) => Setting.Of($"Key{index}", text, label: "eu"))]));
        foreach (var (label, of) in new[] { ((string?)null, view), ("eu", labelled) })
            for (var i = 0; i < texts.Length; i++)
            {
                var (key, text) = ($"Key{i}", texts[i]);
                Same(int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var small) ? small : null, () => of.GetInt32(key, label), text);
                Same(long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var large) ? large : null, () => of.GetInt64(key, label), text);
                Same<long>(double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? BitConverter.DoubleToInt64Bits(number) : null, () => BitConverter.DoubleToInt64Bits(of.GetDouble(key, label)!.Value), text);
                Same(bool.TryParse(text, out var truth) ? truth : null, () => of.GetBoolean(key, label), text);
                Same(TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) ? span : null, () => of.GetTimeSpan(key, label), text);
            }
    }

    private static void Same<T>(T? expected, Func<T?> read, string text) where T : struct
    {
        if (expected is { } value) Assert.True(read() is { } found && found.Equals(value), $"'{text}' is read as another {typeof(T).Name}.");
        else Assert.Throws<FormatException>(() => _ = read());
    }

    [Fact]
    public void Labels_are_apart_from_each_other_and_from_none()
    {
        var version = _realm.Put("shop.basket", [Setting.Of("Level", "plain"), Setting.Of("Level", "dev", label: "Development"), Setting.Of("Level", "prod", label: "Production")]);
        var view = View(version);

        Assert.Equal("plain", view.GetString("Level"));
        Assert.Equal("dev", view.GetString("Level", "Development"));
        Assert.Equal("prod", view.GetString("Level", "Production"));
        Assert.Null(view.GetString("Level", "Staging"));
        Assert.Equal(3, view.Count);
        Assert.Single(view.WithLabel("Production"));
        Assert.Empty(view.WithLabel("Staging"));
        Assert.Equal(3, view.Settings.Count());
    }

    [Fact]
    public void An_older_view_stays_as_it_was()
    {
        // Given a view, and a change after it
        var first = View(_realm.Put("shop.basket", ("A", "1"), ("B", "1"), ("C", "1")));
        var changed = new List<SettingKey>();
        var second = ViewBuilder.Build(first, _realm.Put("shop.basket", ("A", "2"), ("B", null), ("D", "2")), changed);

        // Then both tell their own revision, and the difference is named
        Assert.Equal(["1", "1", "1", null], new[] { "A", "B", "C", "D" }.Select(key => first.GetString(key)));
        Assert.Equal(["2", null, "1", "2"], new[] { "A", "B", "C", "D" }.Select(key => second.GetString(key)));
        Assert.Equal(["A", "B", "D"], changed.Select(key => key.Key).Order(StringComparer.Ordinal));
        Assert.Equal(new Revision(1, 2), second.Revision);
    }

    [Fact]
    public void A_label_that_loses_its_last_setting_is_gone()
    {
        var first = View(_realm.Put("shop.basket", [Setting.Of("A", "1", label: "Old")]));
        var removed = MerkleChange.Remove(Core.State.SettingRecord.KeyOf(SettingKey.Create("A", "Old")));

        var second = ViewBuilder.Build(first, _realm.Change("shop.basket", [removed]), []);

        Assert.Empty(second.Labels);
        Assert.Equal(0, second.Count);
    }

    [Fact]
    public void Records_of_other_kinds_are_passed_over()
    {
        var version = _realm.Change("shop.basket", [MerkleChange.Set(new byte[] { 6, 1, 2 }, new byte[] { 9 })]);

        Assert.Equal(0, View(version).Count);
    }

    [Fact]
    public void A_record_that_says_it_is_a_setting_and_is_none_is_refused()
    {
        var key = Core.State.SettingRecord.KeyOf(SettingKey.Create("A"));
        var version = _realm.Change("shop.basket", [MerkleChange.Set(key, new byte[] { 0xff, 0xff })]);

        Assert.Throws<InvalidDataException>(() => View(version));
    }

    internal static NamespaceView View(Core.Replicas.NamespaceVersion version) => ViewBuilder.Build(null, version, []);

    private sealed record Rate(int PerSecond);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Rate))]
    private sealed partial class RateJson : JsonSerializerContext;
}
