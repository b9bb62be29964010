// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Cli.Manual;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Xunit;

namespace Heliograph.Cli.Tests.Manual;

public sealed class ManualTests
{
    private static readonly TierRunners s_tiers = new((_, _) => Task.FromResult(0), (_, _) => Task.FromResult(0), (_, _) => Task.FromResult(0), (_, _) => Task.FromException<IDevRealm>(new NotSupportedException()));

    [Fact]
    public async Task The_reference_in_the_repository_is_what_the_commands_say()
    {
        var repository = Environment.GetEnvironmentVariable("HELIOGRAPH_REPOSITORY");
        Assert.SkipWhen(string.IsNullOrEmpty(repository), "HELIOGRAPH_REPOSITORY does not say where the repository is; ./test sets it.");
        using var helio = new Helio { Tiers = s_tiers };

        var ran = await helio.RunAsync("man", "--format", "markdown");

        var written = await File.ReadAllTextAsync(Path.Combine(repository!, "docs", "reference", "commands.md"), TestContext.Current.CancellationToken);
        Assert.True(written == ran.Out, "docs/reference/commands.md is not current. Run: ./helio man --format markdown > docs/reference/commands.md");
    }

    [Fact]
    public async Task Every_command_option_and_argument_is_explained()
    {
        using var helio = new Helio { Tiers = s_tiers };
        var root = HelioCommand.Root(new Shell(new HelioTerminal { In = Stream.Null, Out = TextWriter.Null, Error = TextWriter.Null, Environment = _ => null }), s_tiers);

        Assert.All(ManualReader.Entries(root), entry =>
        {
            Assert.True(entry.Summary.EndsWith('.'), entry.Path);
            Assert.All(entry.Arguments.Concat(entry.Options), item => Assert.True(item.Text.Length > 5, $"{entry.Path} {item.Name}"));
        });
        Assert.Equal(Enum.GetValues<ExitCode>().Order(), ManualText.ExitCodes.Select(code => code.Code).Order());
        Assert.Contains("HELIOGRAPH_SERVER", (await helio.RunAsync("man", "ns", "create")).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, (await helio.RunAsync("man", "nothing")).Exit);
    }

    [Theory]
    [InlineData("")]
    [InlineData("apply")]
    [InlineData("ns create")]
    public async Task A_page_is_well_formed_to_man(string command)
    {
        Assert.SkipUnless(OnPath("groff"), "groff, which man uses, is not on this machine.");
        using var helio = new Helio { Tiers = s_tiers };
        var page = helio.File("page.1", (await helio.RunAsync(["man", .. command.Split(' ', StringSplitOptions.RemoveEmptyEntries)])).Out);

        var (code, output, error) = await RunAsync("groff", ["-Kutf8", "-man", "-Tutf8", "-ww", "-z", page], []);

        Assert.True(code == 0 && error.Length == 0, $"{output}{error}");
    }

    [Fact]
    public async Task Bash_completes_commands_options_and_values()
    {
        Assert.SkipUnless(OnPath("bash"), "bash is not on this machine.");
        using var helio = new Helio { Tiers = s_tiers };
        var script = helio.File("helio.bash", (await helio.RunAsync("completion", "bash")).Out);

        Assert.Contains("rollback", await BashAsync(helio, script, "helio ro"), StringComparison.Ordinal);
        Assert.Contains("create", await BashAsync(helio, script, "helio ns "), StringComparison.Ordinal);
        Assert.Contains("--dry-run", await BashAsync(helio, script, "helio apply --d"), StringComparison.Ordinal);
        Assert.Equal("yaml", (await BashAsync(helio, script, "helio export shop --format ya")).Trim());
        Assert.Equal("", (await BashAsync(helio, script, "helio nothing-like-it")).Trim());
    }

    [Theory]
    [InlineData("zsh", "-n")]
    [InlineData("fish", "-n")]
    [InlineData("pwsh", "-NoProfile", "-File")]
    public async Task Other_shells_accept_their_script(string shell, params string[] arguments)
    {
        using var helio = new Helio { Tiers = s_tiers };
        var script = helio.File(shell == "pwsh" ? "helio.ps1" : $"helio.{shell}", (await helio.RunAsync("completion", shell)).Out);
        Assert.SkipUnless(OnPath(shell), $"{shell} is not on this machine.");

        var (code, output, error) = await RunAsync(shell, [.. arguments, script], []);

        Assert.True(code == 0 && error.Length == 0, $"{output}{error}");
    }

    private static async Task<string> BashAsync(Helio helio, string script, string line)
    {
        var driver = helio.File("driver.sh", """
            set -u
            source "$1"
            COMP_LINE=$2; COMP_POINT=${#2}; read -ra COMP_WORDS <<<"$2"; [[ $2 == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
            _helio
            printf '%s\n' ${COMPREPLY[@]+"${COMPREPLY[@]}"}
            """);
        var (code, output, error) = await RunAsync("bash", ["--norc", driver, script, line], new() { ["PATH"] = $"{AppContext.BaseDirectory}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}" });
        Assert.True(code == 0, error);
        return output;
    }

    private static async Task<(int Code, string Out, string Error)> RunAsync(string program, string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        process.StandardInput.Close();
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(directory => directory.Length > 0 && File.Exists(Path.Combine(directory, program)));
}
