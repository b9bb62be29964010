// SPDX-License-Identifier: Apache-2.0
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary><c>helio exec</c>: a program with settings as its environment.</summary>
public sealed class ExecTests : IAsyncLifetime
{
    private DevelopmentRealm _realm = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _realm = await DevelopmentRealm.StartAsync();
        await _realm.HelioAsync("ns", "create", "shop.web");
        await _realm.HelioAsync("set", "shop.web", "Web:MaxItems", "50");
    }

    public ValueTask DisposeAsync() => _realm.DisposeAsync();

    [Fact]
    public async Task A_program_gets_settings_as_variables_and_its_streams_and_exit_code_are_its_own()
    {
        await _realm.HelioAsync("set", "shop.web", "Web:MaxItems", "5", "-l", "Development");
        await _realm.HelioAsync("set", "shop.web", "Tree", """{"a-b":[true]}""", "--content-type", "application/json");

        Assert.Equal((0, "50\n"), await RunAsync([], "printenv", "Web__MaxItems"));
        Assert.Equal((0, "5\n"), await RunAsync(["-l", "Development", "--upper"], "printenv", "WEB__MAXITEMS"));
        Assert.Equal((0, "50\n"), await RunAsync(["--prefix", "Web", "--trim-prefix", "--env-prefix", "APP_"], "printenv", "APP_MaxItems"));
        Assert.Equal((0, "True\n"), await RunAsync([], "printenv", "Tree__a_b__0"));
        Assert.Equal(7, (await RunAsync([], "sh", "-c", "exit 7")).Code);
        Assert.Equal(128 + 9, (await RunAsync([], "sh", "-c", "kill -9 $$")).Code);
        Assert.Equal(127, (await RunAsync([], "/no/such/program")).Code);
        Assert.Equal(126, (await RunAsync([], "/etc/passwd")).Code);
    }

    [Fact]
    public async Task Signals_reach_the_program_and_what_it_makes_of_them_counts()
    {
        await using var helio = Start([], "sh", "-c", "trap 'echo got usr1' USR1; trap 'echo got term; exit 3' TERM; echo ready; while :; do sleep 0.05; done");
        Assert.Equal("ready", await helio.ReadLineAsync(Cancel));
        await helio.SignalAsync("USR1");
        Assert.Equal("got usr1", await helio.ReadLineAsync(Cancel));
        await helio.SignalAsync("TERM");
        Assert.Equal("got term", await helio.ReadLineAsync(Cancel));
        Assert.Equal(3, (await helio.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).Code);
    }

    [Fact]
    public async Task With_restart_on_change_it_is_started_anew_when_its_environment_would_be_another_and_not_otherwise()
    {
        await _realm.HelioAsync("set", "shop.web", "Other", "x");
        await using var helio = Start(["--restart-on-change", "--prefix", "Web", "--grace", "5s"], "sh", "-c", "trap 'echo ending; exit 0' TERM; echo \"$Web__MaxItems\"; while :; do sleep 0.05; done");
        Assert.Equal("50", await helio.ReadLineAsync(Cancel));

        await _realm.HelioAsync("set", "shop.web", "Other", "y"); // not in its environment
        await _realm.HelioAsync("set", "shop.web", "Web:MaxItems", "60");
        Assert.Equal(("ending", "60"), (await helio.ReadLineAsync(Cancel), await helio.ReadLineAsync(Cancel)));

        // What does not fit into an environment restarts nothing
        await _realm.HelioAsync("set", "shop.web", "Web-MaxItems", "1"); // one variable more
        Assert.Equal(("ending", "60"), (await helio.ReadLineAsync(Cancel), await helio.ReadLineAsync(Cancel)));
        await _realm.HelioAsync("set", "shop.web", "Web_MaxItems", "2"); // the same variable
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        await helio.SignalAsync("TERM");
        Assert.Equal("ending", await helio.ReadLineAsync(Cancel));
        var (code, _, errors) = await helio.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(0, code);
        Assert.Contains("both become Web_MaxItems", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_choose_no_program_and_faults_are_all_named_before_anything_starts()
    {
        await _realm.HelioAsync("set", "shop.web", "LD_PRELOAD", "/tmp/evil.so");
        await _realm.HelioAsync("set", "shop.web", "path", "/tmp");
        await _realm.HelioAsync("set", "shop.web", "A-b", "1");
        await _realm.HelioAsync("set", "shop.web", "A.b", "2");
        await using var helio = Start([], "printenv");
        var (code, output, errors) = await helio.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.Equal((2, ""), (code, output));
        foreach (var fault in new[] { "'LD_PRELOAD' would set LD_PRELOAD", "'path' would set path", "'A-b' and 'A.b' both become A_b" }) Assert.Contains(fault, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", errors, StringComparison.Ordinal);
        Assert.Equal(6, (await RunAsync(["-n", "shop.nowhere", "--timeout", "1s"], "true")).Code);
    }

    private HelioProcess Start(string[] options, params string[] command) => HelioProcess.Start("Heliograph.Cli", "helio",
        ["exec", "-n", "shop.web", "--parent", _realm.Ready.GetProperty("agent").GetProperty("sync").GetString()!, "--trust", _realm.Trust, .. options, "--", .. command]);

    private async Task<(int Code, string Output)> RunAsync(string[] options, params string[] command)
    {
        await using var helio = Start(options, command);
        var (code, output, _) = await helio.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        return (code, output);
    }
}
