// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Xunit;

namespace Heliograph.Cli.Tests.Authoring;

public sealed class ApplyCommandTests
{
    private const string Shop = """{"name":"shop","revision":"1.5","stateRoot":"cd","settings":2,"bytes":20,"archived":false}""";
    private const string Changed = """{"namespace":"shop","revision":"1.7","stateRoot":"ab","changed":1,"duplicate":false,"diff":[]}""";

    [Fact]
    public async Task A_document_is_one_changeset()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Shop).Answers(Changed);
        using var helio = new Helio(server);
        var file = helio.File("appsettings.json", """{"Basket":{"Max":50,"Name":"x"}}""");

        var ran = await helio.RunAsync("apply", "--yes", "shop", "-f", file, "--label", "dev", "--prefix", "App:", "-m", "why", "--expect-revision", "1.5");

        Assert.Equal(ExitCode.Success, ran.Exit);
        Assert.Equal(("POST", "/api/v1/namespaces/shop/changes"), (server.Requests[1].Method, server.Requests[1].PathAndQuery));
        Assert.Equal("""{"message":"why","expectedRevision":"1.5","operations":[{"op":"put","key":"App:Basket:Max","label":"dev","value":"50","contentType":"application/json"},{"op":"put","key":"App:Basket:Name","label":"dev","value":"x"}]}""", server.Requests[1].Body);
    }

    [Fact]
    public async Task A_namespace_that_is_missing_is_created_unless_that_is_refused()
    {
        await using var server = (await ScriptedServer.StartAsync()).Refuses(404, "not_found").Answers(Shop, 201).Answers(Changed).Refuses(404, "not_found");
        using var helio = new Helio(server) { In = """{"a":"b"}""" };

        var created = await helio.RunAsync("apply", "--yes", "shop", "-f", "-");
        var refused = await helio.RunAsync("apply", "--yes", "shop", "-f", "-", "--no-create");

        Assert.Equal((ExitCode.Success, ExitCode.NotFound), (created.Exit, refused.Exit));
        Assert.Contains("shop was created.", created.Error, StringComparison.Ordinal);
        Assert.Equal(["GET", "POST", "POST", "GET"], server.Requests.Select(request => request.Method));
    }

    [Fact]
    public async Task A_dry_run_shows_the_origins_diff_and_for_a_new_namespace_its_own()
    {
        const string Diff = """{"namespace":"shop","revision":"1.5","changed":1,"duplicate":false,"diff":[{"key":"a","kind":"added","after":{"key":"a","value":"b"}}]}""";
        await using var server = (await ScriptedServer.StartAsync()).Answers(Shop).Answers(Diff).Refuses(404, "not_found");
        using var helio = new Helio(server);
        var file = helio.File("a.json", """{"a":"b"}""");

        var standing = await helio.RunAsync("apply", "shop", "-f", file, "--dry-run");
        var missing = await helio.RunAsync("apply", "shop", "-f", file, "--dry-run", "-o", "json");

        Assert.Contains("shop would change: 1 added, 0 changed, 0 removed.", standing.Out, StringComparison.Ordinal);
        Assert.Contains("+ a = b", standing.Out, StringComparison.Ordinal);
        var view = JsonDocument.Parse(missing.Out).RootElement;
        Assert.Equal("shop", view.GetProperty("created")[0].GetString());
        Assert.Equal("added", view.GetProperty("changes")[0].GetProperty("diff")[0].GetProperty("kind").GetString());
        Assert.Equal(["GET", "POST", "GET"], server.Requests.Select(request => request.Method));
        Assert.EndsWith("/changes?dryRun=true", server.Requests[1].PathAndQuery, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pruning_deletes_what_the_document_no_longer_holds_and_plans_again_if_the_namespace_moves()
    {
        // Given a namespace that moves between the plan and the change
        const string Standing = """{"items":[{"key":"App:a","value":"1"},{"key":"App:old","value":"1"},{"key":"App:old","label":"dev","value":"1"},{"key":"Other","value":"1"}],"revision":"1.5","stateRoot":"x"}""";
        await using var server = (await ScriptedServer.StartAsync()).Answers(Shop)
            .Answers(Standing).Refuses(409, "revision_conflict")
            .Answers(Standing.Replace("1.5", "1.6", StringComparison.Ordinal)).Answers(Changed);
        using var helio = new Helio(server) { In = """{"a":"2"}""" };

        var ran = await helio.RunAsync("apply", "--yes", "shop", "-f", "-", "--prefix", "App:", "--prune");

        // Then only that label and prefix are pruned, at the revision that was looked at
        Assert.Equal(ExitCode.Success, ran.Exit);
        Assert.Equal("""{"expectedRevision":"1.6","operations":[{"op":"put","key":"App:a","value":"2"},{"op":"delete","key":"App:old"}]}""", server.Requests[4].Body);
        Assert.NotEqual(server.Requests[2].Header("Idempotency-Key"), server.Requests[4].Header("Idempotency-Key"));
    }

    [Fact]
    public async Task A_directory_of_services_is_a_namespace_each()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Shop).Answers(Changed).Answers(Shop);
        using var helio = new Helio(server);
        helio.File("shop/Basket.API/appsettings.json", """{"a":"1"}""");
        helio.File("shop/Basket.API/appsettings.Development.json", """{"a":"2"}""");
        helio.File("shop/Web/appsettings.json", "{}");
        helio.File("shop/docs/readme.json", "{}");

        var ran = await helio.RunAsync("apply", "--yes", "-f", Path.Combine(helio.Directory, "shop"), "--namespace-prefix", "shop.");

        Assert.Equal(ExitCode.Success, ran.Exit);
        Assert.Equal(["/api/v1/namespaces/shop.basket.api", "/api/v1/namespaces/shop.basket.api/changes", "/api/v1/namespaces/shop.web"], server.Requests.Select(request => request.PathAndQuery));
        Assert.Equal("""{"operations":[{"op":"put","key":"a","value":"1"},{"op":"put","key":"a","label":"Development","value":"2"}]}""", server.Requests[1].Body);
    }

    [Fact]
    public async Task An_export_names_its_namespace_labels_types_tags_and_locks()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Shop).Answers(Changed);
        using var helio = new Helio(server)
        {
            In = """{"heliographExport":1,"namespace":"shop","settings":[{"key":"a","label":"l","value":"v","contentType":"t","tags":{"x":"y"},"locked":true}]}""",
        };

        await helio.RunAsync("apply", "--yes", "-f", "-");

        Assert.Equal("""{"operations":[{"op":"put","key":"a","label":"l","value":"v","contentType":"t","tags":{"x":"y"},"locked":true}]}""", server.Requests[1].Body);
    }

    [Fact]
    public async Task A_whole_document_can_be_one_value()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Shop).Answers(Changed);
        using var helio = new Helio(server) { In = "[1,2]" };

        await helio.RunAsync("apply", "--yes", "shop", "-f", "-", "--as-value", "Doc");

        Assert.Equal("""[1,2]""", JsonDocument.Parse(JsonDocument.Parse(server.Requests[1].Body).RootElement.GetProperty("operations")[0].GetProperty("value").GetString()!).RootElement.GetProperty("doc").GetRawText());
    }

    [Theory]
    [InlineData("""{"a":1,"A":2}""", "differ only by case")]
    [InlineData("""{"a":1,"a":2}""", "stands twice")]
    [InlineData("[1]", "--as-value")]
    public async Task A_refused_document_sends_nothing(string document, string expected)
    {
        await using var server = await ScriptedServer.StartAsync();
        using var helio = new Helio(server) { In = document };

        var ran = await helio.RunAsync("apply", "--yes", "shop", "-f", "-");

        Assert.Equal((ExitCode.Usage, ""), (ran.Exit, ran.Out));
        Assert.Contains(expected, ran.Error, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task More_than_a_changeset_holds_is_refused_with_advice()
    {
        await using var server = await ScriptedServer.StartAsync();
        using var helio = new Helio(server) { In = $"{{\"a\":[{string.Join(',', Enumerable.Range(0, 10_001))}]}}" };

        var ran = await helio.RunAsync("apply", "--yes", "shop", "-f", "-");

        Assert.Equal(ExitCode.Usage, ran.Exit);
        Assert.Contains("10001 settings", ran.Error, StringComparison.Ordinal);
        Assert.Contains("--as-value", ran.Error, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task What_was_applied_before_an_error_is_told()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Shop).Answers(Changed).Refuses(403, "forbidden");
        using var helio = new Helio(server);
        helio.File("d/a/appsettings.json", """{"a":"1"}""");
        helio.File("d/b/appsettings.json", """{"a":"1"}""");

        var ran = await helio.RunAsync("apply", "--yes", "-f", Path.Combine(helio.Directory, "d"));

        Assert.Equal((ExitCode.NotAuthorized, ""), (ran.Exit, ran.Out));
        Assert.Contains("Applied before this error: shop 1.7.", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("No namespace is named", "apply", "--yes", "-f", "-")]
    [InlineData("--label and --as-value are for a single file", "apply", "--yes", "-f", "DIR", "--label", "x")]
    [InlineData("No directory below it holds a file of settings", "apply", "--yes", "-f", "DIR")]
    [InlineData("Option '--file' is required", "apply", "shop")]
    [InlineData("--format is for a single file", "apply", "--yes", "-f", "DIR", "--format", "yaml")]
    [InlineData("nobody can be asked", "apply", "shop", "-f", "/no/such.json")]
    [InlineData("cannot be read", "apply", "--yes", "shop", "-f", "/no/such.json")]
    public async Task A_wrong_call_is_told(string expected, params string[] arguments)
    {
        using var helio = new Helio().With("HELIOGRAPH_SERVER", "http://127.0.0.1:1");
        helio.In = "{}";

        var ran = await helio.RunAsync([.. arguments.Select(argument => argument == "DIR" ? helio.Directory : argument)]);

        Assert.Equal(ExitCode.Usage, ran.Exit);
        Assert.Contains(expected, ran.Error, StringComparison.Ordinal);
    }
}
