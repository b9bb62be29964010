// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Heliograph.OpenFeature.Tests;

/// <summary>Flags evaluated at the agent over OFREP.</summary>
public sealed class OfrepTests
{
    private const string Beta = """{"id":"beta","enabled":true,"conditions":{"client_filters":[{"name":"Microsoft.Targeting","parameters":{"Audience":{"Users":["ann"],"DefaultRolloutPercentage":0}}}]}}""";

    [Fact]
    public async Task A_flag_is_evaluated_for_the_user_of_the_context()
    {
        await using var flags = await RunningFlags.StartAsync();
        await flags.SetAsync(Beta);

        var (status, ann) = await flags.EvaluateAsync("beta", """{"targetingKey":"ann","plan":"gold"}""");

        Assert.Equal((HttpStatusCode.OK, "beta", true, "TARGETING_MATCH", "on"), (status, (string)ann["key"]!, (bool)ann["value"]!, (string)ann["reason"]!, (string)ann["variant"]!));
        var (_, bob) = await flags.EvaluateAsync("beta", """{"targetingKey":"bob"}""");
        Assert.Equal((false, "off"), ((bool)bob["value"]!, (string)bob["variant"]!));
    }

    [Theory]
    [InlineData("none", "{}", 404, "FLAG_NOT_FOUND")]
    [InlineData("beta", "[]", 400, "INVALID_CONTEXT")]
    [InlineData("beta", """{"targetingKey":7}""", 400, "INVALID_CONTEXT")]
    [InlineData("beta", """{"groups":"staff"}""", 400, "INVALID_CONTEXT")]
    [InlineData("beta", "{", 400, "PARSE_ERROR")]
    [InlineData("broken", "{}", 400, "PARSE_ERROR")]
    [InlineData("own", "{}", 400, "GENERAL")]
    public async Task What_cannot_be_evaluated_is_answered_with_the_protocols_code(string flag, string context, int status, string code)
    {
        await using var flags = await RunningFlags.StartAsync();
        await flags.WriteAsync("""{"id":"broken","enabled":"maybe"}""");
        await flags.WriteAsync("""{"id":"own","enabled":true,"conditions":{"client_filters":[{"name":"FilterX"}]}}""");
        await flags.SetAsync(Beta);

        var (answered, body) = await flags.EvaluateAsync(flag, context);

        Assert.Equal((status, flag, code), ((int)answered, (string)body["key"]!, (string)body["errorCode"]!));
        Assert.NotNull(body["errorDetails"]);
    }

    [Fact]
    public async Task All_flags_come_with_an_etag_that_is_new_when_a_result_is_and_one_broken_flag_spoils_none()
    {
        await using var flags = await RunningFlags.StartAsync();
        await flags.WriteAsync("""{"id":"broken","enabled":"maybe"}""");
        await flags.SetAsync(Beta);
        async Task<(HttpStatusCode, string?, JsonArray?)> AllAsync(string user, string? etag = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/ofrep/v1/evaluate/flags") { Content = JsonContent.Create(new { context = new { targetingKey = user } }) };
            if (etag is not null) request.Headers.Add("If-None-Match", etag);
            using var response = await flags.Http.SendAsync(request, RunningFlags.Cancel);
            return (response.StatusCode, response.Headers.ETag?.ToString(), response.StatusCode == HttpStatusCode.OK ? (JsonArray?)(await response.Content.ReadFromJsonAsync<JsonObject>(RunningFlags.Cancel))!["flags"] : null);
        }

        var (status, etag, all) = await AllAsync("ann");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(["beta:True:", "broken::PARSE_ERROR"], all!.Select(one => $"{one!["key"]}:{(bool?)one["value"]}:{one["errorCode"]}"));
        Assert.Equal(HttpStatusCode.NotModified, (await AllAsync("ann", etag)).Item1);
        Assert.Equal(HttpStatusCode.OK, (await AllAsync("bob", etag)).Item1);
        await flags.WriteAsync(Beta.Replace("true", "false", StringComparison.Ordinal));
        await RunningFlags.UntilAsync(async () => (await AllAsync("ann", etag)).Item1 == HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_stream_tells_of_a_changed_flag_and_not_of_another_setting()
    {
        await using var flags = await RunningFlags.StartAsync();
        await flags.SetAsync(Beta);
        using var stream = new StreamReader(await flags.Http.GetStreamAsync(new Uri("/ofrep/v1/events", UriKind.Relative), RunningFlags.Cancel));
        Assert.StartsWith(":", await stream.ReadLineAsync(RunningFlags.Cancel), StringComparison.Ordinal);

        await flags.Origin.Sequencer.SubmitAsync(new Core.Sequencing.Submission.Change(new Changeset(RunningFlags.Store, [new SettingOperation.Put(Setting.Of("color", "red"))]), "test", RunningFlags.Id()), RunningFlags.Cancel);
        await flags.WriteAsync("""{"id":"other","enabled":true}""");

        string? line;
        do line = await stream.ReadLineAsync(RunningFlags.Cancel);
        while (line is not null && !line.StartsWith("data:", StringComparison.Ordinal));
        Assert.Equal("refetchEvaluation", (string)JsonNode.Parse(line![5..])!["type"]!);
        Assert.Equal(HttpStatusCode.OK, (await flags.EvaluateAsync("other")).Status); // the first event is of the flag: what it tells of is there
    }

    [Fact]
    public async Task With_everything_above_gone_flags_are_evaluated_also_after_a_restart()
    {
        await using var flags = await RunningFlags.StartAsync();
        await flags.SetAsync(Beta);
        await flags.StopAgentAsync();
        await flags.Origin.DisposeAsync();
        await flags.StartAgentAsync();
        Assert.True((bool)(await flags.EvaluateAsync("beta", """{"targetingKey":"ann"}""")).Body["value"]!);
    }

    [Fact]
    public async Task A_name_of_somebody_elses_that_leads_here_is_turned_away()
    {
        await using var flags = await RunningFlags.StartAsync();
        flags.Http.DefaultRequestHeaders.Host = "rebound.example";
        using var response = await flags.Http.PostAsync(new Uri("/ofrep/v1/evaluate/flags", UriKind.Relative), null, RunningFlags.Cancel);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, response.StatusCode);
    }
}
