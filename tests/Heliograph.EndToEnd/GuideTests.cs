// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>The guides, typed as written.</summary>
public sealed class GuideTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Other_languages_the_commands_say_what_the_page_says_and_its_loop_follows()
    {
        const string guide = "docs/guides/other-languages.md";
        await using var realm = await DevelopmentRealm.StartAsync();
        var commands = GuideCommands.Of(guide);
        Assert.Equal(7, commands.Count); // two to begin with, three reads, two programs
        var replace = new Dictionary<string, string>
        {
            ["http://127.0.0.1:7440"] = Agent(realm, "http"),
            ["curl -sN"] = "timeout 2 curl -sN", // it watches for ever
            ["exec -n shop.web --"] = $"exec -n shop.web --parent {Agent(realm, "sync")} --trust {realm.Trust} --", // an ephemeral realm is remembered nowhere
        };
        foreach (var (command, says) in commands.Where(one => !one.Command.Contains("./server", StringComparison.Ordinal)))
        {
            var output = await GuideCommands.RunAsync(command, realm.Access, replace, Cancel);
            if (int.TryParse(says, out _)) Assert.Equal(says, output.Trim());
            else Assert.DoesNotContain("error", output, StringComparison.OrdinalIgnoreCase);
        }

        // The loop, in the language that it is written in
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "There is no Python here.");
        var loop = Path.Combine(realm.Ready.GetProperty("dataDirectory").GetString()!, "loop.py");
        await File.WriteAllTextAsync(loop, Assert.Single(GuideCommands.Blocks(guide, "python")).Replace("http://127.0.0.1:7440", Agent(realm, "http"), StringComparison.Ordinal), Cancel);
        await using var python = HelioProcess.Run("/usr/bin/python3", loop);
        Assert.Equal("{'Web:MaxItems': '50'}", await python.ReadLineAsync(Cancel));
        await realm.HelioAsync("set", "shop.web", "Web:MaxItems", "60");
        Assert.Equal("{'Web:MaxItems': '60'}", await python.ReadLineAsync(Cancel));
    }

    [Fact]
    public async Task Aspnet_core_the_commands_say_what_the_page_says()
    {
        const string guide = "docs/guides/aspnet-core.md";
        await using var realm = await DevelopmentRealm.StartAsync();
        var url = $"http://127.0.0.1:{FreePort()}";
        var replace = new Dictionary<string, string> { ["http://127.0.0.1:5000"] = url };
        HelioProcess? web = null;
        try
        {
            foreach (var (command, says) in GuideCommands.Of(guide))
            {
                if (web is null && command.StartsWith("curl", StringComparison.Ordinal))
                {
                    web = HelioProcess.Start("AspNetService", "AspNetService", [], new Dictionary<string, string>
                    {
                        ["Heliograph__Parent"] = Agent(realm, "sync"), ["Heliograph__Trust"] = realm.Trust, ["Heliograph__Id"] = "web-1", ["ASPNETCORE_URLS"] = url,
                    });
                }
                if (command.Contains(" rollback ", StringComparison.Ordinal)) replace["shop.web 1.8"] = $"shop.web {await GoodAsync(realm)}";
                var expected = says?.Split(" … ")[^1].Split(':')[0].Trim(); // a page leaves out what is the reader's own, and says more after a colon
                if (command.StartsWith("curl", StringComparison.Ordinal)) await UntilAsync(command, replace, realm, expected!);
                else if (command.Contains(" fleet ", StringComparison.Ordinal)) await UntilAsync(command, replace, realm, "rejected WebOptions");
                else await GuideCommands.RunAsync(command, realm.Access, replace, Cancel);
            }
            await UntilAsync($"curl -s {url}/healthz", replace, realm, "Healthy"); // after the roll-back
        }
        finally
        {
            if (web is not null) await web.DisposeAsync();
        }
    }

    /// <summary>The last revision but one: the page's own is another.</summary>
    private static async Task<string> GoodAsync(DevelopmentRealm realm) => (string)JsonNode.Parse(await realm.HelioAsync("history", "shop.web", "-o", "json"))!["items"]![1]!["revision"]!;

    private static string Agent(DevelopmentRealm realm, string what) => realm.Ready.GetProperty("agent").GetProperty(what).GetString()!;

    private static async Task UntilAsync(string command, Dictionary<string, string> replace, DevelopmentRealm realm, string expected)
    {
        var output = "";
        for (var left = 300; !output.Contains(expected, StringComparison.Ordinal); left--) // other processes: there is no event to wait for
        {
            Assert.True(left > 0, $"{command} should say '{expected}' and says: {output}");
            output = await GuideCommands.RunAsync(command, realm.Access, replace, Cancel);
            await Task.Delay(100, Cancel);
        }
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
