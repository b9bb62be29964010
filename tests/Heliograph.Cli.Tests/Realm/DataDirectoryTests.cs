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

        Task<ReplicaNode> StartAsync(string id) => RelayHost.StartAsync(new RelayOptions
        {
            Id = id,
            DataDirectory = directory,
            TrustFile = trust,
            Parents = [new(origin.Sync)],
            Listen = [ListenEndpoint.Parse("tcp://127.0.0.1:0")],
        }, TimeProvider.System, _ => { }, Cancel);
    }
}
