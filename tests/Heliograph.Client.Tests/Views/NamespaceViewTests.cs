// SPDX-License-Identifier: Apache-2.0
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
