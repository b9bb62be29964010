// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tests.Realm;
using Xunit;

namespace Heliograph.Cli.Tests.Authoring;

/// <summary>A plan, somebody's word, and that plan or nothing: <c>apply</c>, <c>import</c>, <c>edit</c> against a real origin.</summary>
public sealed class PlanAndConsentTests
{
    [Fact]
    public async Task A_person_sees_the_plan_and_decides()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        helio.IsTerminal = true;
        var file = helio.File("a.yaml", "Basket:\n  Max: 50\n");

        helio.In = "n\n";
        var refused = await helio.RunAsync("apply", "shop", "-f", file);
        Assert.Equal(ExitCode.Refused, refused.Exit);
        Assert.Contains("+ Basket:Max = 50", refused.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, (await helio.RunAsync("ns", "show", "shop")).Exit);

        helio.In = "y\n";
        var applied = await helio.RunAsync("apply", "shop", "-f", file, "-m", "first");
        Assert.True(applied.Exit == ExitCode.Success, applied.Error);
        Assert.Equal("50\n", (await helio.RunAsync("get", "shop", "Basket:Max")).Out);

        helio.In = ""; // nothing to change: nobody is asked
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("apply", "shop", "-f", file)).Exit);
    }

    [Theory]
    [InlineData("apply", "shop", "-f", "FILE")]
    [InlineData("import", "json", "shop", "--from-file", "FILE")]
    [InlineData("import", "azure-appconfig", "shop", "--from-file", "FILE")]
    [InlineData("edit", "shop")]
    public async Task Where_nobody_can_be_asked_nothing_is_sent(params string[] command)
    {
        await using var server = await ScriptedServer.StartAsync();
        using var helio = new Helio(server).With("EDITOR", "true");
        var file = helio.File("a.json", "{}");

        var ran = await helio.RunAsync([.. command.Select(word => word == "FILE" ? file : word)]);

        Assert.Equal(ExitCode.Usage, ran.Exit);
        Assert.Contains("--yes", ran.Error, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task An_export_of_App_Configuration_is_planned_and_agreed_to_as_any_other_document()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        helio.IsTerminal = true;
        var file = helio.File("export.json", """{"items":[{"key":"a","label":"prod","value":"1","content_type":"","tags":{},"locked":false},{"key":"b","label":null,"value":"2","content_type":"","tags":{},"locked":true}]}""");
        await helio.RunAsync("ns", "create", "shop");
        await helio.RunAsync("set", "shop", "a", "0", "-l", "prod");
        await helio.RunAsync("set", "shop", "old", "0", "-l", "prod");
        await helio.RunAsync("set", "shop", "other", "0", "-l", "test");

        helio.In = "no\n";
        var refused = await helio.RunAsync("import", "azure-appconfig", "shop", "--from-file", file);
        Assert.Equal(ExitCode.Refused, refused.Exit);
        Assert.Contains("~ a@prod: 0 → 1", refused.Error, StringComparison.Ordinal);
        Assert.Equal("0\n", (await helio.RunAsync("get", "shop", "a", "-l", "prod")).Out);

        helio.In = "y\n";
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("import", "azure-appconfig", "shop", "--from-file", file)).Exit);
        Assert.Equal("1\n", (await helio.RunAsync("get", "shop", "a", "-l", "prod")).Out);
        Assert.Contains("imported from Azure App Configuration", (await helio.RunAsync("history", "shop", "-n", "1")).Out, StringComparison.Ordinal);

        helio.IsTerminal = false;
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("import", "azure-appconfig", "shop", "--from-file", file, "--yes", "--prune")).Exit);
        Assert.Equal(ExitCode.NotFound, (await helio.RunAsync("get", "shop", "old", "-l", "prod")).Exit); // among the labels of the export
        Assert.Equal("0\n", (await helio.RunAsync("get", "shop", "other", "-l", "test")).Out);
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("import", "azure-appconfig", "shop.new", "--from-file", file, "--yes")).Exit);
        Assert.Equal("2\n", (await helio.RunAsync("get", "shop.new", "b")).Out);
    }

    [Fact]
    public async Task A_plan_that_was_overtaken_is_not_applied()
    {
        // Given a plan that is shown, and a change between it and the answer
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("ns", "create", "shop");
        await helio.RunAsync("set", "shop", "a", "1");
        var file = helio.File("a.env", "a=2\n");
        using var asked = new Helio().With("HELIOGRAPH_SERVER", origin.Address).With("HELIOGRAPH_TOKEN_FILE", origin.TokenFile);

        var ran = await asked.RunAsync(["apply", "shop", "-f", file], TestContext.Current.CancellationToken, answer: async () =>
        {
            Assert.Equal(ExitCode.Success, (await helio.RunAsync("set", "shop", "a", "3")).Exit);
            return "y\n";
        });

        Assert.Equal(ExitCode.Refused, ran.Exit);
        Assert.Contains("has moved since the plan was shown", ran.Error, StringComparison.Ordinal);
        Assert.Equal("3\n", (await helio.RunAsync("get", "shop", "a")).Out);
    }

    [Fact]
    public async Task A_directory_of_all_formats_becomes_labels_and_says_what_it_leaves_out()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        helio.File("d/appsettings.json", """{"A":1}""");
        helio.File("d/settings.yaml", "B: x\n");
        helio.File("d/application.properties", "C=y\n");
        helio.File("d/.env", "D=z\n");
        helio.File("d/appsettings.Development.yml", "A: 2\n");
        helio.File("d/.env.Staging", "A=3\n");
        helio.File("d/package.json", "{}");

        var ran = await helio.RunAsync("apply", "shop", "-f", Path.Combine(helio.Directory, "d"), "--yes");

        Assert.True(ran.Exit == ExitCode.Success, ran.Error);
        Assert.Contains("package.json", ran.Error, StringComparison.Ordinal);
        var items = JsonDocument.Parse((await helio.RunAsync("list", "shop", "-o", "json")).Out).RootElement.GetProperty("items").EnumerateArray();
        Assert.Equal(["A@=1", "A@Development=2", "A@Staging=3", "B@=x", "C@=y", "D@=z"], items.Select(item => $"{item.GetProperty("key")}@{item.GetProperty("label")}={item.GetProperty("value")}").Order(StringComparer.Ordinal));

        helio.File("d/settings.json", """{"b":"other"}""");
        var twice = await helio.RunAsync("apply", "shop", "-f", Path.Combine(helio.Directory, "d"), "--yes");
        Assert.Equal(ExitCode.Usage, twice.Exit);
        Assert.Contains("stands in settings.json and in settings.yaml", twice.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_editor_changes_adds_and_removes_and_what_it_does_not_show_stays()
    {
        // Given settings with a type, tags and a tree of JSON
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("apply", "--yes", "-f", helio.File("e.json", """
            {"heliographExport":1,"namespace":"shop","settings":[{"key":"Max","value":"50","contentType":"application/json","tags":{"owner":"a"}},{"key":"Name","value":"x"},{"key":"Old","value":"y"},
             {"key":"Rule","value":"{\"a\":[1,2]}","contentType":"application/json"},{"key":"Text","value":"5","contentType":"text/plain"},{"key":"Max","label":"dev","value":"1"},{"key":"Long","value":"one\ntwo\n"}]}
            """))).Exit);
        helio.With("EDITOR", $"sh {helio.File("edit.sh", "cp \"$1\" \"$(dirname \"$0\")/seen.yaml\"\nsed -i -e 's/^Max: 50/Max: 60/' -e '/^Old/d' -e 's/\\[1,2\\]/[1,2,3]/' -e 's/^Text: .*/Text: 6/' \"$1\"\necho 'New: true' >> \"$1\"\n")}");
        helio.IsTerminal = true;
        helio.In = "y\n";

        var ran = await helio.RunAsync("edit", "shop", "-m", "by hand");

        Assert.True(ran.Exit == ExitCode.Success, ran.Error);
        Assert.Contains("~ Max: 50 → 60", ran.Error, StringComparison.Ordinal);
        var items = JsonDocument.Parse((await helio.RunAsync("list", "shop", "-o", "json")).Out).RootElement.GetProperty("items").EnumerateArray();
        Assert.Equal(
            ["Long|one\ntwo\n|", "Max|60|application/json", "Max|1|", "Name|x|", "New|true|application/json", "Rule|{\"a\":[1,2,3]}|application/json", "Text|6|text/plain"],
            items.Select(item => $"{item.GetProperty("key")}|{item.GetProperty("value")}|{item.GetProperty("contentType")}"));
        Assert.Contains("owner", (await helio.RunAsync("get", "shop", "Max", "-o", "json")).Out, StringComparison.Ordinal);
        Assert.Contains("Long: |\n  one\n  two\n", await File.ReadAllTextAsync(Path.Combine(helio.Directory, "seen.yaml"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_edit_that_was_overtaken_changes_nothing_and_keeps_the_text()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("ns", "create", "shop");
        await helio.RunAsync("set", "shop", "a", "1");
        using var editing = new Helio().With("HELIOGRAPH_SERVER", origin.Address).With("HELIOGRAPH_TOKEN_FILE", origin.TokenFile);
        editing.With("VISUAL", $"sh {editing.File("edit.sh", "sed -i 's/^a: .*/a: mine/' \"$1\"\n")}");

        var ran = await editing.RunAsync(["edit", "shop"], TestContext.Current.CancellationToken, answer: async () =>
        {
            Assert.Equal(ExitCode.Success, (await helio.RunAsync("set", "shop", "a", "theirs")).Exit);
            return "y\n";
        });

        Assert.Equal(ExitCode.Refused, ran.Exit);
        Assert.Contains("has moved since it was opened", ran.Error, StringComparison.Ordinal);
        Assert.Equal("theirs\n", (await helio.RunAsync("get", "shop", "a")).Out);
        var kept = ran.Error.Split("kept in ")[1].Split(',')[0];
        Assert.Contains("a: mine", await File.ReadAllTextAsync(kept, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(kept)!));
        Directory.Delete(Path.GetDirectoryName(kept)!, recursive: true);
    }

    [Theory]
    [InlineData("true", (int)ExitCode.Success, "Nothing was changed.")]
    [InlineData("false", (int)ExitCode.Usage, "ended with 1")]
    [InlineData("echo 'a: [' >", (int)ExitCode.Usage, "no valid YAML")]
    [InlineData("", (int)ExitCode.Usage, "No editor is named")]
    public async Task An_editor_that_did_nothing_or_failed_changes_nothing(string editor, int code, string expected)
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("ns", "create", "shop");
        await helio.RunAsync("set", "shop", "a", "1");
        var before = (await helio.RunAsync("ns", "show", "shop", "-o", "json")).Out;

        var ran = await helio.With("EDITOR", editor).RunAsync("edit", "shop", "--yes");

        Assert.Equal(code, ran.Code);
        Assert.Contains(expected, ran.Error, StringComparison.Ordinal);
        Assert.Equal(before, (await helio.RunAsync("ns", "show", "shop", "-o", "json")).Out);
        if (ran.Error.Contains("kept in ", StringComparison.Ordinal)) Directory.Delete(Path.GetDirectoryName(ran.Error.Split("kept in ")[1].Split(',')[0])!, recursive: true);
    }
}
