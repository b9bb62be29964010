// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>The quickest start: <c>helio dev</c>, and the commands that a newcomer types next.</summary>
public sealed class DevelopmentRealmTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_development_realm_says_when_it_is_ready_takes_commands_and_stops_at_SIGTERM_leaving_nothing()
    {
        // Given
        await using var dev = HelioProcess.Start("Heliograph.Cli", "helio", ["dev", "--ephemeral", "-o", "json"]);
        var ready = JsonDocument.Parse((await dev.ReadLineAsync(Cancel))!).RootElement;
        var access = new Dictionary<string, string>
        {
            ["HELIOGRAPH_SERVER"] = ready.GetProperty("api").GetString()!,
            ["HELIOGRAPH_TOKEN"] = ready.GetProperty("token").GetString()!,
        };
        var directory = ready.GetProperty("dataDirectory").GetString()!;
        Assert.True(Directory.Exists(directory));
        Assert.StartsWith("unix://", ready.GetProperty("agent").GetProperty("sync").GetString());

        // When
        await RunAsync(0, access, "ns", "create", "demo");
        await RunAsync(0, access, "set", "demo", "Greeting", "hello");
        var first = JsonDocument.Parse(await RunAsync(0, access, "set", "demo", "Greeting", "hello again", "-o", "json")).RootElement.GetProperty("revision").GetString()!;
        var value = await RunAsync(0, access, "get", "demo", "Greeting");
        var history = await RunAsync(0, access, "history", "demo", "-o", "json");
        await RunAsync(0, access, "delete", "demo", "Greeting");
        await RunAsync(0, access, "rollback", "demo", first);
        var restored = await RunAsync(0, access, "get", "demo", "Greeting");
        await RunAsync(3, access, "get", "demo", "Nothing");
        await RunAsync(0, access, "ns", "archive", "demo");
        await RunAsync(4, access, "set", "demo", "Greeting", "too late");
        await RunAsync(0, access, "status");
        await dev.SignalAsync("TERM");
        var (code, _, errors) = await dev.WaitAsync(TimeSpan.FromSeconds(30), Cancel);

        // Then
        Assert.Equal("hello again", value.Trim());
        Assert.Equal("hello again", restored.Trim());
        Assert.Contains("demo", history, StringComparison.Ordinal);
        Assert.True(code == 0, errors);
        Assert.False(Directory.Exists(directory), "the temporary directory is still there");
    }

    private static async Task<string> RunAsync(int expected, Dictionary<string, string> access, params string[] arguments)
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", arguments, access);
        var (code, output, errors) = await helio.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.True(code == expected, $"helio {string.Join(' ', arguments)} ended with {code}, not {expected}: {output}{errors}");
        return output;
    }
}
