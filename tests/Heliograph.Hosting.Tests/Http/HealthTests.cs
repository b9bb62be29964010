// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Nodes;
using Heliograph.Hosting.Health;
using Heliograph.Hosting.Stopping;
using Microsoft.Extensions.DependencyInjection;

namespace Heliograph.Hosting.Tests.Http;

public sealed class HealthTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("starting", false, false, false, "live 503 503 503")]
    [InlineData("started, holding nothing", true, false, false, "live 200 503 503")]
    [InlineData("serving", true, true, true, "live 200 200 200")]
    [InlineData("serving, read-only", true, true, false, "live 200 200 503")]
    [InlineData("serving, without a write path", true, true, null, "live 200 200 503")]
    public async Task Each_probe_means_one_thing(string situation, bool isStarted, bool canServe, bool? canWrite, string expected)
    {
        var state = new State { IsStarted = isStarted, CanServe = canServe, CanWrite = canWrite };
        await using var tier = await StartAsync(state);
        using var http = tier.Http();
        var live = JsonElement.Parse(await http.GetStringAsync("/livez", Cancel)).GetProperty("status").GetString();
        var statuses = new List<int>();
        foreach (var probe in new[] { "/startupz", "/readyz", "/readyz?for=write" })
            using (var response = await http.GetAsync(probe, Cancel))
                statuses.Add((int)response.StatusCode);
        Assert.True(expected == $"{live} {string.Join(' ', statuses)}", $"{situation}: {live} {string.Join(' ', statuses)}");
    }

    [Fact]
    public async Task Degraded_is_told_and_fails_no_probe()
    {
        var state = new State { IsStarted = true, CanServe = true, CanWrite = true, IsDegraded = true };
        await using var tier = await StartAsync(state);
        using var http = tier.Http();
        var answer = JsonElement.Parse(await http.GetStringAsync("/readyz?for=write", Cancel));
        Assert.True(answer.GetProperty("degraded").GetBoolean());
        Assert.Equal(42, answer.GetProperty("headAgeSeconds").GetInt32());
        await http.GetStringAsync("/livez", Cancel);
        await http.GetStringAsync("/startupz", Cancel);
    }

    [Fact]
    public async Task A_refusal_is_a_problem_that_holds_the_facts_and_an_unknown_purpose_is_one_too()
    {
        await using var tier = await StartAsync(new State { IsStarted = true });
        using var http = tier.Http();
        using var notReady = await http.GetAsync("/readyz", Cancel);
        var problem = JsonElement.Parse(await notReady.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("/errors/not_ready", problem.GetProperty("type").GetString());
        Assert.Equal(42, problem.GetProperty("headAgeSeconds").GetInt32());
        using var unknown = await http.GetAsync("/readyz?for=coffee", Cancel);
        Assert.Equal(400, (int)unknown.StatusCode);
    }

    [Fact]
    public async Task A_tier_that_drains_is_alive_and_not_ready()
    {
        // Given a tier whose draining takes as long as the test likes
        var part = new Slow();
        await using var tier = await StartAsync(new State { IsStarted = true, CanServe = true }, part);
        using var http = tier.Http();
        Assert.Equal(200, (int)(await http.GetAsync("/readyz", Cancel)).StatusCode);

        // When it is told to stop
        var stopping = tier.StopAsync();
        await part.Started.Task.WaitAsync(Cancel);

        // Then it still answers
        Assert.Equal(503, (int)(await http.GetAsync("/readyz", Cancel)).StatusCode);
        Assert.Equal(200, (int)(await http.GetAsync("/livez", Cancel)).StatusCode);
        part.Finish.SetResult();
        await stopping;
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync("/livez", Cancel));
    }

    private static async ValueTask<TestTier> StartAsync(State state, IDrainable? part = null) =>
        await new TestTier().StartAsync(app => app.MapHeliographHealth(state), services =>
        {
            services.AddHeliographDrain(TimeSpan.FromSeconds(30));
            if (part is not null) services.AddSingleton(part);
        }, null, "http://127.0.0.1:0");

    private sealed class State : IHealthState
    {
        public bool IsStarted { get; init; }

        public bool CanServe { get; init; }

        public bool? CanWrite { get; init; }

        public bool IsDegraded { get; init; }

        public JsonObject Facts() => new() { ["headAgeSeconds"] = 42 };
    }

    private sealed class Slow : IDrainable
    {
        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Finish { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => "slow";

        public Task DrainAsync(CancellationToken cancellationToken)
        {
            Started.SetResult();
            return Finish.Task.WaitAsync(cancellationToken);
        }
    }
}
