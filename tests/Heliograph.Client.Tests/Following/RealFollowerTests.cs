// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Client.Configuration;
using Heliograph.Client.Tests.Support;
using Heliograph.Platform.Trust;
using Microsoft.Extensions.Configuration;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Following;

/// <summary>The client as applications have it: the real follower, files and sockets, against the real hub.</summary>
public sealed class RealFollowerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hlc-").FullName;
    private readonly TestRealm _realm = new(TimeProvider.System);

    public void Dispose()
    {
        _realm.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_change_at_a_parent_is_read_from_memory()
    {
        // Given a parent with one namespace, and another that is dead
        var first = _realm.Put("shop.basket", ("A", "1"));
        await using var parent = Parent("agent");
        await using var client = await HeliographClient.ConnectAsync(Options(), cancellationToken: Cancel);
        Assert.Equal("1", client.GetNamespace("shop.basket")?.GetString("A"));
        while (Of(client).IsStale) await Task.Delay(1, Cancel); // what is read is there a moment before it is known how fresh it is
        Assert.Equal((ViewOrigin.Live, false, first.StateRoot), Of(client));

        // When a setting changes
        var second = _realm.Put("shop.basket", ("A", "2"));
        await client.ServesAsync(Basket, second.Revision);

        // Then it is there, with the root that the origin has
        Assert.Equal("2", client.GetNamespace("shop.basket")?.GetString("A"));
        Assert.Equal(second.StateRoot, client.GetNamespace("shop.basket")?.StateRoot);
        Assert.Contains("agent", client.GetStatus().Parent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_a_parent_dies_it_goes_on_with_the_next_and_never_backwards()
    {
        // Given two parents
        _realm.Put("shop.basket", ("A", "1"));
        await using var other = Parent("other");
        var agent = Parent("agent");
        await using var client = await HeliographClient.ConnectAsync(Options("agent", "other"), cancellationToken: Cancel);
        var revisions = new List<Revision>();
        client.Changed += (_, change) => revisions.Add(change.NewRevision);

        // When the first dies and a setting changes
        await agent.DisposeAsync();
        var second = _realm.Put("shop.basket", ("A", "2"));
        await client.ServesAsync(Basket, second.Revision);

        // Then the other one told
        Assert.Equal("2", client.GetNamespace("shop.basket")?.GetString("A"));
        Assert.Contains("other", client.GetStatus().Parent, StringComparison.Ordinal);
        Assert.Equal(revisions.Order(), revisions);
    }

    [Fact]
    public async Task When_nothing_answers_it_starts_from_its_own_disk()
    {
        // Given a client that has run, with a directory of its own, and is stopped; and parents that are gone
        var kept = _realm.Put("shop.basket", ("A", "1"), ("B", "2"));
        await using (var parent = Parent("agent"))
        await using (var client = await HeliographClient.ConnectAsync(Options(directory: "lkg"), cancellationToken: Cancel))
            Assert.Equal(ViewOrigin.Live, Of(client).Origin);

        // When it starts again
        var options = Options(directory: "lkg");
        options.StartupWait = TimeSpan.FromMinutes(1); // not waited for: both parents refuse at once
        await using var again = await HeliographClient.ConnectAsync(options, cancellationToken: Cancel);

        // Then it serves what it had, and says what that is
        Assert.Equal((ViewOrigin.LastKnownGood, true, kept.StateRoot), Of(again));
        Assert.Equal("1", again.GetNamespace("shop.basket")?.GetString("A"));

        // And when a parent is back, it goes on from there
        await using var back = Parent("agent");
        var next = _realm.Put("shop.basket", ("A", "3"));
        await again.ServesAsync(Basket, next.Revision);
        Assert.Equal(ViewOrigin.Live, Of(again).Origin);
    }

    [Fact]
    public async Task It_starts_from_its_own_disk_long_after_the_head_has_expired()
    {
        _realm.HeadLifetime = TimeSpan.FromMilliseconds(1_500);
        _realm.Put("shop.basket", ("A", "1"));
        await using (var parent = Parent("agent"))
        await using (var client = await HeliographClient.ConnectAsync(Options(directory: "lkg"), cancellationToken: Cancel)) Assert.NotNull(client.GetNamespace(Basket));
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel); // the head's time must really pass: it is compared with the wall clock

        await using var again = await HeliographClient.ConnectAsync(Options(directory: "lkg"), cancellationToken: Cancel);

        Assert.Equal((ViewOrigin.LastKnownGood, true), (Of(again).Origin, Of(again).IsStale));
        Assert.Equal("1", again.GetNamespace("shop.basket")?.GetString("A"));
    }

    [Fact]
    public async Task A_new_process_starts_from_an_agent_whose_head_has_expired_and_says_so()
    {
        // Given an agent that has lost everything above it, long ago
        _realm.HeadLifetime = TimeSpan.FromMilliseconds(500);
        _realm.Put("shop.basket", ("A", "1"));
        await Task.Delay(TimeSpan.FromSeconds(1), Cancel); // as above
        await using var agent = Parent("agent", _realm.Frozen());

        // When a process starts that holds nothing
        var options = Options();
        options.StartupWait = TimeSpan.FromMinutes(1); // not waited for: the agent's word is enough
        await using var client = await HeliographClient.ConnectAsync(options, cancellationToken: Cancel);

        // Then it runs, and is stale
        Assert.Equal((ViewOrigin.LastKnownGood, true), (Of(client).Origin, Of(client).IsStale));
        Assert.Equal("1", client.GetNamespace("shop.basket")?.GetString("A"));
    }

    [Fact]
    public async Task Without_parents_and_without_anything_kept_it_fails_and_names_both_addresses()
    {
        var options = Options("nobody", "no-one");
        options.StartupWait = TimeSpan.FromSeconds(1);

        var error = await Assert.ThrowsAsync<HeliographUnavailableException>(() => HeliographClient.ConnectAsync(options, cancellationToken: Cancel));

        Assert.Contains("nobody", error.Message, StringComparison.Ordinal);
        Assert.Contains("no-one", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_realms_parent_is_not_believed()
    {
        // Given a parent of another realm, with a namespace of the same name
        using var stranger = new TestRealm(TimeProvider.System);
        stranger.Put("shop.basket", ("A", "forged"));
        await using var parent = new RealParent(stranger, stranger.Anchor, Path.Combine(_directory, "agent"));
        var options = Options();
        options.StartupWait = TimeSpan.FromSeconds(1);

        await Assert.ThrowsAsync<HeliographUnavailableException>(() => HeliographClient.ConnectAsync(options, cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_second_process_in_the_same_directory_reads_and_does_not_write()
    {
        _realm.Put("shop.basket", ("A", "1"));
        await using var parent = Parent("agent");
        await using var first = await HeliographClient.ConnectAsync(Options(directory: "lkg"), cancellationToken: Cancel);

        await using var second = await HeliographClient.ConnectAsync(Options(directory: "lkg"), cancellationToken: Cancel);
        var next = _realm.Put("shop.basket", ("A", "2"));
        await second.ServesAsync(Basket, next.Revision);
        await first.ServesAsync(Basket, next.Revision);

        Assert.Equal("2", second.GetNamespace("shop.basket")?.GetString("A"));
    }

    [Fact]
    public async Task What_it_runs_is_reported_to_its_parent()
    {
        var version = _realm.Put("shop.basket", ("A", "1"));
        await using var parent = Parent("agent");
        var reported = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look()
        {
            var instances = parent.Reports.Snapshot().Namespaces.SelectMany(status => status.Instances);
            if (instances.Any(instance => instance.Instance.Id == "basket-1" && instance.StateRoot.Span.SequenceEqual(version.StateRoot.ToArray()))) reported.TrySetResult();
        }
        using var listening = parent.Reports.Observe(Look);

        await using var client = await HeliographClient.ConnectAsync(Options(), cancellationToken: Cancel);

        Look();
        await reported.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    [Fact]
    public async Task Configuration_follows_a_real_parent_with_one_reload_a_revision()
    {
        _realm.Put("shop.basket", [Setting.Of("Basket:Max", "50", contentType: "application/json")]);
        await using var parent = Parent("agent");
        using var configuration = new ConfigurationManager();
        configuration.AddHeliograph(options => Fill(options, ["agent", "other"], null).Select("shop.basket"));
        Assert.Equal("50", configuration["Basket:Max"]);
        var (reloads, done) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        using var listening = Microsoft.Extensions.Primitives.ChangeToken.OnChange(((IConfigurationRoot)configuration).GetReloadToken, () =>
        {
            reloads++;
            if (configuration["Last"] is not null) done.TrySetResult();
        });

        _realm.Put("shop.basket", [.. Enumerable.Range(0, 50).Select(i => ($"K{i}", (string?)"v")), ("Last", "v")]);

        await done.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(1, reloads);
    }

    private RealParent Parent(string name, Heliograph.Replication.Replicas.INamespaceSource? source = null) => new(source ?? _realm, _realm.Anchor, Path.Combine(_directory, name));

    private HeliographClientOptions Options(string nearest = "agent", string next = "nobody", string? directory = null)
    {
        var options = Fill(new HeliographClientOptions(), [nearest, next], directory);
        options.Namespaces.Add(Basket);
        return options;
    }

    private T Fill<T>(T options, string[] parents, string? directory)
        where T : HeliographClientOptions
    {
        foreach (var parent in parents) options.Parents.Add($"unix://{Path.Combine(_directory, parent)}");
        options.TrustBytes = Encoding.UTF8.GetBytes(TrustFile.ToJson(_realm.Anchor));
        options.LastKnownGoodDirectory = directory is null ? null : Path.Combine(_directory, directory);
        (options.Instance.Id, options.Instance.Service) = ("basket-1", "basket");
        return options;
    }

    private static (ViewOrigin Origin, bool IsStale, Hash256 StateRoot) Of(HeliographClient client)
    {
        var status = client.GetStatus().Find(Basket)!;
        return (status.Origin, status.IsStale, status.StateRoot);
    }
}
