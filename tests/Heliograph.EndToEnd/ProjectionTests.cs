// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>Settings that a real agent keeps as files (docs/reference/agent-api.md).</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ProjectionTests : IAsyncLifetime
{
    private const string Web = "shop.web";

    private RealFleet _fleet = null!;
    private string _directory = null!;
    private HelioProcess _agent = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Target => Path.Combine(_directory, "web");

    public async ValueTask InitializeAsync()
    {
        _directory = Directory.CreateTempSubdirectory("hlp-").FullName;
        _fleet = await new RealFleet().StartOriginAsync();
        await _fleet.CreateAsync(Web);
    }

    public async ValueTask DisposeAsync()
    {
        await _fleet.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Each_setting_is_a_file_and_a_changeset_swaps_all_of_them_at_once_with_its_modes()
    {
        await _fleet.PutAsync(Web, "Web:MaxItems", "50");
        await _fleet.PutAsync(Web, "Web/Greeting", "hello");
        await StartAsync(""" "mode": "0640", "directoryMode": "0750" """);
        await ReadsAsync("Web.MaxItems", "50");
        await ReadsAsync("Web.Greeting", "hello");
        Assert.Equal((UnixFileMode)0x1A0, File.GetUnixFileMode(Path.Combine(Target, "..data", "Web.MaxItems"))); // 0640
        Assert.Equal((UnixFileMode)0x1E8, File.GetUnixFileMode(Path.Combine(Target, "..data"))); // 0750
        var before = Generation();

        // When one goes and another comes
        await _fleet.HelioAsync(0, "delete", Web, "Web/Greeting");
        await _fleet.PutAsync(Web, "New", "here");
        await ReadsAsync("New", "here");

        // Then names, links and generations are those of now, and nothing else is left
        await RealFleet.EventuallyAsync(() => Task.FromResult(!File.Exists(Path.Combine(Target, "Web.Greeting"))), () => "what is deleted is gone");
        Assert.NotEqual(before, Generation());
        Assert.Equal([Generation(), "..data", "New", "Web.MaxItems"], Directory.EnumerateFileSystemEntries(Target).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_template_is_rendered_a_signal_follows_and_what_cannot_be_rendered_changes_nothing_and_is_told()
    {
        // Given a daemon that counts its signals
        await _fleet.PutAsync(Web, "Web:MaxItems", "50");
        var template = Path.Combine(_directory, "limits.tmpl");
        await File.WriteAllTextAsync(template, "max = {{Web:MaxItems}}; name = {{json Web:Name ?? none \"yet\"}};\n", Cancel);
        var (pid, count) = (Path.Combine(_directory, "pid"), Path.Combine(_directory, "count"));
        using var daemon = Process.Start(new ProcessStartInfo("bash", ["-c", $"trap 'echo x >> {count}' HUP; echo $$ > {pid}; while :; do sleep 0.05; done"]))!;
        try
        {
            await RealFleet.EventuallyAsync(() => Task.FromResult(File.Exists(pid) && new FileInfo(pid).Length > 0), () => "the daemon runs");
            var http = await StartAsync($$""" "templates": { "limits.conf": "{{template}}" }, "onChange": { "signal": "HUP", "pidFile": "{{pid}}" } """);
            await ReadsAsync("limits.conf", "max = 50; name = \"none \\\"yet\\\"\";\n");
            await SignalsAsync(count, 1);

            // When what changes is not in it, nobody is told; when it is, it is swapped, then the daemon is told
            await _fleet.PutAsync(Web, "Other", "x");
            await _fleet.PutAsync(Web, "Web:MaxItems", "60");
            await ReadsAsync("limits.conf", "max = 60; name = \"none \\\"yet\\\"\";\n");
            await SignalsAsync(count, 2);

            // When it cannot be rendered, then the files stay, and whoever asks hears why
            await _fleet.HelioAsync(0, "delete", Web, "Web:MaxItems");
            JsonNode? state = null;
            await RealFleet.EventuallyAsync(async () => (string)(state = await StateAsync(http))["state"]! == "failed", () => $"it fails; it is {state?.ToJsonString()}");
            Assert.Contains("there is no setting 'Web:MaxItems'", (string)state!["detail"]!, StringComparison.Ordinal);
            Assert.StartsWith("max = 60", await File.ReadAllTextAsync(Path.Combine(Target, "limits.conf"), Cancel), StringComparison.Ordinal);

            // And when it can be again, it goes on
            await _fleet.PutAsync(Web, "Web:MaxItems", "70");
            await ReadsAsync("limits.conf", "max = 70; name = \"none \\\"yet\\\"\";\n");
            await SignalsAsync(count, 3);
            Assert.Equal("current", (string)(await StateAsync(http))["state"]!);
        }
        finally
        {
            daemon.Kill();
            await daemon.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task After_a_restart_with_nothing_above_it_the_files_are_there_and_a_telling_that_failed_is_made_up_for()
    {
        // Given a projection whose program cannot do its work
        await _fleet.PutAsync(Web, "A", "1");
        var (program, told) = (Path.Combine(_directory, "reload"), Path.Combine(_directory, "told"));
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nreadlink {Target}/..data >> {told} || exit 1\n[ -f {told}.ok ]\n", Cancel);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var http = await StartAsync($$""" "onChange": { "command": ["{{program}}"] } """, "--project-command", program);
        await ReadsAsync("A", "1");
        await RealFleet.EventuallyAsync(async () => (string)(await StateAsync(http))["state"]! == "not told", () => "it could not be told");
        Assert.Contains("ended with 1", (string)(await StateAsync(http))["detail"]!, StringComparison.Ordinal);

        // When the agent is killed, everything above it too, and it starts again
        await _agent.SignalAsync("KILL");
        await _fleet.Origin.SignalAsync("KILL");
        await File.WriteAllTextAsync($"{told}.ok", "", Cancel);
        var generation = Generation();
        var told1 = File.ReadAllLines(told).Length;
        http = await StartAsync($$""" "onChange": { "command": ["{{program}}"] } """, "--project-command", program);

        // Then the same generation stands, and it was told
        await RealFleet.EventuallyAsync(async () => (string?)(await StateAsync(http))?["state"] == "current", () => "it is current");
        Assert.Equal((generation, "1"), (Generation(), await File.ReadAllTextAsync(Path.Combine(Target, "A"), Cancel)));
        Assert.Equal(told1 + 1, File.ReadAllLines(told).Length);
    }

    [Fact]
    public async Task What_is_wrong_with_a_file_of_projections_is_said_at_once_and_nothing_starts()
    {
        var file = Path.Combine(_directory, "projections.json");
        await File.WriteAllTextAsync(file, """{ "projections": [ { "name": "web", "namespace": "Not!", "directory": "relative", "mode": "0999", "owner": "nobody-here", "onChange": { "command": ["/bin/true"] } } ] }""", Cancel);
        var errors = await _fleet.FailAgentAsync("--project", file);
        foreach (var fault in new[] { "projections[0] (web): namespace: ", "directory is an absolute path", "mode '0999' is not octal", "owner 'nobody-here' is no user", "start the agent with --project-command /bin/true" })
            Assert.Contains(fault, errors, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, """{ "projections": [ { "nam": "web" } ] }""", Cancel);
        Assert.Contains("is no file of projections", await _fleet.FailAgentAsync("--project", file), StringComparison.Ordinal);
    }

    private string Generation() => new FileInfo(Path.Combine(Target, "..data")).LinkTarget!;

    private async Task<HttpClient> StartAsync(string members, params string[] more)
    {
        var file = Path.Combine(_directory, "projections.json");
        await File.WriteAllTextAsync(file, $$"""{ "projections": [ { "name": "web", "namespace": "{{Web}}", "directory": "{{Target}}", {{members}} } ] }""", Cancel);
        (_agent, _) = await _fleet.StartAgentAsync("agent-1", "eu", [_fleet.OriginAddress], ["--single-parent", "--project", file, .. more]);
        return new HttpClient { BaseAddress = _fleet.HttpOf("agent-1") };
    }

    private static async Task<JsonNode> StateAsync(HttpClient http) => JsonNode.Parse(await http.GetStringAsync(new Uri("/api/v1/projections", UriKind.Relative), Cancel))!["items"]![0]!;

    private Task ReadsAsync(string name, string text) => RealFleet.EventuallyAsync(
        async () => File.Exists(Path.Combine(Target, name)) && await File.ReadAllTextAsync(Path.Combine(Target, name), Cancel) == text, () => $"{name} holds what it should");

    private static Task SignalsAsync(string count, int times) => RealFleet.EventuallyAsync(() => Task.FromResult(File.Exists(count) && File.ReadAllLines(count).Length == times), () => $"the daemon was told {times} times");
}
