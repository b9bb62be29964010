// SPDX-License-Identifier: Apache-2.0
using Xunit;

namespace Heliograph.Deploy.Tests;

/// <summary>deploy/systemd, judged by systemd's own tool.</summary>
public sealed class SystemdTests
{
    private const string ExposureMax = "20"; // tenths; a service without any hardening has 96

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("origin")]
    [InlineData("relay")]
    [InlineData("agent")]
    public async Task A_unit_is_sound_and_exposes_little(string role)
    {
        Assert.SkipUnless(ToolRun.Has("systemd-analyze"), "systemd-analyze is not here (Debian package systemd): units are not verified.");
        await WithUnitAsync(role, text => text, async unit =>
        {
            var verified = await ToolRun.OfAsync("systemd-analyze", ["verify", unit], Cancel);
            Assert.True(verified.Code == 0 && !verified.Error.Contains($"heliograph-{role}", StringComparison.Ordinal), verified.Error);
            var judged = await ToolRun.OfAsync("systemd-analyze", ["security", "--offline=true", $"--threshold={ExposureMax}", "--no-pager", unit], Cancel);
            Assert.True(judged.Code == 0, judged.Out + judged.Error);
        });
    }

    [Fact]
    public async Task A_planted_fault_is_found()
    {
        Assert.SkipUnless(ToolRun.Has("systemd-analyze"), "systemd-analyze is not here (Debian package systemd): units are not verified.");
        await WithUnitAsync("relay", text => text.Replace("Restart=always", "Restart=allways", StringComparison.Ordinal), async unit =>
            Assert.Contains("heliograph-relay", (await ToolRun.OfAsync("systemd-analyze", ["verify", unit], Cancel)).Error, StringComparison.Ordinal));
        await WithUnitAsync("relay", text => string.Join('\n', text.Split('\n').Where(line => !line.StartsWith("Protect", StringComparison.Ordinal) && !line.StartsWith("SystemCallFilter", StringComparison.Ordinal))), async unit =>
            Assert.NotEqual(0, (await ToolRun.OfAsync("systemd-analyze", ["security", "--offline=true", $"--threshold={ExposureMax}", "--no-pager", unit], Cancel)).Code));
    }

    [Fact]
    public void The_units_differ_only_where_their_roles_do()
    {
        var units = new[] { "origin", "relay" }.Select(role => File.ReadAllText(PathOf(role)).Replace(role, "ROLE", StringComparison.Ordinal).Split('\n').Where(line => !line.StartsWith('#')));
        Assert.Equal(units.First(), units.Last());
    }

    /// <summary>A copy of the unit that names the program that was built: verify asks whether it is there.</summary>
    private static async Task WithUnitAsync(string role, Func<string, string> change, Func<string, Task> test)
    {
        var directory = Directory.CreateTempSubdirectory("hlu-");
        try
        {
            var unit = Path.Combine(directory.FullName, $"heliograph-{role}.service");
            await File.WriteAllTextAsync(unit, change((await File.ReadAllTextAsync(PathOf(role), Cancel)).Replace("/usr/bin/helio", Repository.Helio, StringComparison.Ordinal)), Cancel);
            await test(unit);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string PathOf(string role) => Repository.PathOf($"deploy/systemd/heliograph-{role}.service");
}
