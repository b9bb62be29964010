// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.EndToEnd;
using Heliograph.Storage.Etcd.Tests.Support;
using Xunit;

namespace Heliograph.Cluster.Tests;

/// <summary>The sample fleet over a cluster: what <c>./run --cluster --smoke</c> runs.</summary>
public sealed class ClusterSmokeTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_fleet_goes_on_while_each_origin_and_each_member_of_etcd_is_killed_and_started_again()
    {
        EtcdProcess.Need();
        await using var fleet = HelioProcess.Start("ShopFleet", "ShopFleet", ["--cluster", "--smoke"]);

        var (code, said, errors) = await fleet.WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);
        output.WriteLine(said);

        Assert.True(code == 0, said + errors);
        var verdict = JsonDocument.Parse(said.TrimEnd().Split('\n')[^1]).RootElement;
        Assert.InRange(verdict.GetProperty("acknowledged").GetInt32(), 100, int.MaxValue);
        Assert.Equal(6, verdict.GetProperty("kills").GetInt32());
        foreach (var none in new[] { "lost", "doubled", "forks", "revisionsWentBackwards" }) Assert.Equal(0, verdict.GetProperty(none).GetInt32());
        Assert.True(verdict.GetProperty("converged").GetBoolean());
    }
}
