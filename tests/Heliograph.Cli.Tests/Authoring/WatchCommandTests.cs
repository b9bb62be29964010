// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Terminal;
using Xunit;

namespace Heliograph.Cli.Tests.Authoring;

public sealed class WatchCommandTests
{
    private const string Change = """
        event: change
        id: 1.7
        data: {"revision":"1.7","stateRoot":"ab","changes":[{"key":"a","kind":"added","after":{"key":"a","value":"1"}}]}


        """;

    [Fact]
    public async Task A_broken_watch_resumes_after_what_it_has_seen()
    {
        // Given a stream that ends after a change, an origin that is away for a moment, and a stream with the next
        await using var server = (await ScriptedServer.StartAsync())
            .Streams(": watching\n\n" + Change).Refuses(503, "not_started").Streams(Change.Replace("1.7", "1.9", StringComparison.Ordinal));
        using var helio = new Helio(server);

        // When two events are watched
        var ran = await helio.RunAsync("watch", "shop", "--after", "1.5", "--limit", "2");

        // Then nothing is missed and nothing comes twice
        Assert.Equal(ExitCode.Success, ran.Exit);
        Assert.Equal(["/api/v1/namespaces/shop/watch?after=1.5", "/api/v1/namespaces/shop/watch?after=1.7", "/api/v1/namespaces/shop/watch?after=1.7"], server.Requests.Select(request => request.PathAndQuery));
        Assert.Equal("1.7: 1 added, 0 changed, 0 removed\n  + a = 1\n1.9: 1 added, 0 changed, 0 removed\n  + a = 1\n", ran.Out);
        Assert.Contains("Lost the origin", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_namespace_ends_the_watch()
    {
        await using var server = (await ScriptedServer.StartAsync()).Streams("event: deleted\nid: 1.8\ndata: {\"revision\":\"1.8\"}\n\n");
        using var helio = new Helio(server);

        var ran = await helio.RunAsync("watch", "shop", "-o", "json");

        Assert.Equal((ExitCode.Success, """{"event":"deleted","id":"1.8","data":{"revision":"1.8"}}""" + "\n"), (ran.Exit, ran.Out));
    }

    [Fact]
    public async Task What_is_not_there_is_not_watched_again_and_again()
    {
        await using var server = (await ScriptedServer.StartAsync()).Refuses(404, "not_found");
        using var helio = new Helio(server);

        Assert.Equal(ExitCode.NotFound, (await helio.RunAsync("watch", "shop")).Exit);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Ctrl_C_is_how_a_watch_ends()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var server = (await ScriptedServer.StartAsync()).Does(_ => stop.CancelAsync());
        using var helio = new Helio(server);

        Assert.Equal(ExitCode.Success, (await helio.RunAsync(["watch", "shop"], stop.Token)).Exit);
    }

    [Fact]
    public async Task A_list_is_read_whole_and_at_one_revision()
    {
        // Given two pages, of which the first says at which revision it was read
        await using var server = (await ScriptedServer.StartAsync())
            .Answers("""{"items":[{"key":"a","value":"1"}],"next":"x/y","revision":"1.4"}""", 200, ("Heliograph-Revision", "1.5"))
            .Answers("""{"items":[{"key":"b","value":"2"}],"revision":"1.4"}""", 200, ("Heliograph-Revision", "1.6"));
        using var helio = new Helio(server);

        var ran = await helio.RunAsync("list", "shop", "--label", "");

        Assert.Equal("/api/v1/namespaces/shop/settings?label=&limit=1000", server.Requests[0].PathAndQuery);
        Assert.Equal("/api/v1/namespaces/shop/settings?label=&at=1.5&after=x%2Fy&limit=1000", server.Requests[1].PathAndQuery);
        Assert.Contains("2 settings at 1.4.", ran.Error, StringComparison.Ordinal);
    }
}
