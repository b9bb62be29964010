// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Terminal;
using Xunit;

namespace Heliograph.Cli.Tests.Authoring;

public sealed class FailureTests
{
    [Theory]
    [InlineData(400, "invalid_request", (int)ExitCode.Refused)]
    [InlineData(401, "unauthenticated", (int)ExitCode.NotAuthorized)]
    [InlineData(403, "forbidden", (int)ExitCode.NotAuthorized)]
    [InlineData(404, "not_found", (int)ExitCode.NotFound)]
    [InlineData(409, "revision_conflict", (int)ExitCode.Refused)]
    [InlineData(412, "precondition_failed", (int)ExitCode.Refused)]
    [InlineData(413, "too_large", (int)ExitCode.Refused)]
    [InlineData(422, "idempotency_mismatch", (int)ExitCode.Refused)]
    public async Task A_refusal_names_kind_place_and_next_step_and_is_not_repeated(int status, string kind, int expected)
    {
        await using var server = (await ScriptedServer.StartAsync()).Refuses(status, kind, "It is so.", """[{"path":"operations[0].key","message":"too long"}]""");
        using var helio = new Helio(server);

        var ran = await helio.RunAsync("set", "shop", "a", "b");

        Assert.Equal((expected, ""), (ran.Code, ran.Out));
        Assert.Contains($"error: It is so. ({status} {kind})", ran.Error, StringComparison.Ordinal);
        Assert.Contains("- operations[0].key: too long", ran.Error, StringComparison.Ordinal);
        Assert.Contains($"where: PUT {server.Address}/api/v1/namespaces/shop/setting?key=a", ran.Error, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_change_that_breaks_off_is_repeated_with_the_same_key()
    {
        // Given a connection that breaks after the change was sent, then a busy origin, then an answer
        await using var server = (await ScriptedServer.StartAsync()).Breaks().Refuses(503, "no_quorum").Answers(SetCommandTests.Changed);
        using var helio = new Helio(server);

        var ran = await helio.RunAsync("set", "shop", "a", "b");

        // Then it was sent three times under one key, and has one effect
        Assert.Equal(ExitCode.Success, ran.Exit);
        Assert.Equal(3, server.Requests.Count);
        Assert.Single(server.Requests.Select(request => request.Header("Idempotency-Key")).Distinct());
    }

    [Fact]
    public async Task A_change_that_never_gets_an_answer_has_an_unknown_outcome()
    {
        await using var server = (await ScriptedServer.StartAsync()).Refuses(504, "outcome_unknown").Breaks().Refuses(503, "no_quorum").Refuses(503, "no_quorum");
        using var helio = new Helio(server);

        var ran = await helio.RunAsync("set", "shop", "a", "b", "--idempotency-key", "k7");

        Assert.Equal(ExitCode.OutcomeUnknown, ran.Exit);
        Assert.Contains("may or may not have been written", ran.Error, StringComparison.Ordinal);
        Assert.Contains("--idempotency-key k7", ran.Error, StringComparison.Ordinal);
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task A_change_that_the_origin_never_took_was_certainly_not_written()
    {
        await using var server = (await ScriptedServer.StartAsync()).Refuses(503, "a").Refuses(429, "b").Refuses(503, "c").Refuses(503, "d");
        using var helio = new Helio(server);

        var ran = await helio.RunAsync("set", "shop", "a", "b");

        Assert.Equal(ExitCode.Unreachable, ran.Exit);
        Assert.Contains("(503 d)", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_definite_refusal_after_a_break_is_definite()
    {
        await using var server = (await ScriptedServer.StartAsync()).Breaks().Refuses(412, "precondition_failed");
        using var helio = new Helio(server);

        Assert.Equal(ExitCode.Refused, (await helio.RunAsync("set", "shop", "a", "b")).Exit);
    }

    [Fact]
    public async Task A_token_is_made_once_or_its_outcome_is_unknown()
    {
        await using var server = (await ScriptedServer.StartAsync()).Breaks();
        using var helio = new Helio(server);

        var ran = await helio.RunAsync("tokens", "create", "ci");

        Assert.Equal(ExitCode.OutcomeUnknown, ran.Exit);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Nobody_there_is_unreachable()
    {
        using var helio = new Helio().With("HELIOGRAPH_SERVER", "http://127.0.0.1:1");

        var ran = await helio.RunAsync("list", "shop");

        Assert.Equal(ExitCode.Unreachable, ran.Exit);
        Assert.Contains("helio dev", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_server_is_given_up_after_the_timeout()
    {
        var release = new TaskCompletionSource();
        await using var server = (await ScriptedServer.StartAsync()).Does(_ => release.Task).Does(_ => release.Task);
        using var helio = new Helio(server);

        var read = await helio.RunAsync("list", "shop", "--timeout", "200ms");
        var change = await helio.RunAsync("set", "shop", "a", "b", "--timeout", "200ms");
        release.SetResult();

        Assert.Equal((ExitCode.Unreachable, ExitCode.OutcomeUnknown), (read.Exit, change.Exit));
        Assert.Contains("No answer within 0.2 s.", read.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_a_change_on_its_way_leaves_its_outcome_unknown_and_stopping_a_read_does_not()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var release = new TaskCompletionSource();
        await using var server = (await ScriptedServer.StartAsync()).Does(async _ => { await stop.CancelAsync(); await release.Task; });
        using var helio = new Helio(server);

        var change = await helio.RunAsync(["set", "shop", "a", "b"], stop.Token);
        var read = await helio.RunAsync(["list", "shop"], stop.Token);
        release.SetResult();

        Assert.Equal((ExitCode.OutcomeUnknown, ExitCode.Interrupted), (change.Exit, read.Exit));
    }

    [Fact]
    public async Task An_answer_of_another_program_is_not_taken_for_a_result()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers("<html>").Answers("[]").Answers("null");
        using var helio = new Helio(server);

        Assert.Equal(ExitCode.Failure, (await helio.RunAsync("list", "shop")).Exit);
        Assert.Equal(ExitCode.Failure, (await helio.RunAsync("get", "shop", "a")).Exit);
        Assert.Equal(ExitCode.OutcomeUnknown, (await helio.RunAsync("set", "shop", "a", "b")).Exit);
    }

    [Fact]
    public async Task What_a_server_says_cannot_drive_the_terminal()
    {
        await using var server = (await ScriptedServer.StartAsync()).Refuses(404, "not_found", "\\u001b[31mred\\u0007");
        using var helio = new Helio(server);

        Assert.DoesNotContain('\u001b', (await helio.RunAsync("get", "shop", "a")).Error);
    }
}
