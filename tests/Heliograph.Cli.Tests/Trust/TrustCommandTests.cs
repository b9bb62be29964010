// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Heliograph.Platform.Trust;
using Xunit;

namespace Heliograph.Cli.Tests.Trust;

public sealed class TrustCommandTests
{
    [Fact]
    public async Task A_pinned_file_and_the_origin_say_the_same_in_the_same_words()
    {
        // Given a realm whose trust file is pinned here and told by the origin
        await using var server = await ScriptedServer.StartAsync();
        using var helio = new Helio(server);
        var anchor = RealmKeys.Create("acme", helio.Directory);
        server.Answers(TrustFile.ToJson(anchor)).Answers(TrustFile.ToJson(anchor)).Answers("""{"format":1}""");

        // When both are shown
        var pinned = JsonDocument.Parse((await helio.RunAsync("trust", "show", Path.Combine(helio.Directory, "trust.json"), "-o", "json")).Out).RootElement;
        var told = JsonDocument.Parse((await helio.RunAsync("trust", "show", "-o", "json")).Out).RootElement;
        var raw = await helio.RunAsync("trust", "show", "--raw");
        var broken = await helio.RunAsync("trust", "show");

        // Then they are equal but for where they come from
        Assert.Equal(anchor.LogId.ToString(), pinned.GetProperty("logId").GetString());
        Assert.Equal(pinned.GetProperty("headKeys").GetRawText(), told.GetProperty("headKeys").GetRawText());
        Assert.Equal(TrustFile.ToJson(anchor), raw.Out);
        Assert.Equal(ExitCode.Failure, broken.Exit);
    }

    [Fact]
    public async Task A_file_that_is_none_is_refused()
    {
        using var helio = new Helio();

        Assert.Equal(ExitCode.Usage, (await helio.RunAsync("trust", "show", helio.File("t.json", "{}"))).Exit);
        Assert.Equal(ExitCode.Usage, (await helio.RunAsync("trust", "show", "/no/such")).Exit);
    }
}
