// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tests.Realm;
using Heliograph.Platform.Pki;
using Xunit;

namespace Heliograph.Cli.Tests.Doctor;

/// <summary>Each usual trouble is planted in a real deployment, and the doctor names it and no other.</summary>
public sealed class DoctorTests
{
    [Fact]
    public async Task A_deployment_in_order_has_no_trouble_and_every_check_was_made()
    {
        await using var deployment = await Deployment.StartAsync();

        var ran = await deployment.DoctorAsync();

        Assert.True(ran.Exit == ExitCode.Success, ran.Out + ran.Error);
        var checks = Checks(ran);
        Assert.All(checks, check => Assert.Equal("ok", check.State));
        Assert.Equal(["certificate", "clock", "disk", "key", "parent", "port", "proxy", "server", "token", "trust", "version"], checks.Select(check => check.Check).Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain("hlg_", ran.Out + ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(600, "ahead of")]
    [InlineData(-120, "behind")]
    public async Task A_wrong_clock_is_named(int seconds, string expected)
    {
        await using var deployment = await Deployment.StartAsync();
        deployment.Helio.Time = new OffsetClock(TimeSpan.FromSeconds(seconds));

        Named(await deployment.DoctorAsync(), "clock", expected);
    }

    [Fact]
    public async Task A_clock_a_year_ahead_is_not_blamed_on_the_servers_certificate()
    {
        await using var deployment = await Deployment.StartAsync();
        deployment.Helio.Time = new OffsetClock(TimeSpan.FromDays(365));

        Named(await deployment.DoctorAsync(("--cert", ""), ("--key", ""), ("--parent", "")), "clock", "ahead of");
    }

    [Fact]
    public async Task An_expired_certificate_of_the_server_is_named()
    {
        await using var deployment = await Deployment.StartAsync(serverIssued: TimeSpan.FromDays(100));

        Named(await deployment.DoctorAsync(), "certificate", "has expired");
    }

    [Fact]
    public async Task A_certificate_that_ends_soon_is_a_warning()
    {
        await using var deployment = await Deployment.StartAsync(serverIssued: TimeSpan.FromDays(85));

        Named(await deployment.DoctorAsync(("--parent", "")), "certificate", "ends soon", isWarning: true);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_named()
    {
        await using var deployment = await Deployment.StartAsync();
        using var other = CertificateAuthority.Create("heliograph", TimeProvider.System);
        var directory = Directory.CreateDirectory(Path.Combine(deployment.Helio.Directory, "other")).FullName;
        other.Save(directory);

        Named(await deployment.DoctorAsync(("--ca", Path.Combine(directory, "ca.pem")), ("--cert", ""), ("--key", ""), ("--parent", "")), "certificate", "was not issued by the authority of --ca");
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_named()
    {
        await using var deployment = await Deployment.StartAsync(serverName: "origin.example");

        Named(await deployment.DoctorAsync(("--parent", "")), "certificate", "is not for the name '127.0.0.1'");
    }

    [Fact]
    public async Task The_same_of_a_parent_is_named()
    {
        await using var deployment = await Deployment.StartAsync();
        await using var old = await Deployment.StartAsync(serverIssued: TimeSpan.FromDays(100));

        Named(await deployment.DoctorAsync(("--parent", $"tls://127.0.0.1:{old.Origin.Tls.Port}")), "certificate", "has expired");
    }

    [Fact]
    public async Task A_certificate_of_this_machine_that_has_expired_is_named()
    {
        await using var deployment = await Deployment.StartAsync(serverIssued: TimeSpan.FromDays(30));
        using var authority = CertificateAuthority.Load("heliograph", deployment.Helio.Directory, new OffsetClock(TimeSpan.FromDays(-20)));
        Assert.True(SpiffeId.TryParse("spiffe://heliograph/agent/h1", out var id, out _));
        using (var old = authority.Issue(id, life: TimeSpan.FromDays(10))) CertificateFiles.Save(old, deployment.Helio.Directory, "h1");

        Named(await deployment.DoctorAsync(), "certificate", "h1.pem has expired");
    }

    [Fact]
    public async Task A_key_that_others_may_read_is_named()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        await using var deployment = await Deployment.StartAsync();
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(deployment.Key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        Named(await deployment.DoctorAsync(), "key", "accessible to others");
    }

    [Fact]
    public async Task A_key_of_another_certificate_is_named()
    {
        await using var deployment = await Deployment.StartAsync();
        await using var other = await Deployment.StartAsync();

        Named(await deployment.DoctorAsync(("--key", other.Key)), "key", "is not the key of");
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        await using var deployment = await Deployment.StartAsync();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        Named(await deployment.DoctorAsync(("--listen", $"tcp://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}")), "port", "is in use");
    }

    [Fact]
    public async Task A_unix_socket_in_use_is_named_and_one_that_was_left_over_is_not()
    {
        await using var deployment = await Deployment.StartAsync();
        var path = Path.Combine(deployment.Helio.Directory, "a.sock");
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            socket.Listen();
            Named(await deployment.DoctorAsync(("--listen", $"unix://{path}")), "port", "is in use");
        }
        if (!File.Exists(path)) File.Copy(deployment.Trust, path);

        Assert.DoesNotContain("is in use", (await deployment.DoctorAsync(("--listen", $"unix://{path}"))).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_without_room_is_named()
    {
        await using var deployment = await Deployment.StartAsync();

        Named(await deployment.DoctorAsync(("--disk-free-min", $"{int.MaxValue}")), "disk", "MiB free");
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_written_is_named()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self"), "There is no /proc, whose directories nobody can write.");
        await using var deployment = await Deployment.StartAsync();

        Named(await deployment.DoctorAsync(("--data", "/proc/self/task")), "disk", "cannot be written");
    }

    [Fact]
    public async Task A_parent_that_does_not_answer_is_named()
    {
        await using var deployment = await Deployment.StartAsync();

        Named(await deployment.DoctorAsync(("--parent", "tls://127.0.0.1:1")), "parent", "cannot be followed");
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_named_once()
    {
        await using var deployment = await Deployment.StartAsync();

        Named(await deployment.DoctorAsync(("--server", "https://127.0.0.1:1")), "server", "Nothing answers");
    }

    [Fact]
    public async Task A_trust_file_of_another_realm_is_named()
    {
        await using var deployment = await Deployment.StartAsync();
        await using var other = await RealOrigin.StartAsync();
        var trust = other.Admin.File("trust.json", (await other.Admin.RunAsync("trust", "show", "--raw")).Out);

        Named(await deployment.DoctorAsync(("--trust", trust), ("--parent", "")), "trust", "another log");
    }

    [Fact]
    public async Task A_parent_of_another_realm_is_named()
    {
        await using var deployment = await Deployment.StartAsync();
        await using var other = await RealOrigin.StartAsync();

        Named(await deployment.DoctorAsync(("--parent", other.Sync)), "trust", "serves another log");
    }

    [Fact]
    public async Task A_server_of_another_version_is_named()
    {
        const string Shop = """{"name":"shop","revision":"1.5","settings":0,"bytes":0,"archived":false}""";
        await using var server = (await ScriptedServer.StartAsync()).Answers("{}")
            .Answers("""{"realm":"heliograph","logId":"00","revision":"1.5","version":"9.9.0","role":"admin"}""").Answers($$"""{"items":[{{Shop}}]}""").Answers(Shop).Streams(": watching\n\n");
        using var helio = new Helio(server);

        Named(await helio.RunAsync("doctor", "-o", "json", "--token", "hlg_x"), "version", "9.9.0");
    }

    [Fact]
    public async Task A_proxy_that_buffers_is_named()
    {
        await using var deployment = await Deployment.StartAsync();
        await using var proxy = await BufferingProxy.StartAsync(deployment.Origin.Address);

        Named(await deployment.DoctorAsync(("--server", proxy.Address), ("--patience", "1s")), "proxy", "holds answers back");
    }

    [Fact]
    public async Task A_token_that_is_refused_is_named()
    {
        await using var deployment = await Deployment.StartAsync();

        Named(await deployment.DoctorAsync(("--token", "hlg_wrong")), "token", "refuses the token");
    }

    [Fact]
    public async Task With_nothing_to_go_by_it_says_so_and_finds_no_trouble()
    {
        using var helio = new Helio();

        var ran = await helio.RunAsync("doctor");

        Assert.Equal(ExitCode.Success, ran.Exit);
        Assert.Contains("No server is named", ran.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", ran.Out, StringComparison.Ordinal);
    }

    private static void Named(Ran ran, string check, string expected, bool isWarning = false)
    {
        var found = Assert.Single(Checks(ran), it => it.State is "trouble" or "warning");
        Assert.Equal((check, isWarning ? "warning" : "trouble", isWarning ? ExitCode.Success : ExitCode.Troubled), (found.Check, found.State, ran.Exit));
        Assert.Contains(expected, found.What, StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty(found.Next));
    }

    private static IReadOnlyList<(string Check, string State, string What, string? Next)> Checks(Ran ran)
    {
        Assert.True(ran.Out.StartsWith('{'), ran.Error);
        return [.. JsonDocument.Parse(ran.Out).RootElement.GetProperty("checks").EnumerateArray().Select(it =>
            (it.GetProperty("check").GetString()!, it.GetProperty("state").GetString()!, it.GetProperty("what").GetString()!, it.TryGetProperty("next", out var next) ? next.GetString() : null))];
    }
}
