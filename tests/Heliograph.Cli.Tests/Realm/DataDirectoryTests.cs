// SPDX-License-Identifier: Apache-2.0
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Replicas;
using Heliograph.Relay;
using Xunit;

namespace Heliograph.Cli.Tests.Realm;

/// <summary>One relay or agent writes a data directory.</summary>
public sealed class DataDirectoryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_data_directory_that_a_relay_uses_is_refused_to_a_second_one_until_the_first_has_ended()
    {
        // Given a relay that runs
        await using var origin = await RealOrigin.StartAsync();
        var trust = origin.Admin.File("trust.json", (await origin.Admin.RunAsync("trust", "show", "--raw")).Out);
        var directory = Path.Combine(origin.Admin.Directory, "relay");
        var first = await StartAsync("r1");

        // When another is started in its directory, then it is refused, naming the directory
        var refused = await Assert.ThrowsAsync<IOException>(() => StartAsync("r2"));
        Assert.Contains(directory, refused.Message, StringComparison.Ordinal);
        Assert.Contains("used by another process", refused.Message, StringComparison.Ordinal);

        // And once the first has ended, it starts
        await first.DisposeAsync();
        await (await StartAsync("r2")).DisposeAsync();

        Task<ReplicaNode> StartAsync(string id) => StartRelayAsync(origin, trust, id, directory, "tcp://127.0.0.1:0");
    }

    [Fact]
    public async Task A_start_that_fails_leaves_the_data_directory_to_the_next()
    {
        // Given an address that another listens at
        await using var origin = await RealOrigin.StartAsync();
        var trust = origin.Admin.File("trust.json", (await origin.Admin.RunAsync("trust", "show", "--raw")).Out);
        var directory = Path.Combine(origin.Admin.Directory, "relay");

        // When a relay is to listen there, it does not start
        await Assert.ThrowsAnyAsync<Exception>(() => StartRelayAsync(origin, trust, "r1", directory, $"http://127.0.0.1:{new Uri(origin.Sync).Port}"));

        // Then the next may have its directory
        await (await StartRelayAsync(origin, trust, "r1", directory, "tcp://127.0.0.1:0")).DisposeAsync();
    }

    private static Task<ReplicaNode> StartRelayAsync(RealOrigin origin, string trust, string id, string directory, string listen) => RelayHost.StartAsync(new RelayOptions
    {
        Id = id,
        DataDirectory = directory,
        TrustFile = trust,
        Parents = [new(origin.Sync)],
        Listen = [ListenEndpoint.Parse(listen)],
    }, TimeProvider.System, _ => { }, Cancel);
}
