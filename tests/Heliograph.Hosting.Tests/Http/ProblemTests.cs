// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Heliograph.Hosting.Tests.Http;

public sealed class ProblemTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_kind_has_a_name_of_its_own_and_is_an_error()
    {
        Assert.Equal(ProblemKinds.All.Count, ProblemKinds.All.Select(kind => kind.Code).Distinct().Count());
        Assert.Equal(typeof(ProblemKinds).GetProperties().Count(property => property.PropertyType == typeof(ProblemKind)), ProblemKinds.All.Count);
        Assert.All(ProblemKinds.All, kind =>
        {
            Assert.Matches("^[a-z_]+$", kind.Code);
            Assert.Equal($"/errors/{kind.Code}", kind.Type);
            Assert.InRange(kind.Status, 400, 599);
            Assert.NotEmpty(kind.Title);
        });
    }

    [Fact]
    public async Task Every_kind_is_answered_as_a_problem()
    {
        await using var tier = await StartAsync(app => app.MapGet("/kind/{code}", (string code) =>
            ProblemKinds.All.Single(kind => kind.Code == code).With("What happened.", new JsonObject { ["current"] = "1.7", ["nothing"] = null }, TimeSpan.FromSeconds(1.2))));
        using var http = tier.Http();
        foreach (var kind in ProblemKinds.All)
        {
            using var response = await http.GetAsync($"/kind/{kind.Code}", Cancel);
            var problem = await ProblemOf(response, kind.Status, kind.Code);
            Assert.Equal("What happened.", problem.GetProperty("detail").GetString());
            Assert.Equal("1.7", problem.GetProperty("current").GetString());
            Assert.Equal(JsonValueKind.Null, problem.GetProperty("nothing").ValueKind);
            Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter!.Delta);
            Assert.Equal(kind.Status == 401, response.Headers.WwwAuthenticate.Count > 0);
        }
    }

    [Fact]
    public async Task What_the_framework_refuses_is_a_problem_too()
    {
        await using var tier = await StartAsync(app =>
        {
            app.MapPost("/body", ([FromBody] JsonElement body) => TypedResults.Ok());
            app.MapPost("/read", async (HttpContext context) => await new StreamReader(context.Request.Body).ReadToEndAsync(context.RequestAborted));
            app.MapGet("/bare/{status:int}", (int status) => TypedResults.StatusCode(status));
        });
        using var http = tier.Http();
        using var json = new StringContent("{}", Encoding.UTF8, "application/json");

        await ProblemOf(await http.GetAsync("/no/such/route", Cancel), 404, "not_found");
        await ProblemOf(await http.DeleteAsync("/body", Cancel), 405, "method_not_allowed");
        await ProblemOf(await http.PostAsync("/body", new StringContent("text"), Cancel), 415, "unsupported_media_type");
        await ProblemOf(await http.PostAsync("/body", new StringContent("{", Encoding.UTF8, "application/json"), Cancel), 400, "invalid_request");
        await ProblemOf(await http.PostAsync("/read", new ByteArrayContent(new byte[2_000]), Cancel), 413, "payload_too_large");
        await ProblemOf(await http.PostAsync("/body", new StringContent(new string(' ', 2_000), Encoding.UTF8, "application/json"), Cancel), 413, "payload_too_large");
        await ProblemOf(await http.GetAsync("/bare/503", Cancel), 503, "unavailable");
        await ProblemOf(await http.GetAsync("/bare/418", Cancel), 418, "invalid_request");
        await ProblemOf(await http.GetAsync("/bare/507", Cancel), 507, "internal_error");
        Assert.Equal(HttpStatusCode.OK, (await http.PostAsync("/body", json, Cancel)).StatusCode);
    }

    [Fact]
    public async Task A_failure_says_nothing_of_its_reason()
    {
        await using var tier = await StartAsync(app => app.MapGet("/fail", string () => throw new InvalidOperationException("the password is hunter2")));
        using var http = tier.Http();
        using var response = await http.GetAsync("/fail", Cancel);
        var problem = await ProblemOf(response, 500, "internal_error");
        Assert.Equal(["type", "title", "status"], problem.EnumerateObject().Select(property => property.Name));
        Assert.DoesNotContain("hunter2", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_after_half_an_answer_breaks_it_off()
    {
        await using var tier = await StartAsync(app => app.MapGet("/half", async (HttpContext context) =>
        {
            await context.Response.WriteAsync("half", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            throw new InvalidOperationException("planted");
        }));
        using var http = tier.Http();
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync("/half", Cancel));
    }

    [Fact]
    public async Task An_answer_that_has_a_body_keeps_it_and_a_HEAD_has_none()
    {
        await using var tier = await StartAsync(app => app.MapGet("/own", async (HttpContext context) =>
        {
            context.Response.StatusCode = 404;
            await context.Response.WriteAsync("own words", context.RequestAborted);
        }));
        using var http = tier.Http();
        using var own = await http.GetAsync("/own", Cancel);
        Assert.Equal("own words", await own.Content.ReadAsStringAsync(Cancel));
        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/no/such/route"), Cancel);
        Assert.Equal(HttpStatusCode.NotFound, head.StatusCode);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancel));
    }

    private static async ValueTask<TestTier> StartAsync(Action<WebApplication> map) =>
        await new TestTier().StartAsync(map, null, new ListenerOptions { RequestBodyBytesMax = 1_000 }, "http://127.0.0.1:0");

    private static async Task<JsonElement> ProblemOf(HttpResponseMessage response, int status, string code)
    {
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(Problem.MediaType, response.Content.Headers.ContentType?.MediaType);
        var problem = JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal($"/errors/{code}", problem.GetProperty("type").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        return problem;
    }
}
