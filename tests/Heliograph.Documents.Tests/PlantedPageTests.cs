// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Documents.Tests.Console;
using Xunit;

namespace Heliograph.Documents.Tests;

/// <summary>What the check of documents finds, and what it lets pass: pages with and without planted faults.</summary>
public sealed class PlantedPageTests
{
    private static readonly TimeSpan s_short = TimeSpan.FromSeconds(3); // where it is what ends the page

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("$ echo one two\none two")]
    [InlineData("$ echo one two\none …")]
    [InlineData("$ seq 1 9\n1\n…\n9")]
    [InlineData("$ true")]
    [InlineData("$ seq 1 3\n…")]
    [InlineData("$ true\n…")]
    [InlineData("$ x=7\n$ echo $x\n7")]
    [InlineData("$ echo one \\\n    two\none two")]
    [InlineData("$ cat <<END\n> a\n>\n> b\n> END\na\n\nb")]
    [InlineData("$ echo 'error: no' >&2; false\nerror: no")]
    [InlineData("$ (echo ready; sleep 100) &\nready\n$ echo next\nnext")]
    [InlineData("$ cd home && pwd\n…/home\n$ basename $PWD\nhome")]
    [InlineData("$ sleep 99 &\n$ kill -9 %1; sleep 0.3\n$ echo next\nnext")]
    [InlineData("$ helio --version\n0.1.0…")]
    [InlineData("$ echo '(a|b)*'\n(a|b)*")]
    public async Task A_true_page_passes(string block) => Assert.Null(await FaultAsync(block, CheckedPage.CommandMax));

    [Theory]
    [InlineData("$ echo one\ntwo", "should say")]
    [InlineData("$ echo one", "should say")] // it printed, and the page does not say so
    [InlineData("$ true\nsomething", "should say")]
    [InlineData("$ false", "exit code 1")]
    [InlineData("$ seq 1 9\n1\n…\n8", "should say")]
    [InlineData("$ exit 3", "The shell ended")]
    [InlineData("$ sleep 100", "longer than 3 s")]
    [InlineData("$ (echo something else; sleep 100) &\nready", "longer than 3 s")]
    public async Task A_planted_fault_is_found(string block, string says) => Assert.Contains(says, await FaultAsync(block, says.StartsWith("longer", StringComparison.Ordinal) ? s_short : CheckedPage.CommandMax), StringComparison.Ordinal);

    [Theory]
    [InlineData("```console\necho one\n```")]
    [InlineData("```console\n```")]
    [InlineData("```console\n$ echo one")]
    [InlineData("<!-- check: none -->\n```console\n$ false\n```")] // without a reason
    [InlineData("<!-- check: repeat 1000s -->\n```console\n$ false\n```")]
    [InlineData("<!-- check: later -->\n```console\n$ false\n```")]
    public void A_page_that_is_not_written_so_is_refused(string page) => Assert.Throws<FormatException>(() => ConsolePage.Parse(page));

    [Fact]
    public void A_block_is_left_out_with_its_reason_and_others_are_no_console() =>
        Assert.Equal("echo two", Assert.Single(ConsolePage.Parse("<!-- check: none (needs a cluster) -->\n```console\n$ echo one\n```\n```bash\n$ echo no\n```\n```console\n$ echo two\ntwo\n```\n")).Command);

    [Fact]
    public async Task A_command_is_repeated_until_it_says_so() =>
        Assert.Null(await CheckedPage.FaultAsync("planted", "<!-- check: repeat 90s -->\n```console\n$ echo x >>count; wc -l <count\n3\n```\n", CheckedPage.CommandMax, Cancel));

    [Fact]
    public async Task What_a_page_started_ends_with_it()
    {
        var mark = $"31{Random.Shared.Next(1_000_000, 9_999_999)}"; // seconds that nobody else sleeps
        Assert.Null(await FaultAsync($"$ sleep {mark} &\n$ (trap '' TERM; sleep {mark}) &\n$ pgrep -fc 'sleep {mark}'\n…", TimeSpan.FromSeconds(10)));
        using var found = Process.Start(new ProcessStartInfo("pgrep", ["-f", $"^sleep {mark}"]) { RedirectStandardOutput = true })!;
        Assert.Equal("", await found.StandardOutput.ReadToEndAsync(Cancel));
    }

    private static Task<string?> FaultAsync(string block, TimeSpan commandMax) => CheckedPage.FaultAsync("planted", $"# A page\n\n```console\n{block}\n```\n", commandMax, Cancel);
}
