// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Configuration;
using Heliograph.Client.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Configuration;

/// <summary>Heliograph as a source of <see cref="IConfiguration"/>.</summary>
public sealed class ProviderTests : IDisposable
{
    private const string Json = "application/json";

    private readonly TestRealm _realm = new(TimeProvider.System);
    private readonly HandDrivenReplica _replica = new(TimeProvider.System);
    private ConfigurationManager? _configuration;
    private HeliographClient? _client;

    public void Dispose()
    {
        _configuration?.Dispose();
        _realm.Dispose();
    }

    [Fact]
    public void Later_selections_win_namespace_by_namespace_and_label_by_label()
    {
        // Given two namespaces, one with a label
        Hold("shop.shared", Setting.Of("Shop:Name", "shared"), Setting.Of("Shop:Currency", "EUR"), Setting.Of("Shop:Only", "shared"));
        Hold("shop.basket", Setting.Of("shop:name", "basket"), Setting.Of("Basket:Max", "50"), Setting.Of("Basket:Max", "5", label: "Development"));

        // When they are layered
        var configuration = Load(options => options.Select("shop.shared").Select("shop.basket").Select("shop.basket", label: "Development"));

        // Then the last one counts, whatever the case of its letters
        Assert.Equal("basket", configuration["Shop:Name"]);
        Assert.Equal("EUR", configuration["SHOP:CURRENCY"]);
        Assert.Equal("shared", configuration["Shop:Only"]);
        Assert.Equal("5", configuration["Basket:Max"]);
    }

    [Fact]
    public void A_label_that_is_not_selected_is_not_seen()
    {
        Hold("shop.basket", Setting.Of("Max", "50"), Setting.Of("Max", "5", label: "Development"), Setting.Of("Debug", "on", label: "Development"));

        var configuration = Load(options => options.Select("shop.basket"));

        Assert.Equal("50", configuration["Max"]);
        Assert.Null(configuration["Debug"]);
    }

