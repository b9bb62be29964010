// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel.DataAnnotations;
using Heliograph.Client.Configuration;
using Heliograph.Client.Tests.Support;
using Heliograph.Core.Replicas;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Validation;

/// <summary>Options that judge revisions, in a real host.</summary>
public sealed class OptionsOnRevisionTests : IDisposable
{
    private readonly TestRealm _realm = new(TimeProvider.System);
    private readonly HandDrivenReplica _replica = new(TimeProvider.System);
    private HeliographClient? _client;

    public void Dispose() => _realm.Dispose();

    [Fact]
    public async Task A_revision_of_which_the_options_cannot_be_made_is_refused_whole_with_the_reason_and_without_the_value()
    {
        // Given an application with a limit in two sources: its own, which is lower, and Heliograph
        using var host = await StartAsync(("Basket:MaxItems", "50"), ("Basket:Currency", "EUR"));
        var monitor = host.Services.GetRequiredService<IOptionsMonitor<BasketOptions>>();
        var configuration = host.Services.GetRequiredService<IConfiguration>();
        var refusals = new List<RevisionRefusedEventArgs>();
        host.Services.GetRequiredService<IHeliographStatus>().Refused += (_, refusal) => refusals.Add(refusal);
        var seen = new List<string?>();
        monitor.OnChange(options => seen.Add($"{options.MaxItems} {options.Currency} {configuration["Basket:Currency"]}"));

        // When a value is out of range, then one that is no number, each with another that is right
        await RefuseAsync(("Basket:MaxItems", "5000"), ("Basket:Currency", "USD"));
        await RefuseAsync(("Basket:MaxItems", "s3cret"), ("Basket:Currency", "GBP"));

        // Then nobody has seen anything of them
        Assert.Equal((50, "EUR", "EUR", 7), (monitor.CurrentValue.MaxItems, monitor.CurrentValue.Currency, configuration["Basket:Currency"], monitor.CurrentValue.Retries));
        Assert.Empty(seen);
        // And the reasons went up, the value did not
        Assert.Equal(["1.2", "1.3"], refusals.Select(refusal => refusal.Refusal.Revision.ToString()));
        Assert.Equal("BasketOptions: DataAnnotation validation failed for 'BasketOptions' members: 'MaxItems' with the error: 'The field MaxItems must be between 1 and 1000.'.", refusals[0].Refusal.Detail);
        Assert.Equal("BasketOptions: Failed to convert configuration value at 'Basket:MaxItems' to type 'System.Int32'.", refusals[1].Refusal.Detail);

        // And what is right comes, whole
        await ReceiveAsync(("Basket:MaxItems", "60"), ("Basket:Currency", "CHF"));
        Assert.Equal(["60 CHF CHF"], seen.Distinct());
        await host.StopAsync(Cancel);
    }

    [Fact]
    public async Task A_host_that_would_start_with_refused_options_starts_from_an_earlier_revision_if_one_is_kept()
    {
        var earlier = _realm.Put("shop.basket", ("Basket:MaxItems", "40"));
        _replica.Earlier.Add(earlier);

        using var host = await StartAsync(("Basket:MaxItems", "0"));

        Assert.Equal(40, host.Services.GetRequiredService<IOptionsMonitor<BasketOptions>>().CurrentValue.MaxItems);
        Assert.Equal((earlier.Revision, "rejected"), Assert.Single(host.Services.GetRequiredService<IHeliographStatus>().Current.Namespaces) is var one ? (one.Revision, one.Refused?.Code) : default);
        await host.StopAsync(Cancel);
    }

    [Fact]
    public async Task Without_one_its_start_fails_as_with_ValidateOnStart_and_the_fleet_is_told_first()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(("Basket:MaxItems", "0")));

        Assert.Contains("MaxItems must be between 1 and 1000", error.Message, StringComparison.Ordinal);
        Assert.Contains((Basket, new Revision(1, 1), RefusalCode.Rejected), _replica.Refused);
    }

    [Fact]
    public async Task Without_a_host_the_container_guards_when_it_is_told_to()
    {
        using var configuration = new ConfigurationManager();
        Add(configuration, ("Basket:MaxItems", "50"));
        var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration);
        services.AddOptions<BasketOptions>().Bind(configuration.GetSection("Basket")).ValidateDataAnnotations().ValidateOnRevision();
        await using var container = services.BuildServiceProvider();
        await container.GuardHeliographAsync(Cancel);

        await RefuseAsync(("Basket:MaxItems", "0"));

        Assert.Equal("50", configuration["Basket:MaxItems"]);
    }

    private async Task<IHost> StartAsync(params (string, string?)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("Basket:Retries", "7"), new("Basket:MaxItems", "1")]);
        Add(builder.Configuration, settings);
        builder.Services.AddHeliographStatus();
        builder.Services.AddOptions<BasketOptions>().BindConfiguration("Basket").ValidateDataAnnotations().ValidateOnRevision();
        var host = builder.Build();
        try
        {
            await host.StartAsync(Cancel);
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    private void Add(ConfigurationManager configuration, params (string, string?)[] settings)
    {
        var version = _realm.Put("shop.basket", settings);
        _replica.Run = _ =>
        {
            _replica.Receive(version);
            return Task.CompletedTask;
        };
        ((IConfigurationBuilder)configuration).Add(SourceOver(_replica, TimeProvider.System, options => options.Select("shop.basket"), client => _client = client));
    }

    private Task ReceiveAsync(params (string, string?)[] settings) => _replica.ReceiveAsync(_realm.Put("shop.basket", settings), _client!);

    private async Task RefuseAsync(params (string, string?)[] settings)
    {
        var version = _realm.Put("shop.basket", settings);
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _client!.Refused += (_, refusal) =>
        {
            if (refusal.Refusal.Revision == version.Revision) refused.TrySetResult();
        };
        _replica.Receive(version);
        await refused.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    internal sealed class BasketOptions
    {
        [Range(1, 1_000)]
        public int MaxItems { get; set; }

        public string Currency { get; set; } = "";

        public int Retries { get; set; }
    }
}
