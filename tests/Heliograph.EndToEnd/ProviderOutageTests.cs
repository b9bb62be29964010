// SPDX-License-Identifier: Apache-2.0
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>Services that read through Microsoft's provider, unmodified, while the tiers above them are killed in turn.</summary>
public sealed class ProviderOutageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_provider_sees_no_error_while_its_agent_lives_never_goes_back_and_never_sees_half_a_release()
    {
        if (!File.Exists(Path.Combine(ServiceJournal.Directory, "node_modules", ".package-lock.json"))) Assert.Skip("The npm packages of tests/AppConfigurationClients are not installed (npm ci).");

        // Given a service that runs with the newest release
        await using var fleet = await AppConfigurationFleet.StartAsync();
        await using var service = ServiceJournal.Start(fleet.ConnectionString, AppConfigurationFleet.Prefix);
        await service.ReachesAsync(await fleet.ReleaseAsync(), Cancel);

        // When the relay is killed, releases come all the same; and when it is back
        await fleet.KillAsync("relay");
        for (var i = 0; i < 3; i++) await service.ReachesAsync(await fleet.ReleaseAsync(), Cancel);
        await fleet.StartAsync("relay");
        await service.ReachesAsync(await fleet.ReleaseAsync(), Cancel);

        // When the origin is killed, the service goes on; and what was acknowledged before and after comes to it
        for (var i = 0; i < 5; i++) await fleet.ReleaseAsync(); // the last of them in the moment of the kill
        await fleet.KillAsync("origin");
        await service.ReachesAsync(fleet.Release - 5, Cancel);
        await fleet.StartAsync("origin");
        await service.ReachesAsync(await fleet.ReleaseAsync(), Cancel);
        Assert.All(service.All, line => Assert.Null(line.Error)); // its agent has lived all the time

        // When everything is killed and only the agent comes back, the service and a new one run with the newest release
        var newest = fleet.Release;
        foreach (var tier in new[] { "origin", "relay", "agent" }) await fleet.KillAsync(tier);
        await fleet.StartAsync("agent");
        await using var late = ServiceJournal.Start(fleet.ConnectionString, AppConfigurationFleet.Prefix);
        await late.ReachesAsync(newest, Cancel);

        // And when the others are back, both go on
        foreach (var tier in new[] { "origin", "relay" }) await fleet.StartAsync(tier);
        var last = await fleet.ReleaseAsync();
        await late.ReachesAsync(last, Cancel);
        await service.ReachesAsync(last, Cancel);
        Assert.All(late.All, line => Assert.Null(line.Error));

        // Then nobody ever saw half a release, or an older one after a newer
        foreach (var seen in new[] { service, late }.Select(one => one.All.Where(line => line.Error is null).ToList()))
        {
            Assert.All(seen, line => Assert.Equal((1, AppConfigurationFleet.Settings), (line.Releases.Length, line.Settings)));
            Assert.Equal(seen.Select(line => line.Releases[0]).Order(), seen.Select(line => line.Releases[0]));
        }
    }
}