    [Fact]
    public void A_prefix_selects_and_may_be_cut_off()
    {
        Hold("shop.shared", Setting.Of("Basket:Max", "50"), Setting.Of("Basket", "whole"), Setting.Of("basket:Low", "x"), Setting.Of("Redis__Host", "r"), Setting.Of("Search:Max", "9"));

        var configuration = Load(options => options
            .Select("shop.shared", keyPrefix: "Basket", trimPrefix: true)
            .Select("shop.shared", keyPrefix: "Redis"));

        Assert.Equal("50", configuration["Max"]);
        Assert.Equal("r", configuration["Redis__Host"]); // two underscores mean something to environment variables only
        Assert.Equal(["Max", "Redis__Host"], configuration.AsEnumerable().Select(pair => pair.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Json_becomes_a_tree_and_text_that_says_it_is_json_stays_text()
    {
        Hold("shop.basket",
            Setting.Of("Basket", """{"Max":50,"Ratio":1.50,"On":true,"Hosts":["a","b"],"None":null,"Empty":{},"NoHosts":[]}""", contentType: Json),
            Setting.Of("Number", "1e5", contentType: "application/json; charset=utf-8"),
            Setting.Of("Vendor", """{"a":1}""", contentType: "application/vnd.acme+json"),
            Setting.Of("Plain", """{"a":1}"""),
            Setting.Of("Broken", "{not json", contentType: Json),
            Setting.Of("Flag", """{"id":"x","enabled":true}""", contentType: "application/vnd.microsoft.appconfig.ff+json;charset=utf-8"));

        var configuration = Load(options => options.Select("shop.basket"));

        Assert.Equal("50", configuration["Basket:Max"]);
        Assert.Equal("1.50", configuration["Basket:Ratio"]);
        Assert.Equal("True", configuration["Basket:On"]);
        Assert.Equal(["a", "b"], configuration.GetSection("Basket:Hosts").GetChildren().Select(child => child.Value!));
        Assert.True(configuration.GetSection("Basket:None").Exists() is false && configuration["Basket:Empty"] is null);
        Assert.Equal("", configuration["Basket:NoHosts"]);
        Assert.Equal("1e5", configuration["Number"]);
        Assert.Equal("1", configuration["Vendor:a"]);
        Assert.Equal("""{"a":1}""", configuration["Plain"]);
        Assert.Equal("{not json", configuration["Broken"]);
        Assert.StartsWith("{", configuration["Flag"], StringComparison.Ordinal);
    }

    [Fact]
    public void Where_settings_of_one_layer_meet_in_a_key_the_ordinally_last_counts_in_every_process()
    {
        Hold("shop.basket", Setting.Of("A", """{"B":"of the tree"}""", contentType: Json), Setting.Of("A:B", "of its own"), Setting.Of("Case", "upper"), Setting.Of("case", "lower"));

        var configuration = Load(options => options.Select("shop.basket"));

        Assert.Equal("of its own", configuration["A:B"]);
        Assert.Equal("lower", configuration["Case"]); // 'c' comes after 'C'
    }

    [Fact]
    public async Task A_changeset_of_fifty_keys_is_one_reload_and_is_seen_whole()
    {
        // Given a configuration that counts its reloads, and what each of them sees
        Hold("shop.basket", [.. Enumerable.Range(0, 50).Select(i => Setting.Of($"K{i}", "old"))]);
        var configuration = Load(options => options.Select("shop.basket"));
        var seen = new List<int>();
        using var listening = ChangeToken.OnChange(((IConfigurationRoot)configuration).GetReloadToken, () => seen.Add(Enumerable.Range(0, 50).Count(i => configuration[$"K{i}"] == "new")));

        // When a changeset of 50 keys comes
        await ReceiveAsync("shop.basket", [.. Enumerable.Range(0, 50).Select(i => Setting.Of($"K{i}", "new"))]);

        // Then there was one reload, and it saw all of them
        Assert.Equal([50], seen);
    }

    [Fact]
    public async Task Revisions_of_several_namespaces_are_reloads_of_their_own()
    {
        Hold("shop.shared", Setting.Of("A", "0"));
        Hold("shop.basket", Setting.Of("B", "0"));
        var configuration = Load(options => options.Select("shop.shared").Select("shop.basket").Select("shop.basket", label: "Development"));
        var seen = new List<string>();
        using var listening = ChangeToken.OnChange(((IConfigurationRoot)configuration).GetReloadToken, () => seen.Add($"{configuration["A"]}{configuration["B"]}"));

        await ReceiveAsync("shop.shared", Setting.Of("A", "1"));
        await ReceiveAsync("shop.basket", Setting.Of("B", "1"), Setting.Of("B", "2", label: "Development"));
        await ReceiveAsync("shop.shared", Setting.Of("A", "1")); // the same content under a new revision

        Assert.Equal(["10", "12", "12"], seen);
    }

    [Fact]
    public void A_start_without_anything_fails_with_what_is_missing()
    {
        var error = Assert.Throws<HeliographUnavailableException>(() => Load(options =>
        {
            options.StartupWait = TimeSpan.FromMilliseconds(50);
            options.Select("shop.basket");
        }));

        Assert.Contains("'shop.basket' within 0.05 s", error.Message, StringComparison.Ordinal);
        Assert.True(_replica.IsDisposed);
    }

    [Fact]
    public async Task What_is_optional_appears_with_a_reload()
    {
        var configuration = Load(options =>
        {
            options.Optional = true;
            options.StartupWait = TimeSpan.FromMilliseconds(50);
            options.Select("shop.basket");
        });
        Assert.Null(configuration["A"]);
        var reloaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = ChangeToken.OnChange(((IConfigurationRoot)configuration).GetReloadToken, reloaded.SetResult);

        _replica.Receive(_realm.Put("shop.basket", ("A", "1")));

        await reloaded.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal("1", configuration["A"]);
    }

    [Fact]
    public void One_client_serves_however_often_the_configuration_is_rebuilt()
    {
        // Given a configuration whose sources are changed after it was loaded: .NET then builds and loads every provider anew
        Hold("shop.basket", Setting.Of("A", "1"));
        var configuration = Load(options => options.Select("shop.basket"));
        var first = Provider(configuration);
        configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource());

        // Then another provider shows the same client, which still runs
        Assert.NotSame(first, Provider(configuration));
        Assert.Equal("1", configuration["A"]);
        Assert.False(_replica.IsDisposed);

        // And it ends with the last of them
        configuration.Dispose();
        Assert.True(_replica.IsDisposed);
    }

    [Fact]
    public void Services_can_ask_how_fresh_their_configuration_is()
    {
        Hold("shop.basket", Setting.Of("A", "1"));
        var configuration = Load(options => options.Select("shop.basket"));
        using var services = new ServiceCollection().AddSingleton<IConfiguration>(new ConfigurationBuilder().AddConfiguration(configuration).Build()).AddHeliographStatus().BuildServiceProvider();

        var status = services.GetRequiredService<IHeliographStatus>().Current;

        Assert.False(status.Staleness.IsStale);
        Assert.Equal((Basket, new Revision(1, 1), ViewOrigin.Live), (status.Namespaces[0].Name, status.Namespaces[0].Revision, status.Namespaces[0].Origin));
    }

    [Fact]
    public void Without_Heliograph_in_the_configuration_there_is_no_status_and_the_error_says_what_to_do()
    {
        using var services = new ServiceCollection().AddSingleton<IConfiguration>(new ConfigurationBuilder().Build()).AddHeliographStatus().BuildServiceProvider();

        var error = Assert.Throws<InvalidOperationException>(() => services.GetRequiredService<IHeliographStatus>());

        Assert.Contains("Call AddHeliograph", error.Message, StringComparison.Ordinal);
    }

    private static HeliographConfigurationProvider Provider(IConfigurationRoot configuration) => Assert.Single(configuration.Providers.OfType<HeliographConfigurationProvider>());

    /// <summary>A parent has sent this before the start: the replica holds it when it begins to run.</summary>
    private void Hold(string name, params Setting[] settings)
    {
        var version = _realm.Put(name, settings);
        var before = _replica.Run;
        _replica.Run = async token =>
        {
            if (before is not null) await before(token);
            _replica.Receive(version);
        };
    }

    private ConfigurationManager Load(Action<HeliographConfigurationOptions> configure)
    {
        _configuration = new ConfigurationManager();
        ((IConfigurationBuilder)_configuration).Add(SourceOver(_replica, TimeProvider.System, configure, client => _client = client));
        return _configuration;
    }

    /// <summary>A parent sends a changeset; completes when the reload that it causes is over: the provider listened first.</summary>
    private Task ReceiveAsync(string name, params Setting[] settings) => _replica.ReceiveAsync(_realm.Put(name, settings), _client!);
}
