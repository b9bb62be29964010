// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Text.Json;
using Heliograph.Client.Tests.Support;
using Heliograph.Core.Replicas;
using Heliograph.Platform.Trust;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Following;

/// <summary>The sample service as a process of its own, judged by its journal.</summary>
public sealed class SampleServiceTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hlc-").FullName;
    private readonly TestRealm _realm = new(TimeProvider.System);

    private string Journal => Path.Combine(_directory, "journal");

    public void Dispose()
    {
        _realm.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task It_tells_what_it_runs_with_at_the_start_and_after_every_reload_and_stops_on_SIGTERM()
    {
        // Given a service of the shop at a real parent
        var shared = _realm.Put("shop.shared", ("Shop:Name", "Lantern"), ("Shop:Marker", "0"));
        _realm.Put("shop.basket", ("Basket:MaxItems", "50"));
        await using var parent = new RealParent(_realm, _realm.Anchor, Path.Combine(_directory, "agent.sock"));
        using var service = Start();
        var started = await LinesAsync(2, service);
        Assert.All(started, line => Assert.Equal(("start", "basket-1", "live", false), (Text(line, "event"), Text(line, "process"), Text(line, "source"), line.GetProperty("stale").GetBoolean())));
        Assert.Equal(["shop.basket", "shop.shared"], started.Select(line => Text(line, "namespace")).Order(StringComparer.Ordinal));
        Assert.All(started, line => Assert.InRange(line.GetProperty("startMs").GetDouble(), 1, 60_000));
        Assert.All(started, line => Assert.Equal(service.Id, line.GetProperty("pid").GetInt32()));

        // When a changeset of one namespace comes, and then one of the other
        var next = _realm.Put("shop.shared", [Setting.Of("Shop:Marker", "n1@1767323045000"), .. Enumerable.Range(0, 49).Select(i => Setting.Of($"K{i}", "v"))]);
        await LinesAsync(3, service);
        var last = _realm.Put("shop.basket", ("Basket:MaxItems", "51"));
        var lines = await LinesAsync(4, service);

        // Then each is one line, with what the application then reads
        AssertLine(lines[2], next, "n1@1767323045000");
        Assert.Equal(1767323045000, lines[2].GetProperty("markerWrittenAt").GetInt64());
        Assert.Equal(next.Head.IssuedAt.ToUnixTimeMilliseconds(), lines[2].GetProperty("headIssuedAt").GetInt64());
        AssertLine(lines[3], last, "n1@1767323045000");
        Assert.Equal(shared.StateRoot.ToString(), Text(started.Single(line => Text(line, "namespace") == "shop.shared"), "stateRoot"));

        // And SIGTERM is enough
        using (var kill = Process.Start("kill", ["-TERM", $"{service.Id}"])) await kill.WaitForExitAsync(Cancel);
        await service.WaitForExitAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(0, service.ExitCode);
        Assert.Equal(4, File.ReadAllLines(Journal).Length);
    }

    [Fact]
    public async Task Without_a_parent_and_without_anything_kept_it_says_why_and_ends()
    {
        using var service = Start("--wait", "0.5");
        var error = await service.StandardError.ReadToEndAsync(Cancel);
        await service.WaitForExitAsync(Cancel);

        Assert.Equal(1, service.ExitCode);
        Assert.Contains("No parent has sent 'shop.basket'", error, StringComparison.Ordinal);
        Assert.Contains("agent.sock", error, StringComparison.Ordinal);
    }

    private Process Start(params string[] more)
    {
        var trust = Path.Combine(_directory, "trust.json");
        if (!File.Exists(trust)) TrustFile.Save(trust, _realm.Anchor, replace: false);
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "ShopService", configuration, OperatingSystem.IsWindows() ? "ShopService.exe" : "ShopService"));
        return Process.Start(new ProcessStartInfo(program,
        [
            "--name", "basket-1", "--service", "basket", "--region", "eu", "--zone", "a", "--trust", trust, "--journal", Journal,
            "--parents", $"unix://{_directory}/agent.sock,unix://{_directory}/nobody.sock", .. more,
        ]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
    }

    /// <summary>The journal's lines, once there are so many.</summary>
    private async Task<List<JsonElement>> LinesAsync(int count, Process service)
    {
        for (var waiting = Stopwatch.StartNew(); waiting.Elapsed < TimeSpan.FromSeconds(60); await Task.Delay(10, Cancel)) // another process's file: there is no event to wait for
        {
            if (service.HasExited) Assert.Fail($"The service ended with {service.ExitCode}: {await service.StandardError.ReadToEndAsync(Cancel)}");
            if (!File.Exists(Journal)) continue;
            await using var file = new FileStream(Journal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            var lines = (await reader.ReadToEndAsync(Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (lines.Length >= count) return [.. lines.Select(line => JsonDocument.Parse(line).RootElement)];
        }
        throw new TimeoutException($"The journal did not reach {count} lines.");
    }

    private static void AssertLine(JsonElement line, NamespaceVersion version, string marker)
    {
        Assert.Equal(("reload", version.Name.Value, version.Revision.ToString(), version.StateRoot.ToString()), (Text(line, "event"), Text(line, "namespace"), Text(line, "revision"), Text(line, "stateRoot")));
        Assert.Equal(marker, Text(line, "marker"));
        Assert.False(line.TryGetProperty("startMs", out _));
    }

    private static string Text(JsonElement line, string name) => line.GetProperty(name).GetString()!;
}
