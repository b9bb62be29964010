// SPDX-License-Identifier: Apache-2.0
using Xunit;

namespace Heliograph.Deploy.Tests;

/// <summary>deploy/container.</summary>
public sealed class ContainerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_image_runs_without_rights_and_names_what_it_is_made_of()
    {
        var lines = File.ReadAllLines(Repository.PathOf("deploy/container/Dockerfile"));
        Assert.Contains("USER 1654:1654", lines);
        Assert.DoesNotContain(lines, line => line.Contains(":latest", StringComparison.Ordinal) || line.StartsWith("RUN apt", StringComparison.Ordinal) || line.StartsWith("ADD ", StringComparison.Ordinal));
        Assert.All(lines.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)), line => Assert.Matches(":[0-9]+\\.[0-9]", line));
    }

    [Fact]
    public async Task The_image_is_built_where_there_is_a_builder()
    {
        Assert.SkipUnless(ToolRun.Has("docker"), "docker is not here: the image is not built.");
        Assert.SkipUnless((await ToolRun.OfAsync("docker", ["info"], Cancel)).Code == 0, "docker's daemon does not run here: the image is not built.");
        Assert.SkipUnless(Environment.GetEnvironmentVariable("HELIOGRAPH_IMAGES") is { Length: > 0 }, "HELIOGRAPH_IMAGES does not say where .NET's images are taken from: the image is not built.");
        var built = await ToolRun.OfAsync("docker", ["build", "-f", Repository.PathOf("deploy/container/Dockerfile"), "--build-arg", $"IMAGES={Environment.GetEnvironmentVariable("HELIOGRAPH_IMAGES")}", "-t", "heliograph:test", Repository.PathOf()], TimeSpan.FromMinutes(10), Cancel);
        Assert.True(built.Code == 0, built.Error);
        var ran = await ToolRun.OfAsync("docker", ["run", "--rm", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "heliograph:test", "--version"], Cancel);
        Assert.True(ran.Code == 0, ran.Error);
    }
}
