// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>The samples, each as a process of its own beside <c>helio dev</c>.</summary>
public sealed class SampleApplicationsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_web_application_serves_its_settings_refuses_what_its_options_refuse_and_the_fleet_shows_why_and_what_its_host_overrides()
    {
        // Given a web application with two settings
        await using var realm = await DevelopmentRealm.StartAsync();
        await realm.HelioAsync("ns", "create", "shop.web");
        await realm.HelioAsync("set", "shop.web", "Web:Greeting", "Welcome");
        var overrides = Path.Combine(realm.Ready.GetProperty("dataDirectory").GetString()!, "overrides.json");
        var url = $"http://127.0.0.1:{FreePort()}";
        await using var web = HelioProcess.Start("AspNetService", "AspNetService", [], Own(realm, "web-1", ("ASPNETCORE_URLS", url), ("Heliograph__Overrides", overrides)));
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        await UntilAsync(async () => await TextAsync(http, "/greeting") == "Welcome (at most 10 items)", "it serves");
        Assert.Equal("Healthy", await TextAsync(http, "/healthz"));

        // When a revision comes that its options refuse
        var refused = Revision(await realm.HelioAsync("set", "shop.web", "Web:MaxItems", "100000", "-o", "json"));
        await UntilAsync(async () => (await TextAsync(http, "/configuration"))?.Contains("rejected", StringComparison.Ordinal) == true, "it refuses");

        // Then it goes on with what it had, degraded
        Assert.Equal("Welcome (at most 10 items)", await TextAsync(http, "/greeting"));
        Assert.Equal("Degraded", await TextAsync(http, "/healthz"));
        // And whoever is on call sees which instance, what and why
        await UntilAsync(async () => (await realm.HelioAsync("fleet", "shop.web")).Contains($"refused {refused}: rejected WebOptions: ", StringComparison.Ordinal), "the fleet knows");
        var explained = JsonNode.Parse(await realm.HelioAsync("explain", "web-1", "shop.web", "Web:MaxItems", "-o", "json"))!;
        Assert.Equal(("refused", "rejected"), ((string)explained["reason"]!, (string)explained["instance"]!["refusal"]!["code"]!));
        Assert.Contains("between 1 and 1000", (string)explained["why"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("100000", (string)explained["why"]!, StringComparison.Ordinal);

        // When its host overrides a key
        await File.WriteAllTextAsync(overrides, """{ "Web": { "Greeting": "only here" } }""", Cancel);
        await UntilAsync(async () => (await TextAsync(http, "/greeting"))?.StartsWith("only here", StringComparison.Ordinal) == true, "it is overridden");

        // Then explain says so, and the value stays there
        await UntilAsync(async () => (await realm.HelioAsync("explain", "web-1", "shop.web", "Web:Greeting")).Contains("on its host, by Web:Greeting", StringComparison.Ordinal), "the override is known");
        Assert.DoesNotContain("only here", await realm.HelioAsync("explain", "web-1", "shop.web", "Web:Greeting", "-o", "json"), StringComparison.Ordinal);
        await StopAsync(web);
    }

    [Fact]
    public async Task The_worker_starts_without_its_optional_namespace_and_follows()
    {
        await using var realm = await DevelopmentRealm.StartAsync();
        await realm.HelioAsync("ns", "create", "shop.worker");
        await realm.HelioAsync("set", "shop.worker", "Worker:BatchSize", "20");
        await using var worker = HelioProcess.Start("WorkerService", "WorkerService", [], Own(realm, "worker-1"));
        await LineAsync(worker, "batches of 20");

        await realm.HelioAsync("set", "shop.worker", "Worker:BatchSize", "5000"); // its options refuse it
        await realm.HelioAsync("set", "shop.worker", "Worker:BatchSize", "30");
        Assert.Equal("batches of 30", await LineAsync(worker, "batches of"));
        await StopAsync(worker);
    }

    [Fact]
    public async Task The_console_reader_prints_a_setting_whenever_it_changes_and_ends_with_its_input()
    {
        await using var realm = await DevelopmentRealm.StartAsync();
        await realm.HelioAsync("ns", "create", "shop.basket");
        var first = Revision(await realm.HelioAsync("set", "shop.basket", "Basket:MaxItems", "50", "-o", "json"));
        await using var reader = HelioProcess.Start("ConsoleReader", "ConsoleReader", [Agent(realm), realm.Trust, "shop.basket", "Basket:MaxItems"]); // its input has ended
        var (code, output, errors) = await reader.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.Equal((0, $"{first} 50\n", ""), (code, output, errors));
    }

    private static string Agent(DevelopmentRealm realm) => realm.Ready.GetProperty("agent").GetProperty("sync").GetString()!;

    private static string Revision(string changeJson) => (string)JsonNode.Parse(changeJson)!["revision"]!;

    private static Dictionary<string, string> Own(DevelopmentRealm realm, string id, params (string, string)[] more)
    {
        var own = new Dictionary<string, string> { ["Heliograph__Parent"] = Agent(realm), ["Heliograph__Trust"] = realm.Trust, ["Heliograph__Id"] = id, ["DOTNET_ENVIRONMENT"] = "Production" };
        foreach (var (name, value) in more) own[name] = value;
        return own;
    }

    private static async Task<string> LineAsync(HelioProcess process, string beginning)
    {
        while (await process.ReadLineAsync(Cancel) is { } line)
            if (line.StartsWith(beginning, StringComparison.Ordinal)) return line;
        throw new InvalidOperationException($"The process ended before it said '{beginning}': {(await process.WaitAsync(TimeSpan.FromSeconds(10), Cancel)).Errors}");
    }

    private static async Task StopAsync(HelioProcess process)
    {
        await process.SignalAsync("TERM");
        Assert.Equal(0, (await process.WaitAsync(TimeSpan.FromSeconds(60), Cancel)).Code);
    }

    private static async Task<string?> TextAsync(HttpClient http, string path)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), Cancel);
            return await answer.Content.ReadAsStringAsync(Cancel);
        }
        catch (HttpRequestException)
        {
            return null; // it is not up yet
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        for (var left = 300; !await holds(); left--) // another process: there is no event to wait for
        {
            Assert.True(left > 0, $"It did not come about that {what}.");
            await Task.Delay(100, Cancel);
        }
    }

    private static string FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }
}
